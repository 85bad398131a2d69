"""One iteration on sketches of the rows, an exact filter for many features.

A reference needs no filter: `survivors_step` compares defining sums and keeps the bounds of
`hamerly`.
"""

from .hamerly import hamerly_step


def survivors_step(
    x,
    sample_weight,
    centers,
    labels,
    sums,
    grid,
    sketch,
    center_sketch,
    scale,
    upper,
    lower,
    travelled,
    half,
    fall,
    known,
    n_threads,
):
    """As `lloyd_step`, on rows that the bounds do not settle, with sketches as a first filter.

    ``sketch`` and ``center_sketch`` are sketches (`RowSketch`) made with the same ``scale``. If
    ``known`` is false, there are labels, but bounds are written without being read. Returns how
    many rows moved, how many distances were evaluated in full, and how many rows were compared with
    the sketches of all centers.
    """
    return hamerly_step(
        *(x, sample_weight, centers, labels, sums, grid),
        *(upper, lower, travelled, half, fall, known, n_threads),
    )
