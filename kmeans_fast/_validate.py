"""All checks of user input that need no scikit-learn; the code below trusts its arrays.

Errors name the argument, the value that was passed and the value that was expected. If scikit-learn
has the same error, they use its words, so that functions and estimators give equal messages.
"""

from collections.abc import Iterable
from math import inf, isfinite
from numbers import Integral, Number, Real
from operator import index
from os import PathLike
from typing import Any, NoReturn, Protocol, TypeGuard

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from . import _backend
from ._containers import BFLOAT16, TEXT, check_container, check_objects
from ._csr import Csr
from ._magnitudes import (
    LARGEST_BESIDE_SMALL,
    SAFE,
    check_magnitude,
    in_value_units,
    is_small,
    value_unit,
)
from ._threads import effective_threads
from ._typing import Doubles, Matrix, Rng

FLOAT_TYPES = (np.dtype(np.float64), np.dtype(np.float32))
SMALL = 4096
MOST_WEIGHT_SPAN = 2.0**100


class _Ranges(Protocol):
    """What is checked of `assigners.frame.Ranges`."""

    @property
    def n_rows(self) -> int: ...
    @property
    def n_present(self) -> int: ...
    @property
    def max_abs(self) -> Doubles: ...
    @property
    def max_present(self) -> Doubles: ...
    @property
    def total_weight(self) -> float: ...
    @property
    def heaviest(self) -> float: ...
    @property
    def lightest(self) -> float: ...


class InvalidParameterError(ValueError, TypeError):
    """A parameter has a wrong type or value; like scikit-learn's error, it is of both kinds."""


def reject(caller: str, name: str, value: object, expected: str) -> NoReturn:
    """Raise the error for a wrong parameter, with scikit-learn's text."""
    raise InvalidParameterError(
        f"The {name!r} parameter of {caller} must be {expected}. Got {value!r} instead."
    )


def check_integer(
    caller: str,
    name: str,
    value: object,
    *,
    optional: bool = False,
    or_option: str | None = None,
) -> None:
    """Require an integer of at least 1; or None where ``optional``, or the string ``or_option``."""
    if optional and value is None:
        return
    # NumPy registers its time spans as integers
    no_count = isinstance(value, (bool, np.timedelta64))
    if not isinstance(value, Integral) or no_count or value < 1:
        expected = "an int in the range [1, inf)"
        if optional:
            expected += " or None"
        if or_option is not None:
            expected = f"a str among {{{or_option!r}}} or {expected}"
        reject(caller, name, value, expected)


def check_real(caller: str, name: str, value: object, *, optional: bool = False) -> None:
    """Require a number of at least 0, or None where ``optional``."""
    if optional and value is None:
        return
    # typeshed knows no >= of Real; NaN is not < 0
    is_real = isinstance(value, Real) and not isinstance(value, np.timedelta64)
    if not is_real or not value >= 0:  # type: ignore[operator]
        expected = "a float in the range [0.0, inf)"
        reject(caller, name, value, f"{expected} or None" if optional else expected)


def check_boolean(caller: str, name: str, value: object) -> None:
    """Require True or False."""
    if not isinstance(value, bool):
        reject(caller, name, value, "a bool")


def check_path(caller: str, name: str, value: object) -> None:
    """Require a path, or None."""
    if value is not None and not isinstance(value, (str, PathLike)):
        reject(caller, name, value, "a path or None")


def check_option(caller: str, name: str, value: object, options: Iterable[str]) -> None:
    """Require one of the strings ``options``."""
    if not isinstance(value, str) or value not in options:
        reject(caller, name, value, f"a str among {{{', '.join(map(repr, options))}}}")


def is_array_like(value: object) -> bool:
    """Whether a value may be an array: it has a length or a shape, and is no string."""
    return not isinstance(value, str) and (
        hasattr(value, "__len__") or hasattr(value, "shape") or hasattr(value, "__array__")
    )


