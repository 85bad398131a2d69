"""Data that the tests of estimators share."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_linnerud, load_wine

BUNDLED = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
    "linnerud": load_linnerud,
}


@pytest.fixture(params=BUNDLED, scope="session")
def bundled(request):
    """Rows of a data set that is part of scikit-learn."""
    return BUNDLED[request.param]().data


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """Each of the two float types."""
    return request.param


@pytest.fixture
def rows(dtype):
    """Four hundred rows around six centers."""
    rng = np.random.default_rng(0)
    centers = rng.uniform(-4, 4, (6, 3))
    return (centers[rng.integers(0, 6, 400)] + rng.standard_normal((400, 3))).astype(dtype)
