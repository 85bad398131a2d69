"""What scikit-learn notes of the features of X, before a fit knows whether it will succeed."""

from contextlib import contextmanager

NOTED = ("n_features_in_", "feature_names_in_")


@contextmanager
def restored_on_error(estimator):
    """Where a fit fails, let the estimator keep the features of the last one that did not.

    Otherwise one that was never fitted would seem to be, and one that was would expect other
    features than its centers have.
    """
    attributes = vars(estimator)
    before = {name: attributes[name] for name in NOTED if name in attributes}
    try:
        yield
    except BaseException:
        for name in NOTED:
            attributes.pop(name, None)
        attributes.update(before)
        raise