def check_init(caller: str, value: Any, options: Iterable[str]) -> None:
    """Require one of the strings ``options``, a callable or an array-like."""
    if isinstance(value, str):
        check_option(caller, "init", value, options)
    elif not callable(value) and not is_array_like(value):
        names = ", ".join(map(repr, options))
        reject(caller, "init", value, f"a str among {{{names}}}, a callable or an array-like")


def is_plain(x: object) -> TypeGuard[Matrix]:
    """Whether the kernels can use x without conversion; its values are not checked."""
    return (
        type(x) is np.ndarray
        and x.ndim == 2
        and x.dtype in FLOAT_TYPES
        and x.flags.c_contiguous
        and x.flags.aligned
        and x.size > 0
    )


def _convert(value: Any, dtype: type[np.float64] | None, name: str) -> NDArray[Any]:
    """``np.asarray`` with errors that name the argument."""
    try:
        return np.asarray(value, dtype)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name} must be an array of real numbers: {error}") from error


def as_numbers(value: Any, name: str) -> NDArray[Any]:
    """Convert to a NumPy array of real numbers, or raise an error that names the argument."""
    check_container(value, name)
    array = _convert(value, None, name)
    check_container(array, name)
    if array.dtype.kind == "O":
        check_objects(array, value, name, also=TEXT)
        array = _convert(array, np.float64, name)
    if array.dtype.name == BFLOAT16:
        array = array.astype(np.float64)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} has dtype {array.dtype}.")
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be an array of real numbers, got dtype {array.dtype}.")
    return array


def as_matrix(value: Any, name: str, caller: str) -> Matrix:
    """C-contiguous float32 or float64 (n, d), n, d >= 1; ``value`` itself if it is already that."""
    if is_plain(value):
        return value
    array = as_numbers(value, name)
    if array.ndim < 2:
        kind = "scalar array" if array.ndim == 0 else "1D array"
        raise ValueError(
            f"Expected 2D array for {name}, got {kind} instead:\narray={array}.\n"
            "Reshape your data either using array.reshape(-1, 1) if your data has a single "
            "feature or array.reshape(1, -1) if it contains a single sample."
        )
    if array.ndim > 2:
        raise ValueError(f"Found array with dim {array.ndim} for {name}, while 2 is required.")
    for axis, item in enumerate(("sample", "feature")):
        if array.shape[axis] == 0:
            raise ValueError(
                f"Found array with 0 {item}(s) (shape={array.shape}) for {name} while a minimum "
                f"of 1 is required by {caller}."
            )
    dtype = array.dtype if array.dtype in FLOAT_TYPES else np.dtype(np.float64)
    return np.require(array, dtype=dtype, requirements=("C", "A"))


def not_finite(x: NDArray[Any], name: str) -> ValueError:
    """The error for NaN or infinity in x: in scikit-learn's words, and where in a matrix."""
    what, bad = "NaN", np.isnan(x)
    if not bad.any():
        what, bad = f"infinity or a value too large for {x.dtype!r}", np.isinf(x)
    where = ""
    if x.ndim == 2:
        row, column = divmod(int(bad.argmax()), x.shape[1])
        where = f" in row {row}, column {column} (counted from 0)"
    return ValueError(f"Input {name} contains {what}{where}.")


def finite_range(x: Matrix, n_threads: int | None) -> Doubles | None:
    """Largest magnitude of each feature, float64 (d,); None if x is not finite."""
    ranges = _backend.statistics.feature_range(x, effective_threads(n_threads, x.size))
    return ranges if np.isfinite(ranges).all() else None


def feature_range(x: Matrix, name: str, n_threads: int | None) -> Doubles:
    """Largest magnitude of each feature of finite x, float64 (d,)."""
    ranges = finite_range(x, n_threads)
    if ranges is None:
        raise not_finite(x, name)
    return ranges


