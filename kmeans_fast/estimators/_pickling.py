"""The state of an estimator: what a failed fit restores, and what a pickle holds.

A pickle has the version of kmeans_fast that wrote it. One of an earlier version gets the defaults
of the parameters that it lacks; one of a later version is loaded with a warning.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import BaseEstimator

from .._config import package_version

NOTED = ("n_features_in_", "feature_names_in_")
"""Attributes that `validate_data` sets before a fit knows whether it will succeed."""

VERSION = "_kmeans_fast_version"
"""Name of the version in a pickle; the first pickles have none."""


class VersionedEstimator(BaseEstimator):
    """An estimator whose pickles have a version."""

    @contextmanager
    def _restored_on_error(self) -> Iterator[None]:
        """Where a fit fails, keep the features of the last fit that did not.

        Otherwise an estimator that was never fitted would seem to be, and one that was would
        expect other features than its centers have.
        """
        attributes = self.__dict__
        before = {name: attributes[name] for name in NOTED if name in attributes}
        try:
            yield
        except BaseException:
            for name in NOTED:
                attributes.pop(name, None)
            attributes.update(before)
            raise

    def __getstate__(self) -> Any:
        """State without the note of the checked centers: a file may have been changed."""
        state = dict(super().__getstate__())
        state.pop("_checked_centers", None)
        state[VERSION] = own_version()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        written, own = state.pop(VERSION, None), own_version()
        name = type(self).__name__
        if written is not None and numbers(written) > numbers(own):
            warnings.warn(
                f"This {name} was pickled by kmeans_fast {written}, which is newer than "
                f"{own}: it may lack parameters or attributes, or mean others by them. Update "
                "kmeans_fast, or fit again.",
                UserWarning,
                stacklevel=2,
            )
        parameters = inspect.signature(type(self).__init__).parameters
        defaults = {key: parameters[key].default for key in self._get_param_names()}
        super().__setstate__(defaults | state)


def own_version() -> str:
    """Version of the installed package; "0" where it is not installed."""
    return package_version("kmeans-fast") or "0"


def numbers(version: str) -> tuple[int, ...]:
    """Numbers of a release: (0, 2, 1) of "0.2.1rc1"."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else (0,)
