"""Weights that the caller gives for the rows of a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from numbers import Number
from typing import Any

import numpy as np

from .. import _validate as check
from .._typing import Doubles
from ..sources import Block, Source


def given_weights(source: Source, sample_weight: Any) -> Doubles | None:
    """Check the weights of the caller: (n,), or () for one weight of all rows, or None."""
    if sample_weight is None:
        return None
    if source.weighted:
        raise ValueError("sample_weight must be None where the rows have their own weights.")
    if isinstance(sample_weight, Number):
        weight = check.as_sample_weight(sample_weight, 1)
        assert weight is not None
        return weight.reshape(())
    if np.size(sample_weight) == 0:
        raise ValueError("sample_weight.shape == (0,), X has more rows.")
    return check.as_sample_weight(sample_weight, source.n_rows or np.size(sample_weight))


def with_weights(blocks: Iterable[Block], given: Doubles | None) -> Iterator[Block]:
    """Blocks with the weights that `given_weights` checked; with their own where it is None."""
    if given is None:
        yield from blocks
        return
    n_done = 0
    for x, _ in blocks:
        own = given[n_done : n_done + len(x)] if given.ndim else np.full(len(x), given)
        if len(own) < len(x):
            raise ValueError(f"sample_weight.shape == {given.shape}, X has more rows.")
        yield x, own
        n_done += len(x)
    if given.ndim and n_done < len(given):
        raise ValueError(f"sample_weight.shape == {given.shape}, X has {n_done} rows.")