def sparse_range(x: Csr, name: str) -> Doubles:
    """Largest magnitude of each feature of finite sparse rows, float64 (d,)."""
    ranges = x.max_abs()
    if not np.isfinite(ranges).all():
        raise not_finite(x.data, name)
    return ranges


def as_sparse_query(x: Csr, centers: Matrix, name: str) -> tuple[Csr, Matrix, float]:
    """As `as_query`, for sparse rows."""
    ranges, center_ranges = sparse_range(x, name), np.abs(centers).max(axis=0)
    unit = value_unit(max(float(ranges.max()), float(center_ranges.max())))
    if unit == 1:
        check_magnitude(ranges, center_ranges, len(x), name)
    return x.in_units(unit), in_value_units(centers, unit), unit


def is_moderate(x: Matrix, n_threads: int | None) -> bool:
    """Whether x is finite and its squares are far from overflow in float64; a quick test."""
    if x.size <= SMALL and float(np.vdot(x, x)) < SAFE**2:
        return True
    ranges = finite_range(x, n_threads)
    return ranges is not None and ranges.max() <= SAFE


def as_query(
    x: Matrix, centers: Matrix, name: str, n_threads: int | None
) -> tuple[Matrix, Matrix, float]:
    """Finite x and ``centers`` in a unit in which squared distances stay in range, and this unit.

    `_magnitudes` explains the unit; the arrays are the same where it is 1.
    """
    if is_small(centers) or not is_moderate(x, n_threads):
        ranges = feature_range(x, name, n_threads)
        center_ranges = np.abs(centers).max(axis=0)
        unit = value_unit(max(float(ranges.max()), float(center_ranges.max())))
        if unit != 1:
            return in_value_units(x, unit), in_value_units(centers, unit), unit
        check_magnitude(ranges, center_ranges, len(x), name)
    return x, centers, 1.0


def as_centers(value: Any, name: str, caller: str, n_threads: int | None) -> Matrix:
    """Given centers as the kernels take them, finite; ``value`` itself if it is already that."""
    centers = as_matrix(value, name, caller)
    if not is_moderate(centers, n_threads):
        ranges = feature_range(centers, name, n_threads)
        check_magnitude(ranges, ranges, len(centers), name)
    return centers


def as_sample_weight(value: Any, n_rows: int) -> Doubles | None:
    """Finite non-negative float64 (n,), not all zero; None stays None and means weight 1."""
    if value is None:
        return None
    if isinstance(value, Number):
        weight = np.full(n_rows, as_numbers(value, "sample_weight"), dtype=np.float64)
    else:
        weight = np.require(as_numbers(value, "sample_weight"), np.float64, ("C", "A"))
    if weight.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar, got {weight.ndim}D array for "
            f"sample_weight. Expected either a scalar value or a 1D array of length {n_rows}."
        )
    if weight.shape != (n_rows,):
        raise ValueError(f"sample_weight.shape == {weight.shape}, expected {(n_rows,)}!")
    check_weight(weight)
    with np.errstate(over="ignore"):
        total = weight.sum()
    check_weights(total, weight.max(), weight.min(initial=inf, where=weight > 0))
    return weight


def check_weight(weight: Doubles) -> None:
    """Require finite weights of at least 0, float64 (n,)."""
    lightest, heaviest = weight.min(initial=0.0), weight.max(initial=0.0)
    if not (isfinite(lightest) and isfinite(heaviest)):
        raise not_finite(weight, "sample_weight")
    if lightest < 0:
        raise ValueError("Negative values in data passed to `sample_weight`.")


def check_weights(total: float, heaviest: float, lightest: float) -> None:
    """Require weights whose sum is positive and finite, and of which none outweighs all others.

    ``lightest`` is the smallest positive weight.
    """
    if heaviest == 0:
        raise ValueError(
            "Sample weights must contain at least one non-zero number, got sample_weight of zeros."
        )
    if not isfinite(total):
        raise ValueError("The sum of sample_weight is too large for float64.")
    if lightest < heaviest / MOST_WEIGHT_SPAN:
        raise ValueError(
            f"sample_weight spans too much: the largest, {heaviest:.3g}, is more than "
            f"{MOST_WEIGHT_SPAN:.3g} times the smallest positive one, {lightest:.3g}. Set "
            "negligible weights to 0."
        )


