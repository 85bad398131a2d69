"""Dates, categories, hidden and missing values are refused by name, by functions and estimators."""

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import (
    Blocks,
    KMeans,
    assign,
    kmeans,
    kmeans_1d,
    kmeans_afkmc2,
    kmeans_parallel,
    kmeans_plusplus,
)

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

N = 6
NUMBERS = np.arange(float(N)) ** 2
DATES = np.datetime64("2024-01-01T00:00:00") + np.arange(N) ** 2
SPANS = DATES - DATES[0]
DATE_OBJECTS = [date.item() for date in DATES]


def fitted(n_features):
    return KMeans(2, random_state=0).fit(np.arange(5.0 * n_features).reshape(5, n_features))


def n_features_of(x):
    return x.shape[1] if hasattr(x, "shape") else 1


CALLS = {
    "kmeans": lambda x: kmeans(x, 2),
    "assign": lambda x: assign(x, np.zeros((1, n_features_of(x)))),
    "assign to": lambda x: assign(np.zeros((1, n_features_of(x))), x),
    "kmeans_1d": lambda x: kmeans_1d(x, 2),
    "kmeans_plusplus": lambda x: kmeans_plusplus(x, 2),
    "kmeans_parallel": lambda x: kmeans_parallel(x, 2),
    "kmeans_afkmc2": lambda x: kmeans_afkmc2(x, 2),
    "init": lambda x: kmeans(np.zeros((9, n_features_of(x))), N, init=x),
    "fit": lambda x: KMeans(2).fit(x),
    "fit_predict": lambda x: KMeans(2).fit_predict(x),
    "predict": lambda x: fitted(n_features_of(x)).predict(x),
    "transform": lambda x: fitted(n_features_of(x)).transform(x),
    "score": lambda x: fitted(n_features_of(x)).score(x),
    "predict_to": lambda x: fitted(n_features_of(x)).predict_to(x, "no_such_folder/labels.npy"),
    "blocks": lambda x: kmeans(Blocks(lambda: [x]), 2),
}

