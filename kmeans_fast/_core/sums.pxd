"""What other Cython code may cimport of sums.pyx."""

from ._kernels cimport GridView

cdef GridView view_grid(const double[::1] scale, grid)
