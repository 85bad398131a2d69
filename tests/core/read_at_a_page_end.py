"""Call every pass over the rows, with rows and centers at the end of readable memory.

test_reads runs this program: a kernel that reads one element too many ends the process.
"""

import ctypes
import mmap

import numpy as np

from frames import rows_and_frame
from kmeans_fast._core import assign, distances, lloyd, seeding, statistics
from kmeans_fast.assigners.grid import make_grid
from kmeans_fast.assigners.sketch_plans import Directions, Plan, sketcher_of
from kmeans_fast.assigners.sketched_rows import SketchedRows
from kmeans_fast.assigners.sketches import scale_of
from kmeans_fast.assigners.sums import Sums
from shapes import DTYPES
from strategies import make_problem

ROWS = (1, 2, 15, 17, 63, 64, 65, 129, 577)
FEATURES = (1, 2, 3, 5, 7, 8, 9, 15, 17, 33)
N_CENTERS = 7
PROT_NONE = 0


def before_a_wall(array):
    """A copy whose last element is the last readable element of a page."""
    size = -(-array.nbytes // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, size + mmap.PAGESIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    wall = ctypes.c_void_p(address + size)
    if protect(wall, ctypes.c_size_t(mmap.PAGESIZE), PROT_NONE):
        raise OSError(ctypes.get_errno(), "mprotect failed")
    copy = np.frombuffer(memory, array.dtype, array.size, size - array.nbytes)
    copy = copy.reshape(array.shape)
    copy[...] = array
    return copy


def read_all(x, centers):
    """Call every function that reads rows or centers."""
    n, k, d = len(x), *centers.shape
    labels, closest = np.full(n, -1, dtype=np.int32), np.full(n, np.inf, dtype=x.dtype)
    sums, (nearest, second) = np.zeros((k, 2, d + 1), dtype=np.int64), np.empty((2, n))
    grid = make_grid(statistics.feature_range(x, 1), n)
    statistics.feature_moments(x, None, 1)
    statistics.moments(x, before_a_wall(np.ones(n)), x[0].astype(float), sums[:1], grid, 1)
    lloyd.lloyd_step(x, None, centers, labels, sums, grid, 1)
    assign.assign_two_rows(x, centers, labels, nearest, second, 1)
    assign.assign_rows(x, centers, before_a_wall(labels), 1)
    assign.inertia(x, centers, before_a_wall(labels), before_a_wall(np.ones(n)), 1)
    distances.distance_rows(x, centers, before_a_wall(np.empty((n, k), dtype=x.dtype)), 1)
    pending, words = np.ones(1, dtype=np.uint8), np.zeros((1, 2), dtype=np.int64)
    own, left = before_a_wall(closest), before_a_wall(np.empty((1, k - 1, 2), dtype=np.int64))
    for weight in (None, before_a_wall(np.ones(n))):
        seeding.seed_step(x, centers, 1.0, weight, own, pending, words, left, 2.0**-30, None, 1)
        seeding.seed_count(own, weight, words, 2.0**-30, 1)


def sketch_all(x, centers):
    """Take two steps on sketches of each kind."""
    rows, frame = rows_and_frame(x, None, 1)
    scale, k = scale_of(frame.farthest, x.dtype), len(centers)
    directions = Directions.of(rows.x, frame.mean, scale, 3, 1)
    for plan in (Plan(4, False), Plan(4, True), Plan(None, True)):
        sketcher = sketcher_of(plan, frame.mean, scale, directions)
        assigner = SketchedRows(rows, frame, k, sketcher, "sketch")
        sums = Sums.zeros(k, frame.grid)
        assigner.step(centers, sums)
        assigner.step(before_a_wall(centers[::-1]), sums)


if __name__ == "__main__":
    for dtype in DTYPES:
        for n_rows in ROWS:
            for n_features in FEATURES:
                problem = make_problem("gaussian", n_rows, n_features, N_CENTERS, dtype)
                read_all(*map(before_a_wall, problem))
                sketch_all(*map(before_a_wall, problem))
    print("read no further")
