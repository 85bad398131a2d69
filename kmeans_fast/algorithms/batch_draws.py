"""Draws of rows in proportion to their weights, as if each row stood as often as its weight says.

With integer weights the same random state draws the same rows as from the repeated rows. Random
numbers are taken as in scikit-learn, so that the same state gives the same batches.
"""

from __future__ import annotations

import numpy as np

from .._typing import Doubles, Indices, Rng

MOST_SHUFFLED = 1 << 20
"""Up to this many rows, distinct ones are the first of a permutation, as in scikit-learn."""
EXACT_INTEGERS = 2.0**53


class Draws:
    """Draws among ``n_rows`` rows; ``weight`` is float64 (n,) or None.

    ``count`` is the number of rows: integer weights count as repetitions, others as one row each,
    zero as none. ``total`` is the sum of the weights.
    """

    def __init__(self, n_rows: int, weight: Doubles | None) -> None:
        self.count = n_rows
        self.total = float(n_rows)
        self._ends: Doubles | None = None
        self._is_whole = True
        if weight is not None:
            self._ends = np.cumsum(weight)
            self.total = float(self._ends[-1])
            rounded = np.rint(weight)
            self._is_whole = self.total <= EXACT_INTEGERS and bool((weight == rounded).all())
            self.count = int(self.total) if self._is_whole else int(np.count_nonzero(weight))

    def _rows(self, places: Doubles | Indices) -> Indices:
        """The rows at these places among the repeated rows."""
        if self._ends is None:
            return places.astype(np.int64)
        return np.searchsorted(self._ends, places, side="right")

    def batch(self, size: int, rng: Rng) -> Indices:
        """Rows of a batch, with replacement: those of ``rng.choice(n, size, p=...)``."""
        return self._rows(rng.random(size) * self.total)

    def sample(self, size: int, rng: Rng) -> Indices:
        """Rows to start from, with replacement: those of ``rng.randint(0, n, size)``."""
        if not self._is_whole:
            return self.batch(size, rng)
        if isinstance(rng, np.random.Generator):
            return self._rows(rng.integers(0, self.count, size))
        return self._rows(rng.randint(0, self.count, size))

    def distinct(self, size: int, rng: Rng) -> Indices:
        """Rows without replacement: those of ``rng.choice(n, size, replace=False)``."""
        if self._is_whole and self.count <= MOST_SHUFFLED:
            return self._rows(rng.choice(self.count, size=size, replace=False))
        found = np.empty(0, dtype=np.int64)
        while len(found) < size:
            places = rng.random(size - len(found)) * self.total
            new = np.floor(places).astype(np.int64) if self._is_whole else self._rows(places)
            both = np.append(found, new)
            found = both[np.sort(np.unique(both, return_index=True)[1])]
        return self._rows(found) if self._is_whole else found
