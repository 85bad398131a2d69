"""Arrays of more than 2^31 elements that take little memory.

Rows are pages of zeros that the system stores only once, except for a few pages that are written.
The output of the core goes to the same pages again and again. If an index is truncated to 32 bits,
the case ends with an AssertionError.

    python tests/robustness/big.py [case ...]
"""

import ctypes
import mmap
import os
import sys
import time

import numpy as np

import kmeans_fast
from kmeans_fast._core import assign as core_assign
from kmeans_fast._core import distances as core_distances

LIMIT = 1 << 31
WINDOW = 1 << 26
MAP_FIXED, MAP_NORESERVE = 0x10, 0x4000  # of Linux


def zeros(shape, dtype):
    """An array of zeros; only the parts that are written take memory."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE
    return np.frombuffer(mmap.mmap(-1, size, flags), dtype=dtype).reshape(shape)


def repeated(shape, dtype):
    """An array whose elements repeat after each WINDOW bytes, in the same memory."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    whole = -(-size // WINDOW) * WINDOW
    file = os.memfd_create("window")
    os.ftruncate(file, WINDOW)
    space = mmap.mmap(-1, whole, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(space))
    fixed = mmap.MAP_SHARED | MAP_FIXED
    for offset in range(0, whole, WINDOW):
        at = libc.mmap(start + offset, WINDOW, mmap.PROT_READ | mmap.PROT_WRITE, fixed, file, 0)
        if at != start + offset:
            raise OSError(ctypes.get_errno(), "mmap failed")
    os.close(file)
    return np.frombuffer(space, dtype=dtype, count=size // np.dtype(dtype).itemsize).reshape(shape)


def marked_rows(n, d):
    """Rows of zeros, except for some rows around element 2^31, which are 1, 2 and 3."""
    x = zeros((n, d), np.float32)
    middle = LIMIT // d
    for value, rows in ((1, [0, 5]), (2, [middle - 1, middle, middle + 1]), (3, [n - 2, n - 1])):
        x[rows] = value
    return x, np.repeat(np.arange(4, dtype=np.float32)[:, None], d, axis=1)


def expected_labels(n, d):
    labels, middle = np.zeros(n, dtype=np.int32), LIMIT // d
    labels[[0, 5]], labels[middle - 1 : middle + 2], labels[n - 2 :] = 1, 2, 3
    return labels


def case_assign():
    """Rows of more than 2^31 elements."""
    n, d = (1 << 20) + 100, 2049
    x, centers = marked_rows(n, d)
    labels, distances = kmeans_fast.assign(x, centers, return_distance=True)
    assert (labels == expected_labels(n, d)).all()
    assert not distances.any()


def fit_case(algorithm):
    n, d = (1 << 20) + 100, 2049
    x, centers = marked_rows(n, d)
    fit = kmeans_fast.kmeans(x, 4, init=centers, max_iter=2, algorithm=algorithm)
    assert (fit.labels == expected_labels(n, d)).all()
    assert (fit.centers == centers).all()
    assert fit.inertia == 0


def case_lloyd():
    """A fit to rows of more than 2^31 elements."""
    fit_case("lloyd")


def case_hamerly():
    """A fit as in `case_lloyd`, with bounds."""
    fit_case("hamerly")


def case_codes():
    """A fit as in `case_lloyd`; the codes of the rows have more than 2^31 bytes, too."""
    fit_case("codes")


def case_sketch():
    """A fit as in `case_lloyd`, on sketches of the rows."""
    fit_case("sketch")


def case_seeding():
    """Seeds of rows of more than 2^31 elements."""
    n, d = (1 << 20) + 100, 2049
    x, _ = marked_rows(n, d)
    centers, indices = kmeans_fast.kmeans_plusplus(x, 4, random_state=0)
    assert sorted(centers[:, 0]) == [0, 1, 2, 3]
    assert (x[indices] == centers).all()


def case_bounds():
    """More than 2^31 bounds of one byte: rows times clusters."""
    k, d = 2100, 16
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((k, d)).astype(np.float32)
    n = LIMIT // k + 1000
    x = centers[np.arange(n) % k] + np.float32(0.2) * rng.standard_normal((n, d), dtype=np.float32)
    fits = [
        kmeans_fast.kmeans(x, k, init=centers, max_iter=3, algorithm=name)
        for name in ("elkan", "hamerly")
    ]
    assert (fits[0].labels == fits[1].labels).all()
    assert (fits[0].centers == fits[1].centers).all()


def case_distances():
    """More than 2^31 distances: rows times clusters."""
    n, k = (1 << 21) + 64, 1024
    x, centers = zeros((n, 1), np.float32), np.arange(k, dtype=np.float32)[:, None]
    x[n - 1] = 5
    out = repeated((n, k), np.float32)
    core_distances.distance_rows(x, centers, out, 2)
    assert (out[n - 1] == np.abs(centers[:, 0] - 5)).all()
    assert (out[n - 2] == centers[:, 0]).all()


def case_rows():
    """More than 2^31 rows."""
    n = LIMIT + 1000
    x, centers = zeros((n, 1), np.float32), np.array([[0.0], [1.0]], dtype=np.float32)
    x[[n - 1, n - 500, LIMIT]] = 1
    labels = repeated((n,), np.int32)
    core_assign.assign_rows(x, centers, labels, 2)
    assert (np.flatnonzero(labels[LIMIT:]) == [0, 500, 999]).all()


CASES = {name[5:]: case for name, case in list(globals().items()) if name.startswith("case_")}

if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        start = time.perf_counter()
        CASES[name]()
        print(f"{name}: {time.perf_counter() - start:.1f} s", flush=True)
