"""Exact sums of float64 terms, as ints in units of 2^-1080, and rows found by them."""

import numpy as np

from .blocks import block_slices

UNIT_EXPONENT = -1080
MANTISSA_BITS = 53


def to_ints(terms, sample_weight=None):
    """Each term, times its weight where given (rounded once), as an int in units of 2^-1080.

    The term of a row of weight zero is 0. Infinite terms count as 2^1024.
    """
    if sample_weight is not None:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            terms = np.where(sample_weight == 0, 0.0, terms * sample_weight)
    infinite = np.isinf(terms)
    mantissas, exponents = np.frexp(np.where(infinite, np.sign(terms), terms))
    mantissas = np.ldexp(mantissas, MANTISSA_BITS).astype(np.int64).tolist()
    shifts = np.where(infinite, 1025, exponents) - MANTISSA_BITS - UNIT_EXPONENT
    # the bits shifted out of the mantissa of a subnormal number are zero
    return [m << s if s >= 0 else m >> -s for m, s in zip(mantissas, shifts.tolist(), strict=True)]


def exact_sum(terms, sample_weight, n_threads):
    """Exact sum of the terms, times their weights where given, each product rounded once."""
    return sum(to_ints(terms, sample_weight))


def running_sums(terms, sample_weight, n_threads):
    """Exact sums of the terms up to the end of each block of rows, for `find_rows`."""
    weight = np.ones(len(terms)) if sample_weight is None else sample_weight
    blocks = [exact_sum(terms[rows], weight[rows], 1) for rows in block_slices(len(terms))]
    return np.cumsum(np.array(blocks, dtype=object))


def total_of(running):
    """The exact sum of all terms of `running_sums`."""
    return running[-1] if len(running) else 0


def find_rows(terms, sample_weight, running, targets):
    """First row with a positive term at which the exact running sum reaches each target.

    ``terms`` are not negative and ``running`` are their `running_sums`. Where no row reaches it,
    the last row with a positive term; 0 if there is none. Returns int64, one row for each target.
    """
    ends = np.cumsum(np.array(to_ints(terms, sample_weight), dtype=object))
    total = total_of(running)
    if total <= 0:
        return np.zeros(len(targets), dtype=np.int64)
    # a sum that reaches 1 or more does so at a positive term
    inside = np.array([min(max(target, 1), total) for target in targets], dtype=object)
    return np.searchsorted(ends, inside).astype(np.int64)
