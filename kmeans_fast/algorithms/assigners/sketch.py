"""An exact filter for many features: 8-bit codes exclude most centers, at four times the rate."""

from math import frexp

import numpy as np

from ... import _backend
from .hamerly import Hamerly
from .lloyd import Lloyd
from .movement import Movement
from .work import Work

# Sums of products of codes are int32.
MOST_FEATURES = 1 << 16
CODED_BYTES, BOUNDS_BYTES = 8, 8
ENCODING_WORK = 20  # multiply-adds for each feature of a row, about
# Binary exponents of the largest magnitude between which no square that matters overflows or
# underflows in float64, and a power of two scales the rows in their own precision.
EXPONENTS = {"float32": (-126, 126), "float64": (-400, 400)}


def _row_bytes(d):
    """Bytes of the codes of a row: whole words."""
    return (d + 3) // 4 * 4


def _centers_bytes(x, n_clusters):
    d = x.shape[1]
    return n_clusters * (_row_bytes(d) + 8 + 2 * d * x.itemsize)


def n_bytes(x, n_clusters):
    """Codes, step and squared norm of each row and center, and two bounds a row."""
    n, d = x.shape
    return n * (_row_bytes(d) + CODED_BYTES + BOUNDS_BYTES) + _centers_bytes(x, n_clusters)


def least_bytes(x, n_clusters):
    """Bounds only: no row is coded."""
    return len(x) * BOUNDS_BYTES + _centers_bytes(x, n_clusters)


class Sketch:
    """As many rows coded as memory allows; bounds of eight bytes for all."""

    name = "sketch"

    def __init__(self, problem, n_clusters, max_memory=None):
        x = problem.x
        n, d = x.shape
        coded = n
        if max_memory is not None and max_memory < n_bytes(x, n_clusters):
            rest = max_memory - least_bytes(x, n_clusters)
            coded = max(0, rest // (_row_bytes(d) + CODED_BYTES))
        self.parts = []
        if coded > 0:
            self.parts.append((slice(0, coded), CodedRows(problem.part(0, coded), n_clusters)))
        if coded < n:
            self.parts.append((slice(coded, n), Hamerly(problem.part(coded, n), n_clusters)))

    def restart(self):
        """See `assigners`."""
        for _, part in self.parts:
            part.restart()

    def step(self, centers, labels, sums):
        """See `assigners`."""
        works = [part.step(centers, labels[rows], sums) for rows, part in self.parts]
        return Work(*(sum(counts) for counts in zip(*works, strict=True)))


class CodedRows:
    """Codes of all rows and bounds, d + 16 bytes a row; see `_core.sketch`."""

    def __init__(self, problem, n_clusters):
        self.problem = problem
        self.plain = Lloyd(problem, n_clusters)
        self.movement = Movement(problem, n_clusters)
        self.codes = self._encode_all() if n_clusters > 1 else None
        self.known = False
        if self.codes is not None:
            self.upper, self.lower = np.empty((2, len(problem.x)), dtype=np.float32)

    def restart(self):
        """See `assigners`."""
        self.movement = Movement(self.problem, len(self.movement.travelled))
        self.known = False

    def _encode_all(self):
        """Codes of all rows, or None if there can be none."""
        problem = self.problem
        lowest, highest = EXPONENTS[problem.x.dtype.name]
        exponent = frexp(float((problem.max_abs + np.abs(problem.mean)).max()))[1]
        if problem.x.dtype == np.float64 and not lowest <= exponent <= highest:
            return None
        self.scale = 2.0 ** -min(max(exponent, lowest), highest)
        return self._encode(problem.x) if problem.x.shape[1] <= MOST_FEATURES else None

    def _encode(self, x):
        n, d = x.shape
        threads = self.problem.n_threads(ENCODING_WORK)
        codes = np.empty((n, _row_bytes(d)), dtype=np.uint8)
        step, square = np.empty((2, n), dtype=np.float32)
        spread = _backend.sketch.encode_rows(
            *(x, self.problem.mean, self.scale, codes, step, square, threads)
        )
        return (codes, step, square, spread) if np.isfinite(spread) else None

    def step(self, centers, labels, sums):
        """See `assigners`."""
        problem, movement = self.problem, self.movement
        center_codes = None if self.codes is None else self._encode(centers)
        if center_codes is None:
            self.known = False
            return self.plain.step(centers, labels, sums)
        movement.follow(centers)
        n_moved, n_full, n_scanned = _backend.sketch.sketch_step(
            *(problem.x, problem.sample_weight, centers, labels, sums, problem.grid),
            *(self.codes, center_codes, self.scale, self.upper, self.lower),
            *(movement.travelled, movement.half, movement.fall, self.known),
            problem.n_threads(len(centers)),
        )
        self.known = True
        n, k = len(problem.x), len(centers)
        return Work(n_moved, n_full + n_scanned * k, max(0, n - n_scanned))
