"""Print a digest of the labels, inertia and centers of every nasty data set, on one line each.

Run as a program, with ``KMEANS_FAST_ISA`` and the path to ``tests`` set, by test_isas.
"""

import hashlib

import numpy as np
from kmeans_fast._core.sums import update_centers

from frames import rows_and_frame
from kmeans_fast._core import assign, config, lloyd
from kmeans_fast._reference.statistics import feature_moments, feature_range
from kmeans_fast.assigners.grid import make_grid
from kmeans_fast.assigners.sketch_plans import Directions, Plan, sketcher_of
from kmeans_fast.assigners.sketched_rows import SketchedRows
from kmeans_fast.assigners.sketches import scale_of
from kmeans_fast.assigners.sums import Sums
from kmeans_fast.exact import as_float
from strategies import NASTY, make_problem

PLANS = (Plan(4, False), Plan(16, True))
SHAPES = ((300, 2, 13), (200, 9, 70), (150, 65, 12), (90, 130, 66))


def digest(x, centers):
    """Digest of three iterations from ``centers``."""
    grid, mean = make_grid(feature_range(x, 1), len(x)), feature_moments(x, None, 1)[0]
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((len(centers), 2, x.shape[1] + 1), dtype=np.int64)
    state = hashlib.sha256()
    for _ in range(3):
        lloyd.lloyd_step(x, None, centers, labels, sums, grid, 2)
        centers_new = np.empty_like(centers)
        update_centers(sums, grid, mean, centers, centers_new)
        inertia = assign.inertia(x, centers, labels, None, 2)
        for part in (labels, sums, centers_new, np.float64(as_float(inertia))):
            state.update(part.tobytes())
        centers = centers_new
    return state.hexdigest()


def sketched_digest(x, centers, plan):
    """Digest of the labels and sums of three steps on sketches."""
    try:
        rows, frame = rows_and_frame(x, None, 2)
    except ValueError:  # too large for the sums of any algorithm
        return "refused"
    scale = scale_of(frame.farthest, x.dtype)
    if scale is None:
        return "no scale"
    directions = Directions.of(rows.x, frame.mean, scale, plan.width - 1, 1)
    sketcher = sketcher_of(plan, frame.mean, scale, directions)
    assigner = SketchedRows(rows, frame, len(centers), sketcher, "sketch")
    sums, state = Sums.zeros(len(centers), frame.grid), hashlib.sha256()
    for _ in range(3):
        assigner.step(centers, sums)
        for part in (assigner.labels, sums.words):
            state.update(part.tobytes())
        centers_new = np.empty_like(centers)
        sums.update(centers, frame.mean, out=centers_new)
        centers = centers_new
    return state.hexdigest()


if __name__ == "__main__":
    print(config.isa())
    with np.errstate(all="ignore"):
        for name in NASTY:
            for shape in SHAPES:
                for dtype in (np.float32, np.float64):
                    problem = make_problem(name, *shape, dtype)
                    print(name, *shape, dtype.__name__, digest(*problem))
                    for plan in PLANS:
                        print(name, *shape, plan.kind, sketched_digest(*problem, plan))
