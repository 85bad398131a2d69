"""Sketches of rows: short vectors whose distances bound those of the rows; see csrc/structs.h."""

from cython.parallel cimport prange, threadid
from cpython.exc cimport PyErr_CheckSignals
from libc.math cimport INFINITY, fmax
from libc.stdint cimport int64_t, uint8_t

from ._blocks cimport BLOCK_ROWS, Buffer, block_count, reserve, rows_in, tasks_per_slice
from ._kernels cimport SCRATCH_ROWS, chosen_isa, exact, kernels, real

cdef enum:
    ENCODED_ROWS = 8  # as in csrc/exact/codes_encode.h
    PANEL = 6
    MOST_WIDTH = 256
    FEW_ROWS = 8192  # such as centers: in smaller blocks, for all threads

cdef double LARGEST_SQUARE = 2.0 ** 100


def fast_codes():
    """Whether this processor multiplies codes several times as fast as float32 numbers."""
    return chosen_isa() == "avx512vnni"


def encode_rows(const real[:, ::1] x, const double[::1] shift, double scale,
                uint8_t[:, ::1] codes, float[::1] step, float[::1] square, int n_threads):
    """Codes (n, 4 ceil(d / 4)), steps and squared norms of ``scale * (x - shift)``, rotated.

    Returns their spread: the largest distance of a row from its codes, in steps; infinite where
    rows are too far out.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = block_count(n)
        int64_t block, first, end, slice_blocks = tasks_per_slice(BLOCK_ROWS, d, 20, n_threads)
        size_t size = <size_t> (8 * d) * sizeof(double)
        Buffer scratch = Buffer(size * n_threads)
        Buffer spreads = Buffer(blocks * sizeof(double))
        double *spread = <double *> spreads.data
        double most = 0
    for first in range(0, blocks, slice_blocks):
        end = first + rows_in(blocks, first, slice_blocks)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            spread[block] = exact(&x[0, 0]).encode_rows(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                &shift[0], scale, <double *> (scratch.data + size * threadid()),
                &codes[block * BLOCK_ROWS, 0], &step[block * BLOCK_ROWS],
                &square[block * BLOCK_ROWS]
            )
        PyErr_CheckSignals()
    for block in range(blocks):
        most = fmax(most, spread[block])
    return most


def inner_products(const float[:, ::1] x, const float[:, ::1] y, float[:, ::1] out, int n_threads):
    """Write the inner products of the rows of x (n, d) and of y (m, d) to ``out`` (n, m).

    They take no threads but these, unlike NumPy's, which wait for threads of their own.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], m = y.shape[0]
        int64_t tiles = (n + SCRATCH_ROWS - 1) // SCRATCH_ROWS, tile, first, end, at
        int64_t step = tasks_per_slice(SCRATCH_ROWS, d, m, n_threads)
        size_t size = <size_t> (SCRATCH_ROWS * (d + m + PANEL)) * sizeof(float)
        Buffer scratch = Buffer(size * n_threads)
        Buffer packed = Buffer(<size_t> ((m + PANEL) * d) * sizeof(float))
    kernels.fast_common.pack_directions(&y[0, 0], m, d, <float *> packed.data)
    for first in range(0, tiles, step):
        end = first + rows_in(tiles, first, step)
        for tile in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            at = tile * SCRATCH_ROWS
            kernels.fast_common.project_rows(
                &x[at, 0], rows_in(n, at, SCRATCH_ROWS), d, <const float *> packed.data, m,
                <float *> (scratch.data + size * threadid()), m, &out[at, 0]
            )
        PyErr_CheckSignals()


cdef struct Scratch:
    float *scaled
    float *projected
    float *tile
    double *squares
    double *encoding