def check_ranges(ranges: _Ranges, name: str = "X") -> None:
    """Require rows and weights (`Ranges` of all of them) whose inertia stays in float64."""
    total = ranges.total_weight
    check_weights(total, ranges.heaviest, ranges.lightest)
    check_magnitude(ranges.max_present, ranges.max_present, total, name)


def check_n_clusters(n_clusters: int, ranges: _Ranges) -> None:
    """Require as many rows, and as many of positive weight, as there are clusters."""
    if ranges.n_rows < n_clusters:
        raise ValueError(f"n_samples={ranges.n_rows} should be >= n_clusters={n_clusters}.")
    if ranges.n_present < n_clusters:
        raise ValueError(
            f"n_samples={ranges.n_present} of positive sample_weight should be >= "
            f"n_clusters={n_clusters}."
        )


def as_start(
    value: Any,
    n_clusters: int,
    ranges: _Ranges,
    dtype: np.dtype[Any],
    unit: float = 1.0,
    name: str = "init",
) -> Matrix:
    """Start centers as a new C-contiguous (k, d) array, for rows in these `Ranges`.

    Ranges and result are in units of ``unit`` (see `_magnitudes`), ``value`` is not.
    """
    centers = as_matrix(value, name, "k-means")
    for axis, expected, what in (
        (0, n_clusters, "number of clusters"),
        (1, len(ranges.max_abs), "number of features of the data"),
    ):
        if centers.shape[axis] != expected:
            raise ValueError(
                f"The shape of the initial centers {centers.shape} does not match the {what} "
                f"{expected}."
            )
    with np.errstate(over="ignore"):
        centers = np.array(centers, dtype=dtype, order="C")
    center_ranges = np.abs(centers).max(axis=0).astype(np.float64)
    if not np.isfinite(center_ranges).all():
        raise not_finite(centers, name)
    if unit != 1 and center_ranges.max() > LARGEST_BESIDE_SMALL:
        raise ValueError(
            f"{name} has values too large beside X: {name} has {center_ranges.max():.3g}, X has "
            f"at most {ranges.max_abs.max() * unit:.3g}. Scale both, or start nearer to the rows."
        )
    center_ranges = in_value_units(center_ranges, unit)
    check_magnitude(ranges.max_abs, center_ranges, ranges.n_rows, name)
    return in_value_units(centers, unit)


class _Unseeded(ISeedSequence):
    """The state of an MT19937 that is seeded afterwards."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:  # noqa: ARG002
        """Zeros; a tuple, because MT19937 reads them one after the other."""
        return (0,) * n_words


def _seeded(seed: int) -> np.random.RandomState:
    """``RandomState(seed)``, which takes 90 microseconds: it draws a seed of the system first."""
    rng = np.random.RandomState(np.random.MT19937(_Unseeded()))  # type: ignore[arg-type]
    rng.seed(seed)
    return rng


def as_random_state(value: Any) -> Rng:
    """RandomState (or Generator) for ``random_state``, with scikit-learn's rules."""
    if value is None or value is np.random:
        return np.random.mtrand._rand
    if isinstance(value, Integral):
        return _seeded(index(value))
    if isinstance(value, (np.random.RandomState, np.random.Generator)):
        return value
    raise ValueError(f"{value!r} cannot be used to seed a numpy.random.RandomState instance")


def as_rng(value: Any) -> Rng:
    """Generator (or RandomState) for ``rng``."""
    if isinstance(value, np.random.RandomState):
        return value
    try:
        return np.random.default_rng(value)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"rng must be None, an int, a Generator or a RandomState, got {value!r}: {error}"
        ) from error
