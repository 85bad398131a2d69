"""Nasty data by name: inputs for which a careless kernel gives a wrong label, inf or NaN.

Each maker takes ``(rng, n, d, k, dtype)`` and returns the rows (n, d) and start centers (k, d).
"""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


def gaussian(rng, n, d, k, dtype):
    """The ordinary case, without difficulties."""
    return rng.standard_normal((n, d)), rng.standard_normal((k, d))


def lattice(rng, n, d, k, dtype):
    """Small integers: most rows have several nearest centers at equal distances."""
    return rng.integers(-2, 3, (n, d)), rng.integers(-2, 3, (k, d))


def half_lattice(rng, n, d, k, dtype):
    """Rows halfway between integer centers."""
    return rng.integers(-4, 5, (n, d)) + 0.5, rng.integers(-4, 5, (k, d))


def lattice_far_away(rng, n, d, k, dtype):
    """Exact ties for which the expanded square has no correct digit."""
    offset = 2.0 ** (np.finfo(dtype).nmant - 4)
    return offset + rng.integers(-2, 3, (n, d)), offset + rng.integers(-2, 3, (k, d))


def duplicates(rng, n, d, k, dtype):
    """Three distinct rows, repeated often, and centers close to them."""
    distinct = rng.standard_normal((3, d))
    centers = distinct[rng.integers(0, 3, k)] + 0.1 * rng.standard_normal((k, d))
    return distinct[rng.integers(0, 3, n)], centers


def constant(rng, n, d, k, dtype):
    """All rows and centers are equal: every distance is 0, and every label is 0."""
    return np.full((n, d), 0.1), np.full((k, d), 0.1)


def centers_are_rows(rng, n, d, k, dtype):
    """Centers drawn from the rows."""
    x = rng.standard_normal((n, d))
    return x, x[rng.integers(0, n, k)] if n else rng.standard_normal((k, d))


def duplicated_centers(rng, n, d, k, dtype):
    """Two distinct centers, repeated often: the lowest index must win."""
    distinct = rng.standard_normal((2, d))
    return rng.standard_normal((n, d)), distinct[np.arange(k) % 2]


def adjacent_centers(rng, n, d, k, dtype):
    """Centers that differ by one unit in the last place."""
    center = rng.standard_normal(d).astype(dtype)
    centers = np.tile(center, (k, 1))
    feature = rng.integers(0, d, k)
    step = np.where(rng.random(k) < 0.5, -np.inf, np.inf).astype(dtype)
    centers[np.arange(k), feature] = np.nextafter(centers[np.arange(k), feature], step)
    return rng.standard_normal((n, d)), centers


def midpoints(rng, n, d, k, dtype):
    """Rows in the middle between two centers, rounded: ties up to the last bit."""
    centers = rng.standard_normal((k, d)).astype(dtype)
    return (centers[rng.integers(0, k, n)] + centers[rng.integers(0, k, n)]) / 2, centers


