"""Sparse rows give the labels, centers, inertia and iterations of the same rows made dense."""

import numpy as np
import pytest
import scipy.sparse

from kmeans_fast import KMeans, assign, kmeans, kmeans_plusplus
from kmeans_fast._csr import as_csr


def random_rows(rng, n, d, density, dtype, integers=False):
    x = rng.integers(-2, 3, (n, d)) if integers else rng.normal(size=(n, d))
    return (x * (rng.random((n, d)) < density)).astype(dtype)


def shaken(x, rng):
    """The same rows with unsorted indices, duplicates and explicit zeros."""
    rows, columns = np.nonzero(x)
    values = x[rows, columns]
    zeros = rng.integers(0, len(x), 20), rng.integers(0, x.shape[1], 20)
    halves = values / 2  # exact
    rows = np.concatenate([rows, rows, zeros[0]])
    columns = np.concatenate([columns, columns, zeros[1]])
    values = np.concatenate([halves, halves, np.zeros(20, x.dtype)])
    order = rng.permutation(len(rows))
    order = order[np.argsort(rows[order], kind="stable")]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(x)))])
    return scipy.sparse.csr_array((values[order], columns[order], indptr), shape=x.shape)


def cases():
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        name = np.dtype(dtype).name
        yield f"random-{name}", random_rows(rng, 300, 40, 0.2, dtype)
        yield f"ties-{name}", random_rows(rng, 300, 12, 0.3, dtype, integers=True)
        yield f"wide-{name}", random_rows(rng, 200, 1500, 0.03, dtype)
        yield f"one-column-{name}", random_rows(rng, 100, 1, 0.5, dtype)
        yield f"few-rows-{name}", random_rows(rng, 9, 30, 0.3, dtype)
        yield f"dense-{name}", random_rows(rng, 300, 10, 1, dtype)
        offset = random_rows(rng, 300, 30, 0.3, dtype)
        offset[:, 3] += 1e6
        yield f"offset-{name}", offset
        empty = random_rows(rng, 300, 40, 0.1, dtype)
        empty[::3] = 0
        yield f"empty-rows-{name}", empty
        huge = random_rows(rng, 200, 20, 0.3, dtype)
        huge[:5] *= 1e18
        yield f"huge-{name}", huge
        repeated = random_rows(rng, 20, 30, 0.3, dtype)[rng.integers(0, 20, 300)]
        yield f"repeated-{name}", repeated
    yield "tiny", random_rows(rng, 200, 20, 0.3, np.float64) * 1e-200


CASES = dict(cases())
FITS = pytest.mark.filterwarnings("ignore:Number of distinct", "ignore:Feature .* of X has")


def assert_same(dense, sparse):
    np.testing.assert_array_equal(dense.labels, sparse.labels)
    np.testing.assert_array_equal(dense.centers, sparse.centers)
    assert dense.centers.dtype == sparse.centers.dtype
    assert dense.inertia == sparse.inertia
    assert dense.n_iter == sparse.n_iter
    assert dense.stop_reason == sparse.stop_reason
    np.testing.assert_array_equal(dense.history.inertia, sparse.history.inertia)


@FITS
@pytest.mark.parametrize("algorithm", ["auto", "lloyd"])
@pytest.mark.parametrize("n_clusters", [1, 2, 7, 40])
@pytest.mark.parametrize("name", CASES)
def test_a_fit_is_that_of_dense_rows(name, n_clusters, algorithm):
    x = CASES[name]
    n_clusters = min(n_clusters, len(x))
    start = x[np.random.default_rng(n_clusters).permutation(len(x))[:n_clusters]]
    options = {"init": start, "tol": 0, "algorithm": algorithm}
    dense = kmeans(x, n_clusters, **options)
    for n_threads in (1, 3):
        sparse = kmeans(scipy.sparse.csr_array(x), n_clusters, n_threads=n_threads, **options)
        assert_same(dense, sparse)


