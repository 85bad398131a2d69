"""Sketches of rows: short vectors whose distances bound those of the rows; see csrc/structs.h."""

import numpy as np

STEPS = 127
SMALLEST_STEP = 2.0**-70
LARGEST_SQUARE = 2.0**100
HASH_FACTORS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9], dtype=np.uint64)


def fast_codes():
    """Whether this processor multiplies codes several times as fast as float32 numbers."""
    return False


def _signs(d, seed):
    value = (np.arange(d, dtype=np.uint64) + np.uint64(seed)) * HASH_FACTORS[0]
    value = (value ^ (value >> np.uint64(29))) * HASH_FACTORS[1]
    return np.where(value >> np.uint64(63), -1.0, 1.0)


def _butterflies(z):
    """Multiply the columns of z by the orthogonal Hadamard matrix, in place."""
    size = z.shape[1]
    half = 1
    while half < size:
        pairs = z.reshape(len(z), -1, 2, half)
        a, b = pairs[:, :, 0].copy(), pairs[:, :, 1].copy()
        z[:] = np.stack([a + b, a - b], axis=2).reshape(z.shape)
        half *= 2
    z *= 1 / np.sqrt(size)


def rotate(y):
    """Rows of y (n, d) after the rotation that precedes encoding."""
    d = y.shape[1]
    size = 1 << (d.bit_length() - 1)
    z = y * _signs(d, 0)
    z[:, :size] = _rotated(z[:, :size])
    if size < d:
        z *= _signs(d, d)
        z[:, -size:] = _rotated(z[:, -size:])
    return z


def _rotated(part):
    part = np.ascontiguousarray(part)
    _butterflies(part)
    return part


def encode_rows(x, shift, scale, codes, step, square, n_threads):
    """Codes (n, 4 ceil(d / 4)), steps and squared norms of ``scale * (x - shift)``, rotated.

    Returns their spread: the largest distance of a row from its codes, in steps; infinite where
    rows are too far out.
    """
    with np.errstate(all="ignore"):
        y = scale * (x.astype(np.float64) - shift)
        exact = np.cumsum(y * y, axis=1)[:, -1]
        square[:] = exact * (1 - 2.0**-23)
        z = rotate(y)
        step[:] = np.abs(z).max(axis=1) / STEPS * (1 + 2.0**-23)
        step[~(step > SMALLEST_STEP)] = SMALLEST_STEP
        width = step.astype(np.float64)[:, None]
        whole = np.rint(z * (1 / width))
        lost = np.cumsum((z - whole * width) ** 2, axis=1)[:, -1]
        codes[:] = STEPS + 1
        codes[:, : x.shape[1]] = np.where(np.isfinite(whole), whole + STEPS + 1, 0)
    if not (exact < LARGEST_SQUARE).all():
        return np.inf
    return float((np.sqrt(lost) / width[:, 0]).max(initial=0)) * (1 + 2.0**-20) + 2.0**-20


def sketch_rows(x, shift, scale, directions, eta, values, codes, step, square, n_threads):
    """Sketches of ``scale * (x - shift)``: products with ``directions`` (m, d), then what is left.

    Either ``values`` (n, m + 1) are written or ``codes`` (n, 4 ceil((m + 1) / 4)) with ``step``
    (n,); always ``square`` (n,). ``eta`` is that of csrc/exact/sketch_lengths.h. m + 1 is at most
    256. Returns the spread of the codes, infinite where rows are too far out.
    """
    with np.errstate(all="ignore"):
        y = scale * (x.astype(np.float64) - shift)
        exact = (y * y).sum(axis=1)
        if not (exact < LARGEST_SQUARE).all():
            return np.inf
        out = values
        if values is None:
            out = np.empty((len(x), len(directions) + 1), dtype=np.float32)
        out[:, :-1] = y.astype(np.float32) @ directions.T
        inside = (out[:, :-1].astype(np.float64) ** 2).sum(axis=1)
        rest = exact - inside + (2 * eta * (1 + eta) + 2.0**-38) * exact
        out[:, -1] = np.sqrt(np.maximum(rest, 0)) * (1 + 2.0**-23)
    if values is None:
        return encode_rows(out, np.zeros(out.shape[1]), 1.0, codes, step, square, n_threads)
    square[:] = (inside + out[:, -1].astype(np.float64) ** 2) * (1 - 2.0**-23)
    return 0.0
