"""Blocks: passes that agree, and everything that cannot be read again."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmeans_fast import Blocks
from kmeans_fast.sources import open_source
from passes import assert_gives, read_all

X = np.arange(60.0).reshape(20, 3) / 7
WEIGHT = np.arange(20.0)


def parts(x=X, step=6):
    return [x[start : start + step] for start in range(0, len(x), step)]


@given(cuts=st.lists(st.integers(0, 20), max_size=8), rows=st.integers(1, 30))
def test_cuts_do_not_matter(cuts, rows):
    pieces = np.split(X, sorted(cuts))
    weights = np.split(WEIGHT, sorted(cuts))
    x, _ = read_all(open_source(Blocks(lambda: iter(pieces))), rows)
    np.testing.assert_array_equal(x, X)
    pairs = Blocks(lambda: zip(pieces, weights, strict=True), weighted=True)
    x, weight = read_all(open_source(pairs), rows)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(weight, WEIGHT)


def test_what_a_factory_may_return():
    assert_gives(Blocks(parts), X)
    assert_gives(Blocks(lambda: (part.tolist() for part in parts())), X)
    assert_gives(Blocks(lambda: (np.asfortranarray(part) for part in parts())), X)
    assert_gives(Blocks(lambda: parts(X.astype(">f8"))), X)
    assert_gives(Blocks(lambda: parts(X.astype(np.float32))), X.astype(np.float32))
    assert_gives(Blocks(parts, dtype="f4"), X.astype(np.float32))
    assert_gives(Blocks(lambda: [X[:4].astype(int), X[4:]]), np.concatenate([X[:4] // 1, X[4:]]))


def test_a_factory_may_fill_one_array_again_and_again():
    def read():
        buffer = np.empty((6, 3))
        for part in parts():
            buffer[: len(part)] = part
            yield buffer[: len(part)]

    assert_gives(Blocks(read), X)


def test_nothing_is_asked_for_that_was_given():
    calls = []
    blocks = Blocks(lambda: calls.append(1) or parts(), n_features=3, dtype=np.float64, n_rows=20)
    source = open_source(blocks)
    assert calls == []
    assert (source.n_rows, source.n_bytes) == (20, 480)
    assert open_source(Blocks(parts)).n_rows is None


def test_facts():
    source = assert_gives(Blocks(parts), X)
    facts = source.fingerprint()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["shape"] == [20, 3]
    assert open_source(Blocks(lambda: parts(step=1))).fingerprint() == facts
    assert open_source(Blocks(lambda: parts(X + 1))).fingerprint() != facts
    assert source.description == "Blocks(parts)"
    assert repr(Blocks(parts, 3, n_rows=20)) == "Blocks(parts, n_features=3, n_rows=20)"


def test_the_factory_ends_with_the_pass():
    ended = []

    def read():
        try:
            yield from parts()
        finally:
            ended.append(True)

    source = open_source(Blocks(read))
    assert ended == [True]
    blocks = source.blocks(2)
    next(blocks)
    blocks.close()
    assert ended == [True, True]


def counted(*passes):
    """A factory that returns the next of these at each call."""
    following = iter(passes)
    return Blocks(lambda: next(following), n_features=3, dtype=np.float64)


def test_the_same_iterator_twice():
    rows = iter(parts())
    source = open_source(Blocks(lambda: rows, n_features=3, dtype=np.float64))
    read_all(source)
    with pytest.raises(ValueError, match=r"same iterator twice.*Blocks\(lambda: \.\.\.\)"):
        read_all(source)
    rows = (part for part in parts())
    with pytest.raises(ValueError, match="same iterator twice"):
        read_all(open_source(Blocks(lambda: rows)))


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ([X[:19]], "gave 19 rows in this pass, expected 20"),
        ([X, X], "gave 40 rows in this pass, expected 20"),
        ([], "has no rows"),
        ([np.where(np.arange(60).reshape(20, 3) == 41, 0.5, X)], "gave other values in this pass"),
        ([X[::-1]], "gave other values in this pass"),
    ],
)
def test_a_second_pass_that_differs(second, message):
    source = open_source(counted([X], second))
    read_all(source)
    with pytest.raises(ValueError, match=message):
        list(source.blocks(20))


def test_weights_that_differ_in_the_second_pass():
    following = iter([WEIGHT, WEIGHT[::-1]])
    source = open_source(Blocks(lambda: [(X, next(following))], 3, np.float64, weighted=True))
    read_all(source)
    with pytest.raises(ValueError, match="gave other values in this pass"):
        read_all(source)


def test_a_factory_without_an_end_is_stopped():
    def read():
        while True:
            yield X

    with pytest.raises(ValueError, match=r"gave \d+ rows in this pass, expected 20"):
        list(open_source(Blocks(read, n_rows=20)).blocks(7))


@pytest.mark.parametrize(
    ("made", "kind", "message"),
    [
        ([], ValueError, "gave no block"),
        ([X[:0]], ValueError, "has no rows"),
        (None, TypeError, "must return an iterable of 2-D arrays, got NoneType"),
        ([X[0]], ValueError, r"Block 0 .* has shape \(3,\), expected \(rows, features\)"),
        ([X, X[:, :2]], ValueError, "Block 1 .* has 2 columns, expected 3"),
        ([X[:, :0]], ValueError, "has shape"),
        ([X.astype("f4"), X], ValueError, r"Block 1 .* float64, expected float32 as in block 0"),
        ([X.astype(object)], ValueError, "values of dtype object"),
        ([X.astype(complex)], ValueError, "expected real numbers"),
        ([X.astype(str)], ValueError, "expected real numbers"),
        ([(X, WEIGHT)], TypeError, "for weights: weighted=True"),
        ([X, X * np.nan], ValueError, "NaN in row 20"),
    ],
)
def test_wrong_blocks(made, kind, message):
    with pytest.raises(kind, match=message):
        read_all(open_source(Blocks(lambda: made)))


@pytest.mark.parametrize(
    ("made", "kind", "message"),
    [
        ([X], TypeError, "must be a pair"),
        ([(X, WEIGHT[:3])], ValueError, r"weights of shape \(3,\), expected \(20,\)"),
        ([(X, WEIGHT - 1)], ValueError, "weight -1.0 in row 0"),
        ([(X, WEIGHT * np.nan)], ValueError, "weight nan in row 0"),
        ([(X, WEIGHT.astype(str))], ValueError, "its weights, has values"),
    ],
)
def test_wrong_weights(made, kind, message):
    with pytest.raises(kind, match=message):
        read_all(open_source(Blocks(lambda: made, weighted=True)))


def test_sparse_blocks():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="must be dense"):
        open_source(Blocks(lambda: [sparse.csr_array(X)]))


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"factory": parts()}, TypeError, "must be a callable .* got list"),
        ({"factory": iter(parts())}, TypeError, r"Write Blocks\(lambda: \.\.\.\)"),
        ({"n_features": 0}, ValueError, "n_features must be an int of at least 1 or None, got 0"),
        ({"n_features": 2.0}, ValueError, "n_features"),
        ({"n_rows": True}, ValueError, "n_rows"),
        ({"dtype": int}, ValueError, "dtype must be float32, float64 or None"),
    ],
)
def test_wrong_arguments(options, kind, message):
    with pytest.raises(kind, match=message):
        Blocks(**{"factory": parts, **options})


def test_columns_are_chosen_in_the_factory():
    with pytest.raises(ValueError, match="choose columns in the factory"):
        open_source(Blocks(parts), columns=[0])


def test_errors_of_the_factory_pass_unchanged():
    def read():
        yield X
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        read_all(open_source(Blocks(read)))


TABLE = pa.table({"a": [1.0]})


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ((part for part in parts()), "generator"),
        (iter(parts()), "list_iterator"),
        (map(np.asarray, parts()), "map"),
        (TABLE.to_reader(), "RecordBatchReader"),
        (pa.dataset.dataset(TABLE).scanner(), "Scanner"),
    ],
)
def test_what_can_be_read_once_only(data, name):
    with pytest.raises(TypeError, match=rf"X is a {name}, .*once only.*Blocks\(lambda: \.\.\.\)"):
        open_source(data)


def test_a_function_without_blocks():
    with pytest.raises(TypeError, match=r"X is a function, expected data.*Blocks\(\.\.\.\)"):
        open_source(parts)
