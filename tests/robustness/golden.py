"""Write ``golden.json``: what small fits return, to the last bit, here and everywhere.

``python tests/robustness/golden.py`` writes it again. A change of the file is a change of
results: the changelog must say so.
"""

import json
from pathlib import Path

import numpy as np

from kmeans_fast import ALGORITHMS, kmeans, kmeans_1d
from kmeans_fast.assigners.registry import takes

FILE = Path(__file__).with_name("golden.json")
SHAPES = ((1, 1, 1), (7, 1, 3), (40, 2, 5), (200, 3, 9), (90, 17, 11), (150, 70, 6))
SEEDED = ("random", "random-partition", "k-means++", "k-means||", "afk-mc2", "density")


def rows(n, d, dtype):
    """Numbers in [0, 1) that no library's random stream has a part in: a Weyl sequence."""
    index = np.arange(1, n * d + 1, dtype=np.uint64)
    mixed = (index * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    x = mixed.astype(np.float64).reshape(n, d) / 2.0**24
    x[n // 3 : n // 3 + 3] = x[0]  # duplicates
    x[:, 0] += 100  # and an offset
    return x.astype(dtype)


def told(result):
    """A result as text that keeps every bit."""
    return {
        "centers": [float(value).hex() for value in result.centers.ravel()],
        "labels": "".join(chr(ord("a") + label) for label in result.labels),
        "inertia": float(result.inertia).hex(),
    }


def fits(algorithm):
    """Results from given centers, by name."""
    results = {}
    for n, d, k in SHAPES:
        for dtype in (np.float32, np.float64):
            x = rows(n, d, dtype)
            weights = {"": None, ", weighted": np.arange(n) % 4 + 0.25}
            for name, weight in weights.items():
                if takes(algorithm, d):
                    result = kmeans(
                        *(x, k),
                        init=x[:: max(1, n // k)][:k],
                        sample_weight=weight,
                        tol=0,
                        algorithm=algorithm,
                    )
                    key = f"{n}, {d}, {k}, {np.dtype(dtype).name}{name}"
                    results[key] = told(result) | {"n_iter": result.n_iter}
    return results


def seedings():
    """Results from seeds, and the optimum of single values."""
    results = {}
    for dtype in (np.float32, np.float64):
        x = rows(200, 3, dtype)
        for init in SEEDED:
            result = kmeans(x, 9, init=init, n_init=1, rng=np.random.RandomState(5), max_iter=2)
            results[f"{init}, {np.dtype(dtype).name}"] = told(result)
        optimum = kmeans_1d(rows(200, 1, dtype)[:, 0], 6)
        results[f"optimal, {np.dtype(dtype).name}"] = told(optimum)
    return results


def main():
    """Write the file; every algorithm must give what Lloyd's gives."""
    expected = fits("lloyd")
    for algorithm in ALGORITHMS:
        found = fits(algorithm)
        assert found == {key: expected[key] for key in found}, algorithm
    FILE.write_text(json.dumps({"fits": expected, "seedings": seedings()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
