"""Containers whose values NumPy would turn into other numbers: each is refused by name.

NumPy makes integers of dates, ignores the mask of a masked array, and makes numbers of categories.
Frames and tables are known by their attributes, so that no library is imported for them.
"""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

DATES = ("date", "time", "duration", "period", "month_day")
"""How the types of dates and times begin in NumPy, pandas, polars and PyArrow, in lower case."""
SPANS = ("timedelta", "duration")
CATEGORIES = ("categor", "enum", "dictionary")
DATE_OBJECTS = (date, time, timedelta, np.datetime64, np.timedelta64)
MISSING = ("NAType", "NaTType")
TEXT = (str, bytes)
BFLOAT16 = "bfloat16"
"""Name of the type of ml_dtypes whose kind, to NumPy, is that of a structure."""


def check_container(value: Any, name: str) -> Sequence[Any]:
    """Refuse sparse data, lazy frames, masks that hide values, dates and categories.

    Returns the types of the columns.
    """
    if type(value) is np.ndarray and value.dtype.kind in "fiub":
        return [value.dtype]
    here = name if name.isidentifier() else "x"
    if callable(getattr(value, "toarray", None)):  # a column of a frame cannot be called
        raise _sparse(name, "'.toarray()' to convert to a dense numpy array.")
    if callable(getattr(value, "collect", None)) and callable(getattr(value, "lazy", None)):
        raise TypeError(f"{name} is a {type(value).__name__}, a query: write {here}.collect().")
    if isinstance(value, np.ndarray):
        _check_mask(value, name, here)
    elif isinstance(value, list | tuple) and any(map(_has_mask, set(map(type, value)))):
        for i, row in enumerate(value):
            _check_mask(row, f"Row {i} of {name}", f"np.ma.stack({here})")
    labels, types = columns_of(value)
    texts = [str(kind) for kind in dict.fromkeys(types)]
    if texts and all(text.startswith("Sparse[") for text in texts):
        raise _sparse(name, f"'{here}.sparse.to_dense()' to convert to dense columns.")
    for kind in dict.fromkeys(types):
        text = str(kind).lower()
        if text.startswith(DATES + CATEGORIES):
            label = labels[types.index(kind)]
            what = "categories" if text.startswith(CATEGORIES) else "dates or times"
            where = "" if label is None else f" in column {label!r}"
            own = f"{here}[{label!r}]" if hasattr(value, "columns") else here
            raise ValueError(
                f"{name} must be an array of real numbers, got {what} ({kind}){where}. "
                f"Write {_advice(value, own, text)}."
            )
    return types


