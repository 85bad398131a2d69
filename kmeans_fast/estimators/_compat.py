"""The parts of scikit-learn (1.7 to 1.9) outside its public promises that the estimators use."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import InvalidParameterError, make_constraint

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks

    HAS_CALLBACKS = True
except ImportError:  # scikit-learn before 1.9
    HAS_CALLBACKS = False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """No callbacks."""

    def with_callbacks(method: Any) -> Any:
        """No callbacks: the method itself."""
        return method


from .._validate import InvalidParameterError as OwnInvalidParameterError

__all__ = [
    "HAS_CALLBACKS",
    "CallbackSupportMixin",
    "check_parameters",
    "quiet_sums",
    "sklearn_callbacks",
    "sklearn_errors",
    "start_callbacks",
    "with_callbacks",
]


@cache
def _constraints(estimator_class: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return tuple(
        (name, tuple(make_constraint(option) for option in options))
        for name, options in estimator_class._parameter_constraints.items()
    )


def check_parameters(estimator: BaseEstimator) -> None:
    """Validate the parameters that scikit-learn has constraints for, as it does before every fit.

    Its own `_validate_params` inspects the signature and builds all constraints anew, which takes
    half as long as a small fit; here it only words the error.
    """
    if get_config()["skip_parameter_validation"]:
        return
    for name, options in _constraints(estimator.__class__):
        value = getattr(estimator, name)
        if not any(option.is_satisfied_by(value) for option in options):
            estimator._validate_params()


def quiet_sums() -> np.errstate:
    """Context for `validate_data`: it adds up X to look for NaN, and warns where sums overflow."""
    return np.errstate(invalid="ignore", over="ignore")


@contextmanager
def sklearn_errors() -> Iterator[None]:
    """Context in which a wrong parameter raises scikit-learn's own class of error."""
    try:
        yield
    except OwnInvalidParameterError as error:
        raise InvalidParameterError(str(error)) from None


def sklearn_callbacks(estimator: Any) -> bool:
    """Whether callbacks of scikit-learn are set on the estimator, or passed on to it."""
    return bool(getattr(estimator, "_skl_callbacks", ()))


def start_callbacks(estimator: Any, max_subtasks: int) -> Any:
    """Context of the fit of an estimator with callbacks, which are set up."""
    return estimator._init_callback_context(max_subtasks=max_subtasks)
