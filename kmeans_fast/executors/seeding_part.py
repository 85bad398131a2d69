"""What one part of the rows does in seeding: passes over the arrays that it is bound to."""

import numpy as np

from .. import _backend
from .._chunks import chunks, filled, weights
from .._threads import effective_threads
from .seeding_codes import make_sketch

BLOCK_ELEMENTS = 1 << 24
"""Elements of a block: large enough for all threads, small enough for its temporary arrays."""


class Part:
    """Rows ``x`` (n, d) and their weights (n,) or None, with the passes of each seeding.

    With ``keeps_codes``, the codes of the rows are made once for all runs of k-means++.
    """

    def __init__(self, x, sample_weight, n_threads, keeps_codes=False):
        self.x = x
        self.sample_weight = sample_weight
        self.n_threads = n_threads
        self.keeps_codes = keeps_codes
        self.codes = None

    def __len__(self):
        return len(self.x)

    @property
    def dtype(self):
        """Type of the rows."""
        return self.x.dtype

    def take(self, rows):
        """Copies of the rows at these places."""
        return self.x[rows]

    def all_rows(self):
        """The rows as one array."""
        return self.x

    def blocks(self):
        """Yield (place of the first row, rows) of blocks that make up the part."""
        step = max(1, BLOCK_ELEMENTS // self.x.shape[1])
        for start in range(0, len(self), step):
            yield start, self.x[start : start + step]

    def weights(self, without):
        """Draws by weight, in which the rows ``without`` have none."""
        weight = self.sample_weight
        if len(without):
            weight = weight.copy()
            weight[without] = 0
        return Terms(weight, None, effective_threads(self.n_threads, len(self)))

    def closest(self):
        """Squared distances to points, none of which is known yet."""
        return Closest(self)

    def plus_plus(self, scale, n_clusters, n_candidates):
        """The rows in a run of greedy k-means++."""
        threads = effective_threads(self.n_threads, self.x.size * n_candidates)
        codes = self.codes
        if codes is None:
            codes = make_sketch(self.x, scale, n_clusters, threads)
            self.codes = codes if self.keeps_codes else None
        if self.codes is not None:
            codes = codes.fresh()
        return PlusPlusPass(self.x, self.sample_weight, scale, codes, threads)

    def accumulate(self, rows, labels, sums, grid):
        """Add a slice of the rows to the sums of their clusters."""
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        nowhere = np.full_like(labels, -1)
        _backend.lloyd.accumulate_rows(self.x[rows], weight, nowhere, labels, sums, grid)


class Terms:
    """Draws by terms (n,), times weights where given; all are finite and none is negative."""

    def __init__(self, terms, sample_weight, n_threads):
        self.terms = terms
        self.sample_weight = sample_weight
        self.running = _backend.exact_sums.running_sums(terms, sample_weight, n_threads)

    def total(self):
        """Exact sum of all terms."""
        return _backend.exact_sums.total_of(self.running)

    def find(self, targets):
        """The rows at which the running sum reaches the targets."""
        find_rows = _backend.exact_sums.find_rows
        return find_rows(self.terms, self.sample_weight, self.running, targets)


class Closest:
    """Squared distance of each row to the nearest point so far, float64 (n,), and that point."""

    def __init__(self, part):
        self.part = part
        self.distances = filled(len(part), np.inf, np.float64)
        self.owner = np.zeros(len(part), dtype=np.int32)
        self.draws = None

    def lower(self, points, first):
        """Take in points, which are numbers ``first``, ``first`` + 1 ...; ties stay as they are."""
        for start, x in self.part.blocks():
            labels = np.empty(len(x), dtype=np.int32)
            distances = np.empty(len(x))
            threads = effective_threads(self.part.n_threads, x.size * len(points))
            _backend.assign.assign_rows(x, points, labels, threads)
            _backend.assign.squared_distances(x, points, labels, distances, threads)
            block = slice(start, start + len(x))
            self._lower(self.distances[block], distances, self.owner[block], labels, first)
        self.draws = None

    @staticmethod
    def _lower(own, distances, owner, labels, first):
        for rows in chunks(len(own)):
            closer = distances[rows] < own[rows]
            np.copyto(own[rows], distances[rows], where=closer)
            # One type: NumPy (2.4) ends the process where a ufunc finds no memory to buffer a cast.
            np.copyto(owner[rows], labels[rows] + np.int32(first), where=closer)

    def total(self):
        """Exact sum of the weighted squared distances."""
        return self._draws().total()

    def find(self, targets):
        """The rows at which their running sum reaches the targets."""
        return self._draws().find(targets)

    def _draws(self):
        if self.draws is None:
            threads = effective_threads(self.part.n_threads, len(self.part))
            self.draws = Terms(self.distances, self.part.sample_weight, threads)
        return self.draws

    @property
    def n_present(self):
        """Rows that have weight."""
        weight = self.part.sample_weight
        return len(self.part) if weight is None else int(np.count_nonzero(weight))

    def take_each(self, count, total, key, place):
        """Rows taken, each with probability ``count * term / total``.

        ``place`` is the number of rows that have weight before this part.
        """
        taken = []
        for rows in chunks(len(self.part)):
            present = np.arange(rows.start, rows.stop)
            if self.part.sample_weight is not None:
                present = present[self.part.sample_weight[rows] > 0]
            uniform = _uniform(key, place, len(present))
            place += len(present)
            terms = weights(self.part.sample_weight, present) * self.distances[present]
            taken.append(present[uniform * total < count * terms])
        return np.concatenate(taken)

    def owner_weights(self, n_points, grid):
        """Words of the weight of each point's rows, int64 (n_points, 2, 2)."""
        words = np.zeros((n_points, 2, 2), dtype=np.int64)
        for rows in chunks(len(self.part)):
            own = self.owner[rows]
            weight = None if self.part.sample_weight is None else self.part.sample_weight[rows]
            _backend.lloyd.accumulate_rows(
                np.zeros((len(own), 1)), weight, np.full_like(own, -1), own, words, grid
            )
        return words

    def proposal(self, total_weight, total):
        """Draws by the mean of weight / total_weight and term / total."""
        terms = np.empty(len(self.part))
        for rows in chunks(len(self.part)):
            weight = weights(self.part.sample_weight, rows)
            distances = self.distances[rows]
            terms[rows] = 0.5 * weight / total_weight + 0.5 * (weight * distances) / total
        return Terms(terms, None, effective_threads(self.part.n_threads, len(terms)))


def _uniform(key, place, count):
    """Uniform numbers in [0, 1) of consecutive places, each a function of the key and its place."""
    values_per_counter = 4  # of Philox 4x64, Salmon et al. 2011
    generator = np.random.Generator(np.random.Philox(key=key).advance(place // values_per_counter))
    skipped = place % values_per_counter
    return generator.random(skipped + count)[skipped:]


class PlusPlusPass:
    """Greedy k-means++ on one part; `_reference.seeding` describes the arrays."""

    def __init__(self, x, sample_weight, scale, codes, n_threads):
        n_blocks = -(-len(x) // _backend.BLOCK_ROWS)
        self.x = x
        self.sample_weight = sample_weight
        self.scale = scale
        self.codes = codes
        self.n_threads = n_threads
        self.distances = filled(len(x), np.inf, x.dtype)
        self.pending = np.ones(n_blocks, dtype=np.uint8)
        self.words = np.zeros((n_blocks, 2), dtype=np.int64)
        self.points = self.left = self.unit = None

    def count(self, last, unit):
        """Take in the point ``last`` (d,), if it has not been; count terms in ``unit``."""
        self.unit = unit
        self.points = np.ascontiguousarray(last[None])
        self._step()
        _backend.seeding.seed_count(
            self.distances, self.sample_weight, self.words, unit, self.n_threads
        )

    def step(self, candidates):
        """Totals that each candidate would leave, in units of ``unit`` 2^-50."""
        self.points = np.concatenate([self.points[:1], candidates])
        self._step()
        return _backend.seeding.word_totals(self.left)

    def choose(self, candidate):
        """Make a candidate the last seed."""
        self.points = self.points[candidate + 1 :][:1]
        self.words = np.ascontiguousarray(self.left[:, candidate])
        self.pending[:] = 1

    def total(self):
        """Total of the weighted squared distances, the last seed taken in."""
        return _backend.seeding.word_totals(self.words[:, None])[0]

    def find(self, targets):
        """The rows at which their running sum reaches the targets."""
        rows = np.empty(len(targets), dtype=np.int64)
        _backend.seeding.seed_find(
            *(self.x, self.points[:1], self.scale, self.sample_weight, self.distances),
            *(self.pending, self.words, self.unit, targets, rows, self.codes),
        )
        return rows

    def _step(self):
        self.left = np.empty((len(self.words), len(self.points) - 1, 2), dtype=np.int64)
        _backend.seeding.seed_step(
            *(self.x, self.points, self.scale, self.sample_weight, self.distances, self.pending),
            *(self.words, self.left, self.unit, self.codes, self.n_threads),
        )
