"""Small fits give the bits in golden.json on every platform, backend and instruction set."""

import json
import warnings

import pytest

from kmeans_fast import ALGORITHMS
from robustness import golden

EXPECTED = json.loads(golden.FILE.read_text())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_fits_from_given_centers(algorithm):
    found = golden.fits(algorithm)
    assert len(found) >= 8
    assert found == {key: EXPECTED["fits"][key] for key in found}


def test_fits_from_seeds():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert golden.seedings() == EXPECTED["seedings"]