def antipodal(rng, n, d, k, dtype):
    """Rows at positive and negative zero, between opposite centers."""
    half = rng.standard_normal((-(-k // 2), d))
    signs = rng.choice([-1.0, 1.0], (n, d))
    return 0.0 * signs, np.stack([half, -half], axis=1).reshape(-1, d)[:k]


def huge_offset(rng, n, d, k, dtype):
    """Pairs of groups on both sides of the origin and far from it: centering does not help."""
    offset = 0.01 / np.finfo(dtype).eps
    sign_x, sign_c = rng.choice([-1, 1], (n, 1)), rng.choice([-1, 1], (k, 1))
    x, centers = rng.standard_normal((n, d)), rng.standard_normal((k, d))
    return sign_x * offset + x, sign_c * offset + centers


def one_far_row(rng, n, d, k, dtype):
    """One outlier row: a bound on the largest norm is useless for the other rows."""
    x = rng.standard_normal((n, d))
    x[n // 2 : n // 2 + 1] *= 1e12
    return x, rng.standard_normal((k, d))


def one_far_center(rng, n, d, k, dtype):
    """One outlier center: an error band from its norm is wider than all other distances."""
    centers = rng.standard_normal((k, d))
    centers[k // 2] *= 1e12
    return rng.standard_normal((n, d)), centers


def mixed_features(rng, n, d, k, dtype):
    """Features of magnitudes from 1e-9 to 1e9."""
    scale = 10.0 ** rng.integers(-9, 10, d)
    return rng.standard_normal((n, d)) * scale, rng.standard_normal((k, d)) * scale


def mixed_rows(rng, n, d, k, dtype):
    """Rows and centers of magnitudes from 1e-9 to 1e9."""
    scale_x, scale_c = 10.0 ** rng.integers(-9, 10, (n, 1)), 10.0 ** rng.integers(-9, 10, (k, 1))
    return rng.standard_normal((n, d)) * scale_x, rng.standard_normal((k, d)) * scale_c


def denormal(rng, n, d, k, dtype):
    """Multiples of the smallest positive number."""
    smallest = float(np.finfo(dtype).smallest_subnormal)
    return rng.integers(-50, 51, (n, d)) * smallest, rng.integers(-50, 51, (k, d)) * smallest


def tiny_scale(rng, n, d, k, dtype):
    """Normal numbers whose squares underflow to zero in their own precision."""
    scale = float(np.finfo(dtype).tiny) ** 0.75
    return rng.standard_normal((n, d)) * scale, rng.standard_normal((k, d)) * scale


def denormal_squares(rng, n, d, k, dtype):
    """Numbers whose squares have only one or two bits left in their own precision."""
    scale = 3 * float(np.finfo(dtype).smallest_subnormal) ** 0.5
    return rng.standard_normal((n, d)) * scale, rng.standard_normal((k, d)) * scale


def huge_scale(rng, n, d, k, dtype):
    """Finite numbers whose squares overflow in their own precision."""
    scale = float(np.finfo(dtype).max) ** 0.75
    return rng.standard_normal((n, d)) * scale, rng.standard_normal((k, d)) * scale


def largest_squares(rng, n, d, k, dtype):
    """Numbers whose sums of squares overflow in some rows and not in others."""
    scale = (float(np.finfo(dtype).max) / d) ** 0.5
    return rng.standard_normal((n, d)) * scale, rng.standard_normal((k, d)) * scale


def largest(rng, n, d, k, dtype):
    """The largest finite numbers, whose differences already overflow."""
    top = float(np.finfo(dtype).max)
    return rng.choice([-top, 0.0, top], (n, d)), rng.choice([-top, top], (k, d))


def not_too_small(*arrays):
    """Arrays that kernels and streams take: if squares underflow, scale all arrays up alike."""
    most = max(np.abs(array).max() for array in arrays)
    unit = 2.0**700 if 0 < most < 1e-140 else 1.0
    return tuple(array * array.dtype.type(unit) for array in arrays)


NASTY = {
    maker.__name__: maker
    for maker in (
        gaussian,
        lattice,
        half_lattice,
        lattice_far_away,
        duplicates,
        constant,
        centers_are_rows,
        duplicated_centers,
        adjacent_centers,
        midpoints,
        antipodal,
        huge_offset,
        one_far_row,
        one_far_center,
        mixed_features,
        mixed_rows,
        denormal,
        tiny_scale,
        denormal_squares,
        huge_scale,
        largest_squares,
        largest,
    )
}

OVERFLOWING = ("huge_scale", "largest_squares", "largest")
"""Names of the data whose squared distances overflow in their own precision."""


def make_problem(name, n, d, k, dtype, seed=0):
    """Rows and centers of the data set ``name``, C-contiguous, of ``dtype``."""
    x, centers = NASTY[name](np.random.default_rng(seed), n, d, k, dtype)
    return np.ascontiguousarray(x, dtype=dtype), np.ascontiguousarray(centers, dtype=dtype)


def make_weights(n, seed=0):
    """Weights between 0 and 3, one in five of them zero, the first positive."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0, 3, n) * (rng.random(n) >= 0.2)
    weights[:1] = 1.5
    return weights


DTYPES = st.sampled_from([np.float32, np.float64])


@st.composite
def problems(draw, min_rows=1, max_rows=80, names=tuple(NASTY), dtypes=DTYPES):
    """A data set of `NASTY` in a small shape: rows (n, d) and centers (k, d)."""
    n, d = draw(st.integers(min_rows, max_rows)), draw(st.integers(1, 20))
    k, seed = draw(st.integers(1, 20)), draw(st.integers(0, 2**32 - 1))
    return make_problem(draw(st.sampled_from(names)), n, d, k, draw(dtypes), seed)


@st.composite
def integer_problems(draw):
    """Rows and centers of small integers, drawn one by one, so that failures shrink well."""
    n, d, k = draw(st.integers(1, 20)), draw(st.integers(1, 4)), draw(st.integers(1, 6))
    dtype, elements = draw(DTYPES), st.integers(-3, 3)
    x = draw(hnp.arrays(np.int64, (n, d), elements=elements))
    centers = draw(hnp.arrays(np.int64, (k, d), elements=elements))
    return x.astype(dtype), centers.astype(dtype)
