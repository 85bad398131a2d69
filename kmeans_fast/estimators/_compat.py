"""The parts of scikit-learn (1.9) outside its public promises that the estimators use."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import InvalidParameterError, make_constraint

from .._validate import InvalidParameterError as OwnInvalidParameterError

__all__ = ["check_parameters", "quiet_sums", "sklearn_errors"]


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