def columns_of(value: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """Labels and types of the columns of a frame or table; of an array, its name and its type."""
    names, types = getattr(value, "columns", None), getattr(value, "dtypes", None)
    if names is not None and types is not None:  # pandas, polars, dask
        return list(names), list(types)
    if hasattr(value, "column_names") and hasattr(value, "schema"):  # PyArrow
        return value.column_names, value.schema.types
    kind = getattr(value, "dtype", getattr(value, "type", None))
    label = getattr(value, "name", None)
    return ([label if label and isinstance(label, str) else None], [kind]) if kind else ([], [])


def check_objects(array: NDArray[Any], value: Any, name: str, also: tuple[type, ...] = ()) -> None:
    """Refuse dates and missing values among objects that were ``value``; types ``also``, too."""
    bad = [kind for kind in set(map(type, array.flat)) if _is_bad(kind, also)]
    if not bad:
        return
    place = next(i for i, item in enumerate(array.flat) if type(item) in bad)
    item, position = array.flat[place], [int(i) for i in np.unravel_index(place, array.shape)]
    places = [f"{axis} {i}" for axis, i in zip(("row", "column"), position, strict=False)]
    labels = columns_of(value)[0]
    if len(position) == 2 and hasattr(value, "columns"):
        places[1] = f"column {labels[position[1]]!r}"
    what, advice = _describe(item)
    raise ValueError(
        f"{name} must be an array of real numbers, got {what} {item!r} in {', '.join(places)} "
        f"(counted from 0).{advice}"
    )


def as_readable(value: Any, name: str) -> Any:
    """``value`` after all checks of this module, with lists as the arrays that they become.

    What is no array of numbers is left for scikit-learn, which words the error.
    """
    types = check_container(value, name)
    if isinstance(value, np.ndarray) and value.dtype.name == BFLOAT16:
        return value.astype(np.float64)
    if types and "object" not in {str(kind).lower() for kind in types}:
        return value
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return value
    check_container(array, name)
    if array.dtype.kind == "O":
        check_objects(array, value, name)
    is_list = isinstance(value, list | tuple) and array.dtype.kind in "fiub"
    return array.astype(np.float64, copy=False) if is_list else value


def _has_mask(kind: type) -> bool:
    return issubclass(kind, np.ndarray) and hasattr(kind, "mask")


def _check_mask(value: Any, name: str, matrix: str) -> None:
    """Refuse a masked array that hides values."""
    mask = value.mask if _has_mask(type(value)) else False
    hidden = int(np.count_nonzero(mask))
    if hidden:
        first = ", ".join(map(str, np.argwhere(mask)[0]))
        raise ValueError(
            f"{name} is a masked array that hides {hidden} of {value.size} values, the first at "
            f"[{first}]; expected real numbers. Leave out rows with "
            f"np.ma.compress_rows({matrix}), or set the values with {matrix}.filled(...)."
        )


def _is_bad(kind: type, also: tuple[type, ...]) -> bool:
    return issubclass(kind, DATE_OBJECTS + also) or kind.__name__ in (*MISSING, "Period")


def _sparse(name: str, fix: str) -> TypeError:
    """The error for sparse data, in the words of scikit-learn."""
    return TypeError(f"Sparse data was passed for {name}, but dense data is required. Use {fix}")


def _describe(item: Any) -> tuple[str, str]:
    """What an object is that is no number, and what to write in its place."""
    if type(item).__name__ in MISSING:
        return "the missing value", ""
    if isinstance(item, TEXT):
        return "the text", ""
    seconds = 'np.timedelta64(1, "s")'
    if isinstance(item, (timedelta, np.timedelta64)):
        return "the time", f' Write seconds: np.array(..., "timedelta64[us]") / {seconds}.'
    if isinstance(item, (date, np.datetime64)):
        dates = 't = np.array(..., "datetime64[us]")'
        return "the date", f" Write seconds since a start: {dates}; (t - t.min()) / {seconds}."
    return "the date or time", " Write numbers, such as seconds."


def _advice(value: Any, own: str, text: str) -> str:
    """What to write in place of the column ``own`` of this type, by the library it comes from."""
    library = type(value).__module__.partition(".")[0]
    is_span = text.startswith(SPANS)
    if library == "pandas":
        dt = "" if type(value).__name__.endswith(("Index", "Array")) else ".dt"
        return _pandas_advice(own, text, dt)
    if text.startswith(CATEGORIES):
        return "a column of 0 and 1 per category, or the numbers that the categories stand for"
    if library == "polars":
        method = "dt.total_seconds()" if is_span else 'dt.epoch("s")'
        return f"{own}.{'cast(int)' if text == 'time' else method}"
    if library == "pyarrow":
        return f'{own}.cast("{"int32" if "32" in text else "int64"}")'
    start = own if is_span else f"({own} - {own}.min())"
    return f'seconds: {start} / np.timedelta64(1, "s")'


def _pandas_advice(own: str, text: str, dt: str) -> str:
    integers = f'{own}.astype("int64")'
    if text.startswith(CATEGORIES):
        dummies = f"pandas.get_dummies({own})"
        return f"{own}.astype(float) if the categories are numbers, else {dummies}"
    if text.startswith(SPANS):
        return f"{own}{dt}.total_seconds()"
    if not text.startswith(("datetime", "timestamp")):
        return integers
    seconds = f"({own} - {own}.min()){dt}.total_seconds()"
    return f"{integers}, or seconds since a start: {seconds}"
