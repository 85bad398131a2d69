"""What bounds of rows need to stay valid as centers move; see csrc/exact/hamerly_bounds.h."""


cdef struct Drift:
    const double *travelled  # (k,) the distance that each center has travelled
    const double *half  # (k,) half the distance to the nearest other center
    double fall  # sum of the longest moves
    bint known  # whether the rows have bounds
