"""The parts of scikit-learn (1.9) outside its public promises that the estimators use."""

from functools import cache

import numpy as np
from sklearn import get_config
from sklearn.utils._param_validation import Interval, StrOptions, make_constraint
from sklearn.utils.validation import _is_arraylike_not_scalar as is_array_like

__all__ = ["Interval", "StrOptions", "check_parameters", "is_array_like", "quiet_sums"]


@cache
def _constraints(estimator_class):
    return tuple(
        (name, tuple(make_constraint(option) for option in options))
        for name, options in estimator_class._parameter_constraints.items()
    )


def check_parameters(estimator):
    """Validate the parameters as scikit-learn does before every fit.

    Its own `_validate_params` inspects the signature and builds all constraints anew, which takes
    half as long as a small fit; here it only words the error.
    """
    if get_config()["skip_parameter_validation"]:
        return
    for name, options in _constraints(type(estimator)):
        value = getattr(estimator, name)
        if not any(option.is_satisfied_by(value) for option in options):
            estimator._validate_params()


def quiet_sums():
    """Context for `validate_data`: it adds up X to look for NaN, and warns where sums overflow."""
    return np.errstate(invalid="ignore", over="ignore")
