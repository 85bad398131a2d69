"""Exact sums as Python integers, for the passes of this package."""

from libc.stdint cimport int64_t


cdef object int_of_limbs(int64_t *limbs, int64_t count)