@FITS
@pytest.mark.parametrize("weights", ["integers", "reals", "zeros", "span"])
@pytest.mark.parametrize("name", ["random-float32", "ties-float64", "empty-rows-float32"])
def test_weights_count_as_for_dense_rows(name, weights):
    x, rng = CASES[name], np.random.default_rng(1)
    weight = {
        "integers": rng.integers(1, 5, len(x)),
        "reals": rng.random(len(x)),
        "zeros": rng.integers(0, 2, len(x)) * rng.random(len(x)),
        "span": 2.0 ** rng.integers(-40, 40, len(x)),
    }[weights]
    options = {"init": x[1:30:4], "tol": 0, "sample_weight": weight}
    assert_same(kmeans(x, 8, **options), kmeans(scipy.sparse.csr_matrix(x), 8, **options))


@pytest.mark.parametrize("form", ["shaken", "int64", "csc", "coo", "csr_matrix", "lil"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_form_of_a_matrix_is_the_same_rows(form, dtype):
    rng = np.random.default_rng(2)
    x = random_rows(rng, 200, 50, 0.2, dtype)
    if form == "shaken":
        matrix = shaken(x, rng)
    elif form == "int64":
        matrix = scipy.sparse.csr_array(x)
        matrix.indices, matrix.indptr = matrix.indices.astype("i8"), matrix.indptr.astype("i8")
    elif form == "csr_matrix":
        matrix = scipy.sparse.csr_matrix(x)
    else:
        matrix = scipy.sparse.coo_array(x).asformat(form)
    before = matrix.copy()
    options = {"init": x[:6], "tol": 0}
    assert_same(kmeans(x, 6, **options), kmeans(matrix, 6, **options))
    centers = rng.normal(size=(6, 50))
    np.testing.assert_array_equal(assign(x, centers), assign(matrix, centers))
    assert (before != matrix).nnz == 0
    if form == "shaken":
        np.testing.assert_array_equal(before.indices, matrix.indices)


def test_rows_that_can_be_used_are_not_copied():
    matrix = scipy.sparse.csr_array(CASES["random-float32"])
    x = as_csr(matrix, "X", "test")
    assert np.shares_memory(x.data, matrix.data)
    assert np.shares_memory(x.indices, matrix.indices)


@FITS
@pytest.mark.parametrize("name", CASES)
def test_the_estimator_agrees_with_itself_and_with_dense_rows(name):
    x = CASES[name]
    matrix, k = scipy.sparse.csr_array(x), min(8, len(x))
    weight = np.random.default_rng(3).integers(1, 4, len(x))
    model = KMeans(k, init=x[:k]).fit(matrix, sample_weight=weight)
    dense = KMeans(k, init=x[:k]).fit(x, sample_weight=weight)
    np.testing.assert_array_equal(model.cluster_centers_, dense.cluster_centers_)
    assert model.inertia_ == dense.inertia_
    np.testing.assert_array_equal(model.labels_, model.predict(matrix))
    np.testing.assert_array_equal(model.labels_, model.predict(x))
    assert model.inertia_ == -model.score(matrix, sample_weight=weight)
    distances = model.transform(matrix)
    assert distances.dtype == x.dtype
    difference = x[:, None].astype(float) - model.cluster_centers_.astype(float)
    scale = 1e200 if name == "tiny" else 1.0
    expected = np.sqrt(((difference * scale) ** 2).sum(axis=2)) / scale
    # at most ten bits of a score cancel, and its chain has x.shape[1] + 4 roundings
    rounding = 4 * np.finfo(x.dtype).eps + (x.shape[1] + 4) * 2.0**-43
    np.testing.assert_allclose(distances, expected, rtol=rounding)


def test_other_type_of_rows():
    x = CASES["ties-float32"]
    centers = np.random.default_rng(4).normal(size=(5, x.shape[1]))
    for a, b in ((x, centers), (x.astype("f8"), centers.astype("f4"))):
        labels, distances = assign(scipy.sparse.csr_array(a), b, return_distance=True)
        expected, dense = assign(a, b, return_distance=True)
        np.testing.assert_array_equal(labels, expected)
        np.testing.assert_array_equal(distances, dense)


@pytest.mark.parametrize(
    "init", ["k-means++", "random", "random-partition", "k-means||", "afk-mc2"]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_seedings(init, weighted):
    rng = np.random.default_rng(5)
    blobs = random_rows(rng, 6, 60, 0.5, np.float32) * 10
    x = blobs[np.arange(300) % 6] + random_rows(rng, 300, 60, 0.1, np.float32) * np.float32(0.1)
    matrix = scipy.sparse.csr_array(x)
    weight = rng.integers(1, 4, 300) if weighted else None
    found = kmeans(matrix, 6, init=init, n_init=3, rng=0, sample_weight=weight)
    dense = kmeans(x, 6, init=init, n_init=3, rng=0, sample_weight=weight)
    again = kmeans(matrix, 6, init=init, n_init=3, rng=0, sample_weight=weight, n_threads=1)
    assert_same(found, again)
    assert found.inertia == pytest.approx(dense.inertia, rel=1e-6)


@pytest.mark.parametrize("name", ["random-float32", "wide-float64", "repeated-float32"])
def test_kmeans_plusplus_picks_the_rows_that_it_picks_of_dense_rows(name):
    x = CASES[name]
    weight = np.random.default_rng(6).random(len(x))
    for sample_weight in (None, weight):
        options = {"sample_weight": sample_weight, "random_state": 0}
        centers, indices = kmeans_plusplus(scipy.sparse.csr_array(x), 9, **options)
        _, expected = kmeans_plusplus(x, 9, **options)
        np.testing.assert_array_equal(indices, expected)
        np.testing.assert_array_equal(centers, x[indices])


def test_all_rows_zero():
    matrix = scipy.sparse.csr_array((10, 4), dtype=np.float32)
    with pytest.warns(UserWarning, match="distinct clusters"):
        found = kmeans(matrix, 3, rng=0)
    assert (found.labels == 0).all()
    assert found.inertia == 0
    assert (found.centers == 0).all()


def test_empty_clusters_get_the_rows_that_they_get_of_dense_rows():
    x = CASES["random-float64"]
    start = np.vstack([x[:3], np.full((3, x.shape[1]), 1e3)])
    options = {"init": start, "tol": 0}
    assert_same(kmeans(x, 6, **options), kmeans(scipy.sparse.csr_array(x), 6, **options))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("fit", [lambda x: kmeans(x, 2), lambda x: KMeans(2).fit(x)])
def test_values_that_are_not_finite(value, fit):
    x = scipy.sparse.csr_array(CASES["random-float64"])
    x.data[5] = value
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        fit(x)
    model = KMeans(2, n_init=1).fit(CASES["random-float64"])
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        model.predict(x)


@pytest.mark.parametrize("option", [{"algorithm": "sketch"}, {"init": "density"}])
def test_what_sparse_rows_do_not_have(option):
    (name, value), *_ = option.items()
    x = scipy.sparse.csr_array(CASES["random-float64"])
    with pytest.raises(ValueError, match=f"{name}='{value}' is not available for sparse X"):
        kmeans(x, 2, **option)


def broken(**changes):
    x = scipy.sparse.csr_array(CASES["few-rows-float64"])
    for name, change in changes.items():
        setattr(x, name, change(getattr(x, name).copy()))
    return x


def changed(place, value):
    def change(array):
        array[place] = value
        return array

    return change


@pytest.mark.parametrize(
    "x",
    [
        broken(indices=changed(3, 99)),
        broken(indices=changed(3, -1)),
        broken(indptr=changed(-1, 10**6)),
        broken(indptr=changed(1, -5)),
    ],
)
def test_broken_matrices(x):
    with pytest.raises(ValueError, match="X is no CSR matrix"):
        kmeans(x, 2)


def test_a_callable_init_gets_the_sparse_rows():
    x = scipy.sparse.csr_array(CASES["random-float64"])

    def init(rows, n_clusters, random_state):
        assert scipy.sparse.issparse(rows)
        return rows[:n_clusters].toarray()

    found = KMeans(4, init=init).fit(x)
    assert found.inertia_ == KMeans(4, init=x[:4].toarray()).fit(x).inertia_