cdef size_t lay_out(Scratch *s, char *base, int64_t d, int64_t width) noexcept nogil:
    """Place the arrays of one task from ``base`` on; return their bytes (``base`` may be null)."""
    cdef size_t used = 0
    s.scaled = <float *> reserve(base, &used, SCRATCH_ROWS * d * sizeof(float))
    s.projected = <float *> reserve(base, &used, SCRATCH_ROWS * width * sizeof(float))
    s.tile = <float *> reserve(base, &used, SCRATCH_ROWS * (d + width + PANEL) * sizeof(float))
    s.squares = <double *> reserve(base, &used, SCRATCH_ROWS * sizeof(double))
    s.encoding = <double *> reserve(base, &used, ENCODED_ROWS * width * sizeof(double))
    return used


cdef struct Sketching:
    int64_t d
    int64_t width
    double scale
    double eta
    const double *shift
    const float *directions


cdef double sketch_block(
    const real *x, int64_t n, Sketching how, char *scratch, float *values, uint8_t *codes,
    float *step, float *square
) noexcept nogil:
    """Sketch ``n`` rows; returns the spread of their codes, infinite where a row is too far out."""
    cdef int64_t i, r, some, d = how.d, width = how.width, size = (width + 3) // 4 * 4
    cdef double zero[MOST_WIDTH]
    cdef double spread = 0
    cdef float *out
    cdef Scratch s
    lay_out(&s, scratch, d, width)
    for i in range(width):
        zero[i] = 0
    i = 0
    while i < n:
        some = rows_in(n, i, SCRATCH_ROWS)
        out = s.projected if values == NULL else values + i * width
        exact(x).scaled_rows(x + i * d, some, d, how.shift, how.scale, s.scaled, s.squares)
        for r in range(some):
            if not s.squares[r] < LARGEST_SQUARE:
                return INFINITY
        kernels.fast_common.project_rows(
            s.scaled, some, d, how.directions, width - 1, s.tile, width, out
        )
        kernels.exact_common.sketch_rest(s.squares, some, width, how.eta, out, square + i)
        if values == NULL:
            spread = fmax(spread, exact(out).encode_rows(
                out, some, width, zero, 1.0, s.encoding, codes + i * size, step + i, square + i
            ))
        i += SCRATCH_ROWS
    return spread


def sketch_rows(const real[:, ::1] x, const double[::1] shift, double scale,
                const float[:, ::1] directions, double eta, float[:, ::1] values,
                uint8_t[:, ::1] codes, float[::1] step, float[::1] square, int n_threads):
    """Sketches of ``scale * (x - shift)``: products with ``directions`` (m, d), then what is left.

    Either ``values`` (n, m + 1) are written or ``codes`` (n, 4 ceil((m + 1) / 4)) with ``step``
    (n,); always ``square`` (n,). ``eta`` is that of csrc/exact/sketch_lengths.h. m + 1 is at most
    256. Returns the spread of the codes, infinite where rows are too far out.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], m = directions.shape[0]
        int64_t rows = SCRATCH_ROWS if n < FEW_ROWS else BLOCK_ROWS
        int64_t blocks = (n + rows - 1) // rows, block, first, end, at
        int64_t slice_blocks = tasks_per_slice(rows, d, m + 20, n_threads)
        Scratch measured
        size_t size = lay_out(&measured, NULL, d, m + 1)
        Buffer scratch = Buffer(size * n_threads)
        Buffer spreads = Buffer(blocks * sizeof(double))
        Buffer packed = Buffer((m + PANEL) * d * sizeof(float))
        double *spread = <double *> spreads.data
        Sketching how = Sketching(d, m + 1, scale, eta, &shift[0], <const float *> packed.data)
        bint coded = codes is not None
        double most = 0
    kernels.fast_common.pack_directions(&directions[0, 0], m, d, <float *> packed.data)
    for first in range(0, blocks, slice_blocks):
        end = first + rows_in(blocks, first, slice_blocks)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            at = block * rows
            spread[block] = sketch_block(
                &x[at, 0], rows_in(n, at, rows), how, scratch.data + size * threadid(),
                NULL if coded else &values[at, 0], &codes[at, 0] if coded else NULL,
                &step[at] if coded else NULL, &square[at]
            )
        PyErr_CheckSignals()
    for block in range(blocks):
        most = fmax(most, spread[block])
    return most
