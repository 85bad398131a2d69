"""Check the package `downstream`; tools/check_wheel.sh runs this where both packages are installed.

``check.py`` compares its results with those of kmeans_fast, bit for bit. ``check.py refused``
expects that neither of its modules loads beside an incompatible kmeans_fast.
"""

import importlib
import sys

import kmeans_fast.c_api
import numpy as np

import kmeans_fast


def data(dtype, n, d, k):
    rng = np.random.default_rng(n + d + k)
    x = np.ascontiguousarray(rng.normal(size=(n, d)) + rng.integers(0, 6, (n, 1)) * 4, dtype)
    return x, x[rng.choice(n, k, replace=False)].copy()


def check_equal():
    lloyd = importlib.import_module("downstream.lloyd").lloyd
    nearest = importlib.import_module("downstream.nearest").nearest
    palette = importlib.import_module("downstream.palette").palette
    for dtype in (np.float32, np.float64):
        for n, d, k in ((1, 1, 1), (500, 2, 7), (5000, 40, 33), (20_000, 3, 64)):
            x, start = data(dtype, n, d, k)
            for n_threads in (1, 3):
                centers = start.copy()
                labels = lloyd(x, centers, 9, n_threads)
                ours = kmeans_fast.kmeans(
                    x, k, init=start, max_iter=9, tol=0, algorithm="lloyd", n_init=1
                )
                assert np.array_equal(centers, ours.centers), (dtype, n, d, k)
                assert np.array_equal(labels, ours.labels), (dtype, n, d, k)
            if dtype == np.float64:
                found = np.empty(n, np.int32)
                nearest(x, start, found)
                assert np.array_equal(found, kmeans_fast.assign(x, start))
    colors, which = palette(np.arange(600).reshape(10, 20, 3) // 150, 4)
    assert colors.shape == (4, 3)
    assert which.shape == (10, 20)


def check_refused():
    for module in ("downstream.lloyd", "downstream.nearest"):
        try:
            importlib.import_module(module)
        except ImportError as error:
            message = str(error)
        else:
            message = f"{module} loads"
        assert "built for version 1.0 of the C API" in message, message


if __name__ == "__main__":
    check_refused() if sys.argv[1:] == ["refused"] else check_equal()
    version = ".".join(map(str, kmeans_fast.c_api.version))
    print(f"downstream and kmeans_fast {kmeans_fast.__version__}, C API {version}: as expected")
