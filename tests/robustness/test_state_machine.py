"""An estimator keeps its promises after each call, in any order of calls.

``KMEANS_FAST_STRESS`` is the number of sequences (default 20; thousands before a release).
"""

import os
import pickle
import warnings
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from kmeans_fast import ALGORITHMS, KMeans
from strategies import NASTY, make_problem, make_weights

N_SEQUENCES = int(os.environ.get("KMEANS_FAST_STRESS", "20"))
INITS = ["k-means++", "k-means||", "afk-mc2", "random", "random-partition", "density"]


def stop_early(iteration):
    """A callback that stops a fit."""
    return iteration.iteration == 1


class CalledOffError(Exception):
    """The error that a callback raises."""


def fail_early(iteration):
    """A callback that fails."""
    raise CalledOffError(f"in iteration {iteration.iteration}")


def some_centers(x, k, random_state):
    """An ``init`` that returns rows, valid or invalid as the state says."""
    return x[random_state.randint(0, len(x), k)]


PARAMETERS = {
    "n_clusters": st.integers(1, 7),
    "init": st.sampled_from([*INITS, some_centers]),
    "n_init": st.sampled_from(["auto", 1, 3]),
    "max_iter": st.sampled_from([1, 2, 5, 300]),
    "tol": st.sampled_from([0, 1e-4, 0.5]),
    "inertia_tol": st.sampled_from([0.0, 0.1]),
    "random_state": st.integers(0, 3),
    "algorithm": st.sampled_from(ALGORITHMS),
    "n_threads": st.sampled_from([None, 1, 2, 3]),
    "max_memory": st.sampled_from([None, 1, 1000, 10**9]),
    "time_limit": st.sampled_from([None, 0]),
    "warm_start": st.booleans(),
    "callback": st.sampled_from([None, stop_early]),
}
BAD_PARAMETERS = [
    {"n_clusters": 0},
    {"n_clusters": 2.5},
    {"n_clusters": 10**6},
    {"init": "nothing"},
    {"init": [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]},
    {"init": lambda x, k, random_state: np.full((k, x.shape[1]), np.nan)},
    {"init": lambda x, k, random_state: x[:0]},
    {"n_init": 0},
    {"max_iter": -1},
    {"tol": float("nan")},
    {"algorithm": "magic"},
    {"max_memory": 0},
    {"n_threads": 0},
    {"time_limit": -1},
    {"callback": 3},
]
BAD_ROWS = [
    [],
    [[]],
    [1.0, 2.0, 3.0],
    [["a", "b"]],
    [[1.0, np.nan]],
    [[1.0], [np.inf]],
    np.zeros((2, 2, 2)),
    np.zeros((3, 2), dtype=complex),
    np.full((3, 2), 1e200),
    None,
]
BAD_WEIGHTS = [[1.0], "a", -1.0, np.nan, 0.0, np.zeros((2, 2))]


