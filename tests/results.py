"""Two fits that must be equal to the last bit."""

from numpy.testing import assert_array_equal


def assert_same_fit(actual, expected):
    """Check that two results of `kmeans` are equal except for times and work."""
    assert actual.centers.dtype == expected.centers.dtype
    assert_array_equal(actual.labels, expected.labels)
    assert_array_equal(actual.centers, expected.centers)
    for name in ("inertia", "center_shift", "n_moved"):
        assert_array_equal(getattr(actual.history, name), getattr(expected.history, name))
    assert actual.inertia == expected.inertia
    assert (actual.n_iter, actual.stop_reason) == (expected.n_iter, expected.stop_reason)
    assert actual.restarts.best == expected.restarts.best