# what is passed, and what is said: a column or a place, and its type or value
DATED = {
    "datetimes": (DATES[:, None], r"dates or times \(datetime64\[s\]\)"),
    "timedeltas": (SPANS[:, None], r"dates or times \(timedelta64\[s\]\)"),
    "frame of datetimes": (
        pd.DataFrame({"t": DATES, "u": DATES}),
        r"dates or times \(datetime64.*\) in column 't'",
    ),
    "frame with a datetime": (
        pd.DataFrame({"a": NUMBERS, "name": DATES}),
        r"dates or times \(datetime64.*\) in column 'name'",
    ),
    "frame with a time zone": (
        pd.DataFrame({"t": pd.Series(DATES).dt.tz_localize("UTC")}),
        r"\(datetime64.*UTC\]\) in column 't'",
    ),
    "frame with timedeltas": (pd.DataFrame({"t": SPANS}), r"\(timedelta64.*\) in column 't'"),
    "frame of Arrow's times": (
        pd.DataFrame({"t": DATES}).astype("timestamp[us][pyarrow]"),
        r"\(timestamp.*\) in column 't'",
    ),
    "frame with NaT": (
        pd.DataFrame({"t": pd.Series(DATES).where(NUMBERS > 0)}),
        r"dates or times \(datetime64.*\) in column 't'",
    ),
    "frame with periods": (
        pd.DataFrame({"p": pd.period_range("2024", periods=N)}),
        r"dates or times \(period\[D\]\) in column 'p'",
    ),
    "frame with categories": (
        pd.DataFrame({"a": NUMBERS, "c": pd.Categorical([1, 2] * 3)}),
        r"categories \(category\) in column 'c'",
    ),
    "polars": (
        pl.DataFrame({"a": NUMBERS, "t": DATES.astype("M8[us]")}),
        r"dates or times \(Datetime.*\) in column 't'",
    ),
    "polars dates": (
        pl.DataFrame({"t": [item.date() for item in DATE_OBJECTS]}),
        r"dates or times \(Date\) in column 't'",
    ),
    "polars durations": (
        pl.DataFrame({"t": SPANS.astype("m8[us]")}),
        r"\(Duration.*\) in column 't'",
    ),
    "polars times": (
        pl.DataFrame({"t": [dt.time(i) for i in range(N)]}),
        r"dates or times \(Time\) in column 't'",
    ),
    "polars categories": (
        pl.DataFrame({"c": pl.Series(["a", "b"] * 3, dtype=pl.Categorical)}),
        r"categories \(Categorical.*\) in column 'c'",
    ),
}
OBJECTS = {
    "dates": ([date.date() for date in DATE_OBJECTS], "the date datetime.date"),
    "datetimes": (DATE_OBJECTS, "the date datetime.datetime"),
    "timedeltas": ([span.item() for span in SPANS], "the time datetime.timedelta"),
    "timestamps": ([pd.Timestamp(date) for date in DATES], "the date Timestamp"),
    "pandas timedeltas": ([pd.Timedelta(span) for span in SPANS], "the time Timedelta"),
    "periods": (list(pd.period_range("2024", periods=N)), "the date or time Period"),
    "numpy's dates": ([*DATES[:-1], 1.0], r"the date (np|numpy)\.datetime64"),
    "numpy's timedeltas": ([*SPANS[:-1], 1.0], r"the time (np|numpy)\.timedelta64"),
    "NA": ([pd.NA, *NUMBERS[1:]], "the missing value <NA>"),
    "NaT": ([pd.NaT, *NUMBERS[1:]], "the missing value NaT"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("case", DATED)
def test_dates_and_categories(case, call):
    x, text = DATED[case]
    with pytest.raises(ValueError, match=rf"must be an array of real numbers, got .*{text}"):
        CALLS[call](x)


@pytest.mark.parametrize("call", [call for call in CALLS if call != "blocks"])
@pytest.mark.parametrize("case", OBJECTS)
@pytest.mark.parametrize("form", ["array", "frame", "list"])
def test_objects_that_are_no_numbers(form, case, call):
    values, text = OBJECTS[case]
    x = np.array(values, dtype=object)[:, None]
    x = {"array": x, "frame": pd.DataFrame({"t": x[:, 0]}, dtype=object), "list": x.tolist()}[form]
    column = "'t'" if form == "frame" else "0"
    with pytest.raises(ValueError, match=rf"{text}.* in row 0, column {column} \(counted from 0\)"):
        CALLS[call](x)


def advised(x):
    """Values of the expression that the error names, for a single column of x."""
    with pytest.raises(ValueError, match="must be an array of real numbers") as caught:
        kmeans(x, 2)
    advice = re.search(r"Write (?:seconds: )?(.*)\.$", str(caught.value)).group(1)
    for part in re.split(", or seconds since a start: | if the categories .*", advice):
        if part:
            yield np.asarray(eval(part, {"X": x, "np": np}), dtype=float).ravel()


def test_the_advice_can_be_followed():
    for case in ("datetimes", "timedeltas", "frame of datetimes", "frame with a time zone"):
        for values in advised(DATED[case][0]):
            start = values - values[0]
            assert_array_equal(start / start[1], NUMBERS)
    for case in ("frame with timedeltas", "frame of Arrow's times", "polars durations", "polars"):
        for values in advised(DATED[case][0]):
            start = values - values[0]
            assert_array_equal(start / start[1], NUMBERS)
    for case in ("frame with periods", "polars dates", "polars times", "frame with categories"):
        assert all(len(values) == N for values in advised(DATED[case][0]))


def test_tables_of_arrow():
    table = pa.table({"a": NUMBERS, "t": DATES})
    text = r"\('t': it has type timestamp\[s\]: write numbers, such as seconds since a start\)"
    for call in (lambda x: kmeans(x, 2), KMeans(2).fit, fitted(2).predict):
        with pytest.raises(ValueError, match=text):
            call(table)
    with pytest.raises(ValueError, match=r"\(timestamp\[s\]\) in column 't'. .*X\['t'\].cast\("):
        assign(table, [[0.0, 0.0]])


def test_series_and_indexes_of_dates():
    index = pd.DatetimeIndex(DATES)
    for x, own in ((pd.Series(DATES, name="t"), "x.dt"), (index, "x"), (index.array, "x")):
        with pytest.raises(ValueError, match=r"dates or times \(datetime64") as caught:
            kmeans_1d(x, 2)
        assert f"{own}.total_seconds()" in str(caught.value).replace("(x - x.min())", "x")
    with pytest.raises(ValueError, match="sample_weight must be an array of real numbers, got dat"):
        kmeans(np.ones((N, 1)), 1, sample_weight=SPANS)
    with pytest.raises(ValueError, match="sample_weight must be an array of real numbers, got dat"):
        kmeans(np.ones((N, 1)), 1, sample_weight=np.timedelta64(3, "s"))


@pytest.mark.parametrize("call", CALLS)
def test_masks(call):
    x = np.ma.masked_array(NUMBERS[:, None], mask=NUMBERS[:, None] == 4)
    with pytest.raises(ValueError, match=r"masked array that hides 1 of 6 values, .* at \[2, 0\]"):
        CALLS[call](x)
    with pytest.raises(ValueError, match="sample_weight is a masked array that hides 1 of 6"):
        kmeans(np.ones((N, 1)), 1, sample_weight=x[:, 0])
    with pytest.raises(ValueError, match="its weights, is a masked array that hides 1 of 6"):
        kmeans(Blocks(lambda: [(np.ones((N, 1)), x[:, 0])], weighted=True), 1)


@pytest.mark.parametrize("call", CALLS)
def test_masks_of_rows(call):
    x = list(np.ma.masked_array(NUMBERS[:, None], mask=NUMBERS[:, None] == 4))
    with pytest.raises(ValueError, match=r"Row 2 of .* is a masked array that hides 1 of 1"):
        CALLS[call](x)


def test_masks_that_hide_nothing():
    for mask in (np.ma.nomask, np.zeros((N, 1), dtype=bool)):
        x = np.ma.masked_array(NUMBERS[:, None], mask=mask)
        expected = kmeans(NUMBERS[:, None], 2, rng=0)
        assert_array_equal(kmeans(x, 2, rng=0).labels, expected.labels)
        assert_array_equal(fitted(1).predict(x), fitted(1).predict(NUMBERS[:, None]))
        assert_array_equal(kmeans(list(x), 2, rng=0).labels, expected.labels)


def test_sparse_frames():
    x = pd.DataFrame({"a": NUMBERS, "b": NUMBERS}).astype(pd.SparseDtype("float", 0.0))
    text = re.escape("Use 'X.sparse.to_dense()'")
    for call in (lambda x: kmeans(x, 2), kmeans_plusplus, KMeans(2).fit, fitted(2).predict):
        with pytest.raises(TypeError, match=text):
            call(x) if call is not kmeans_plusplus else call(x, 2)
    assert kmeans(x.sparse.to_dense(), 2).centers.shape == (2, 2)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "Float32", "double[pyarrow]"])