@contextmanager
def announced_warnings():
    """Allow the warnings of the estimator; any other warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "algorithm='elkan' doesn't make sense")
        warnings.filterwarnings("ignore", "Explicit initial center position passed")
        yield


class Machine(RuleBasedStateMachine):
    """One estimator, the rows for its calls, and the arguments of its last successful fit."""

    @initialize()
    def start(self):
        self.model = KMeans(n_clusters=2, random_state=0)
        self.fitted = None
        self.take_rows("gaussian", 20, 2, np.float64, 0, weighted=False)

    @rule(
        name=st.sampled_from(list(NASTY)),
        n=st.integers(1, 60),
        d=st.integers(1, 4),
        dtype=st.sampled_from([np.float32, np.float64]),
        seed=st.integers(0, 9),
        weighted=st.booleans(),
    )
    def take_rows(self, name, n, d, dtype, seed, weighted):
        self.x, _ = make_problem(name, n, d, 1, dtype, seed)
        self.weight = make_weights(n, seed) if weighted else None
        self.x_before = self.x.copy()
        self.weight_before = None if self.weight is None else self.weight.copy()

    @rule(parameters=st.fixed_dictionaries({}, optional=PARAMETERS))
    def set_parameters(self, parameters):
        assert self.model.set_params(**parameters) is self.model
        assert self.model.get_params().items() >= parameters.items()

    def fit(self, model):
        """Fit to the rows; return whether that raised an error with a reason."""
        with announced_warnings():
            try:
                model.fit(self.x, sample_weight=self.weight)
            except (ValueError, TypeError) as error:
                refusal = str(error)
            else:
                return True
        assert refusal
        return False

    def expected(self):
        """A new estimator, which must give the same result."""
        parameters = self.model.get_params()
        if parameters["warm_start"] and self.fitted is not None:
            parameters["init"] = self.model.cluster_centers_.copy()
        fresh = KMeans(**parameters).set_params(warm_start=False)
        return fresh if self.fit(fresh) else None

    @rule()
    def refit(self):
        fresh = self.expected()
        succeeded = self.fit(self.model)
        assert succeeded == (fresh is not None)
        if succeeded:
            self.fitted = self.x, self.weight
            for name in ("cluster_centers_", "labels_", "inertia_", "n_iter_", "stop_reason_"):
                assert_array_equal(getattr(self.model, name), getattr(fresh, name), strict=True)
            assert self.model.n_features_in_ == self.x.shape[1]

    def refused(self, call, *arguments, **keywords):
        """Call with bad input."""
        with announced_warnings(), pytest.raises((ValueError, TypeError)) as caught:
            call(*arguments, **keywords)
        assert str(caught.value)

    @rule(bad=st.sampled_from(BAD_PARAMETERS))
    def fit_with_a_bad_parameter(self, bad):
        good = self.model.get_params()
        self.model.set_params(warm_start=False, **bad)
        self.refused(self.model.fit, self.x, sample_weight=self.weight)
        self.model.set_params(**good)

    @rule(x=st.sampled_from(BAD_ROWS), method=st.sampled_from(["fit", "predict", "transform"]))
    def call_with_bad_rows(self, x, method):
        self.refused(getattr(self.model, method), x)

    @rule(weight=st.sampled_from(BAD_WEIGHTS), extra=st.integers(0, 3))
    def call_with_bad_weights(self, weight, extra):
        x = np.zeros((7, self.x.shape[1] + extra))
        self.refused(self.model.fit, x, sample_weight=weight)
        self.refused(self.model.score, x, sample_weight=weight)

    @rule(extra=st.integers(1, 3), as_list=st.booleans())
    def call_with_other_features(self, extra, as_list):
        d = self.fitted[0].shape[1] if self.fitted else self.x.shape[1]
        x = np.zeros((4, d + extra))
        for method in (self.model.predict, self.model.transform, self.model.score):
            self.refused(method, x.tolist() if as_list else x)

    @rule()
    def fit_with_a_failing_callback(self):
        callback = self.model.callback
        self.model.set_params(callback=fail_early)
        with suppress(CalledOffError):
            assert not self.fit(self.model)
        self.model.set_params(callback=callback)

    @precondition(lambda self: self.model.init is not some_centers)
    @rule()
    def pickle_it(self):
        callback = self.model.callback
        self.model.set_params(callback=None)
        self.model = pickle.loads(pickle.dumps(self.model)).set_params(callback=callback)

    @rule()
    def clone_it(self):
        parameters = self.model.get_params()
        self.model, self.fitted = clone(self.model), None
        assert self.model.get_params() == parameters

    @precondition(lambda self: self.fitted is not None)
    @rule()
    def transform_rows(self):
        x, _ = self.fitted
        distances = self.model.transform(x)
        assert distances.shape == (len(x), len(self.model.cluster_centers_))
        own = distances[np.arange(len(x)), self.model.labels_].astype(np.longdouble)
        nearest = distances.min(axis=1).astype(np.longdouble)
        # both are within (d + 3) units in the last place of their exact values
        assert (own <= nearest * (1 + 16 * np.finfo(distances.dtype).eps)).all()

    @precondition(lambda self: self.fitted is not None)
    @rule(order=st.sampled_from(["C", "F"]), as_list=st.booleans())
    def predict_in_another_form(self, order, as_list):
        x = np.array(self.fitted[0], order=order)
        rows = x.astype(np.float64).tolist() if as_list else x
        assert_array_equal(self.model.predict(rows), self.model.labels_, strict=True)

    @invariant()
    def fit_is_consistent(self):
        if self.fitted is None:
            with pytest.raises(NotFittedError):
                self.model.predict(self.x)
            return
        x, weight = self.fitted
        assert_array_equal(self.model.predict(x), self.model.labels_, strict=True)
        assert self.model.inertia_ == -self.model.score(x, sample_weight=weight)
        assert np.isfinite(self.model.cluster_centers_).all()

    @invariant()
    def input_is_unchanged(self):
        assert_array_equal(self.x, self.x_before, strict=True)
        if self.weight is not None:
            assert_array_equal(self.weight, self.weight_before, strict=True)


def test_any_order_of_calls():
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=N_SEQUENCES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
