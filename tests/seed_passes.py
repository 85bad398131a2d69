"""What tests of the passes of greedy k-means++ share."""

from types import SimpleNamespace

import numpy as np

BLOCK_ROWS, WORD_BITS = 1024, 50


def scale_of(x):
    """The power of two that brings max|x| into [0.5, 1), as far as its own precision goes."""
    limit = np.finfo(x.dtype).maxexp - 2
    return float(np.ldexp(1.0, np.clip(-np.frexp(np.abs(x).max())[1], -limit, limit)))


def totals(words):
    """Totals of words (..., blocks, 2) in the unit, as Python ints."""
    high, low = (words[..., w].astype(object).sum(axis=0) for w in range(2))
    return high * 2**WORD_BITS + low


def unit_of(d):
    """Unit for rows up to 1 in magnitude and weights up to 2^3."""
    return np.ldexp(1.0, int(np.ceil(np.log2(32 * d))) - WORD_BITS)


def fresh(output, n, n_candidates, dtype):
    """``closest``, ``pending``, ``words`` and ``left`` before the first seed."""
    n_blocks = -(-n // BLOCK_ROWS)
    return (
        output(n, dtype, np.inf),
        output(n_blocks, np.uint8),
        output((n_blocks, 2), np.int64),
        output((n_blocks, n_candidates, 2), np.int64, -1),
    )


def take_in(seeding, x, seed, scale, weight, state, n_threads, seed_codes=None):
    """Lower ``closest`` of all rows to a seed."""
    closest, pending, words, left = state
    unit = unit_of(x.shape[1])
    pending[:] = 1
    seeding.seed_step(
        *(x, seed[None].copy(), scale, weight, closest, pending, words, left[:, :0].copy()),
        *(unit, seed_codes, n_threads),
    )
    assert not pending.any()
    seeding.seed_count(closest, weight, words, unit, n_threads)


def make_seed_codes(seeding, output, x, scale, middle, inverse, n_threads=1):
    """`SeedCodes` of the rows by ``seeding``; the number of features is that of ``middle``."""
    n_tiles, groups = -(-len(x) // 64), -(-len(middle) // 4)
    codes = output((4 * n_tiles, groups, 16, 4), np.uint8)
    halves, radii = output(64 * n_tiles, np.int32), output(n_tiles, np.float32)
    largest = seeding.seed_encode_rows(x, scale, middle, inverse, codes, halves, radii, n_threads)
    radii += np.float32(largest * (1 + 1e-6))
    skip = output(-(-len(x) // BLOCK_ROWS), np.uint8)
    return SimpleNamespace(
        middle=middle, inverse=inverse, codes=codes, halves=halves, radii=radii, skip=skip
    )


def box(x, scale, share=1.0):
    """Middle and unit of codes for the rows; a ``share`` below 1 leaves rows outside the box."""
    rows = x.astype(np.float64) * scale
    middle = (rows.min(axis=0) + rows.max(axis=0)) / 2
    width = np.quantile(np.abs(rows - middle).max(axis=1), share)
    return middle, 127.5 / (1.01 * width) if width > 0 else 1.0
