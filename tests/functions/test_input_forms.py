"""Every form in which numbers can be passed; the input is never changed."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import assign, kmeans, kmeans_plusplus
from kmeans_fast._validate import is_plain

ROWS = np.random.default_rng(0).integers(-50, 50, (120, 3))


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def strided(x):
    wide = np.zeros((2 * x.shape[0], 3 * x.shape[1]), dtype=x.dtype)
    wide[::2, ::3] = x
    return wide[::2, ::3]


def negative_strides(x):
    return np.ascontiguousarray(x[::-1, ::-1])[::-1, ::-1]


def misaligned(x):
    raw = np.zeros(x.nbytes + 1, dtype=np.uint8)
    out = raw[1:].view(x.dtype).reshape(x.shape)
    out[:] = x
    return out


def swapped_bytes(x):
    return x.astype(x.dtype.newbyteorder())


def subclass(x):
    class Array(np.ndarray):
        pass

    return x.view(Array)


FORMS = {
    "read_only": read_only,
    "strided": strided,
    "negative_strides": negative_strides,
    "misaligned": misaligned,
    "fortran": np.asfortranarray,
    "swapped_bytes": swapped_bytes,
    "subclass": subclass,
    "list": np.ndarray.tolist,
}
TYPES = [np.float16, np.longdouble, np.int8, np.int64, np.uint8]


def check_equal(x, expected_type):
    """Fit x and a plain array of the same values; check for equal bits and an unchanged x."""
    plain = np.ascontiguousarray(np.asarray(x), dtype=expected_type)
    before = np.array(x, copy=True)
    result = kmeans(x, 4, rng=0)
    expected = kmeans(plain, 4, rng=0)
    assert result.centers.dtype == expected_type
    assert_array_equal(result.centers, expected.centers)
    assert_array_equal(result.labels, expected.labels)
    assert_array_equal(assign(x, result.centers), expected.labels)
    assert_array_equal(kmeans_plusplus(x, 4, random_state=0)[1].shape, (4,))
    assert_array_equal(np.asarray(x), before)


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_array(form, dtype):
    x = FORMS[form](ROWS.astype(dtype))
    # like scikit-learn, we widen float32 of the other byte order
    check_equal(x, np.float64 if form in ("list", "swapped_bytes") else dtype)


def test_misaligned_rows_do_not_reach_the_kernels(dtype):
    x = ROWS.astype(dtype)
    assert is_plain(x)
    assert not is_plain(misaligned(x))


@pytest.mark.parametrize("dtype", TYPES)
def test_other_types_become_float64(dtype):
    check_equal(np.abs(ROWS).astype(dtype), np.float64)


def test_booleans_become_float64():
    check_equal(ROWS > 0, np.float64)


def test_objects_that_are_numbers_become_float64():
    check_equal(ROWS.astype(object), np.float64)


def test_memory_mapped_rows(tmp_path, dtype):
    path = tmp_path / "rows.npy"
    np.save(path, ROWS.astype(dtype))
    check_equal(np.load(path, mmap_mode="r"), dtype)


def test_contiguous_rows_are_not_copied(dtype):
    seen = []

    def init(rows, n_clusters, rng):
        seen.append(rows)
        return rows[:n_clusters]

    x = ROWS.astype(dtype)
    kmeans(x, 4, init=init, n_init=1)
    assert np.shares_memory(seen[0], x)
    assert not seen[0].flags.writeable


def test_start_centers_are_not_changed(dtype):
    x = ROWS.astype(dtype)
    start = x[:4].copy()
    result = kmeans(x, 4, init=start)
    assert_array_equal(start, x[:4])
    assert not np.shares_memory(result.centers, start)


def test_weights_are_not_changed():
    weight = np.linspace(0, 1e6, len(ROWS))
    before = weight.copy()
    kmeans(ROWS, 4, rng=0, sample_weight=weight)
    assert_array_equal(weight, before)


def test_seeds_keep_the_type_of_the_rows():
    for dtype in (np.int64, np.float16, np.float32, np.float64):
        x = ROWS.astype(dtype)
        centers, indices = kmeans_plusplus(x, 4, random_state=0)
        assert centers.dtype == dtype
        assert_array_equal(centers, x[indices])
