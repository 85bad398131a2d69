"""Our "elkan" against scikit-learn's: whole fits to convergence from the same start."""

import numpy as np

import shapes
from converge import MAX_ITER, ratio_to, seconds_of
from data import make_data
from peers import OURS, SKLEARN
from race import Contender, race
from table import markdown

OUR_ELKAN = Contender(OURS, "elkan")
THEIR_ELKAN = Contender(SKLEARN, "elkan")


def compare(settings):
    """Measure all of them and return the table."""
    rows = [
        settings.tell(row(settings, shape, dtype))
        for dtype in settings.long_dtypes
        for shape in settings.chosen(shapes.ELKAN)
    ]
    return markdown(
        f"Elkan to convergence, {settings.threads} threads",
        [
            "n, d, k",
            "dtype",
            "iterations, ours and theirs",
            f"{OUR_ELKAN}, s",
            f"{THEIR_ELKAN}, s",
            "ratio",
            "at least",
        ],
        rows,
        f"Fits run until no label changes, for at most {MAX_ITER} iterations; medians of at most "
        f"{settings.repeats} interleaved repeats.",
    )


def row(settings, shape, dtype):
    """One line of the table."""
    x, start = make_data(shape, dtype)
    results = race(settings, x, start, [OUR_ELKAN, THEIR_ELKAN], MAX_ITER)
    ours, theirs = results[OUR_ELKAN], results[THEIR_ELKAN]
    return [
        str(shape),
        np.dtype(dtype).name,
        f"{ours.n_iter}, {theirs.n_iter}",
        seconds_of(ours),
        seconds_of(theirs),
        ratio_to(ours, theirs),
        f"{shape.at_least}",
    ]