@pytest.mark.parametrize("seeding", [kmeans_plusplus, kmeans_parallel, kmeans_afkmc2])
def test_seeds_of_nullable_frames_are_numbers(dtype, seeding):
    x = pd.DataFrame({"a": NUMBERS, "b": NUMBERS}).astype({"a": dtype})
    centers, indices = seeding(x, 2, random_state=0)
    assert centers.dtype == np.float64
    assert_array_equal(centers[:, 0], NUMBERS[indices])


@pytest.mark.parametrize("kind", [Decimal, Fraction, np.float32, int])
def test_numbers_of_other_classes(kind):
    x = [[kind(int(value))] for value in NUMBERS]
    expected = kmeans(NUMBERS[:, None], 2, rng=0)
    assert_array_equal(kmeans(x, 2, rng=0).centers, expected.centers)
    assert_array_equal(kmeans_plusplus(x, 2, random_state=0)[0].dtype.kind in "fi", True)
    assert KMeans(2, random_state=0).fit(x).cluster_centers_.dtype == np.float64


def test_texts_are_no_numbers_for_the_functions():
    for x in (np.full((N, 1), "1"), np.full((N, 1), "1", dtype=object), pd.DataFrame({"a": ["1"]})):
        with pytest.raises(ValueError, match="X must be an array of real numbers, got"):
            kmeans(x, 1)


class Unreadable:
    """A tensor that cannot become a NumPy array."""

    shape, dtype = (N, 1), np.dtype(np.float64)

    def __init__(self, error):
        self.error = error

    def __len__(self):
        return N

    def __array__(self, dtype=None, copy=None):
        raise self.error


@pytest.mark.parametrize("call", [kmeans, lambda x, k: KMeans(k).fit(x)], ids=["kmeans", "fit"])
def test_arrays_that_cannot_be_read(call):
    text = "X must be an array of real numbers: requires grad"
    with pytest.raises(ValueError, match=text):
        call(Unreadable(RuntimeError("requires grad")), 2)
    with pytest.raises(TypeError, match="on a device"):
        call(Unreadable(TypeError("on a device")), 2)
    with pytest.raises(ValueError, match="X must be an array of real numbers: int too large"):
        call([[10**400], [1]], 2)


@pytest.mark.parametrize("names", [("toarray", "name"), ("collect", "lazy"), ("mask", "dtype")])
def test_columns_with_the_names_of_methods(names):
    x = pd.DataFrame(dict.fromkeys(names, NUMBERS))
    expected = kmeans(x.to_numpy(), 2, rng=0)
    assert_array_equal(kmeans(x, 2, rng=0).centers, expected.centers)


@pytest.mark.parametrize("name", ["n_clusters", "max_iter", "tol", "time_limit"])
def test_time_spans_are_no_parameters(name):
    arguments = {"n_clusters": 2, name: np.timedelta64(3, "s")}
    for call in (kmeans, lambda x, **parameters: KMeans(**parameters).fit(x)):
        with pytest.raises(ValueError, match=f"The '{name}' parameter of .* must be"):
            call(NUMBERS[:, None], **arguments)


def test_queries():
    with pytest.raises(TypeError, match=r"X is a LazyFrame, a query: write X.collect\(\)"):
        assign(pl.DataFrame({"a": NUMBERS}).lazy(), [[0.0]])
