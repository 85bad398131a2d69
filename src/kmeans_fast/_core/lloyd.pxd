"""What other Cython code may cimport of lloyd.pyx."""

cdef struct GridView:
    const double *scale
    double low_scale
    double weight_scale

cdef GridView view_grid(const double[::1] scale, grid)
