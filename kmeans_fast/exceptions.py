"""Warnings of the function interface, which does without scikit-learn."""


class ConvergenceWarning(UserWarning):
    """Fewer clusters were found than asked for.

    Functions give this warning; estimators give that of scikit-learn.
    """
