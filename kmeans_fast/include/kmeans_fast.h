/* kmeans_fast for C and C++: serial primitives over blocks of rows, of float (suffix _f32) or of
 * double (_f64). docs/c_api.md shows them at work.
 *
 * Include Python.h first; `kmf_import` then fetches the table of functions. All of them may be
 * called without the GIL and from several threads at once: they allocate nothing and keep no state.
 * Arrays are dense and row-major: x (n, d), centers (k, d), labels int32 (n,); n, d and k are at
 * least 1, n is at most 2^31 - 1 a call, values are finite, and no memory may overlap. Memory from
 * malloc is aligned enough for all of it. */
#ifndef KMEANS_FAST_H
#define KMEANS_FAST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this table. Major: what was there has changed. Minor: it has grown at its end. */
#define KMEANS_FAST_API_MAJOR 1
#define KMEANS_FAST_API_MINOR 0

typedef struct {
    int32_t major, minor;

    /* Name of the instruction set in use. */
    const char *(*isa)(void);

    /* Lay out centers for `assign`, in packed_size bytes; itemsize is that of the elements. */
    int64_t (*packed_size)(int64_t k, int64_t d, int64_t itemsize);
    void (*pack_centers_f32)(const float *centers, int64_t k, int64_t d, void *packed);
    void (*pack_centers_f64)(const double *centers, int64_t k, int64_t d, void *packed);

    /* Index of the nearest center of each row, ties to the lowest; `scratch` has scratch_size bytes
     * for up to n rows, and belongs to one call at a time. */
    int64_t (*scratch_size)(int64_t n, int64_t d, int64_t itemsize);
    void (*assign_f32)(const float *x, int64_t n, int64_t d, const float *centers,
                       const void *packed, int64_t k, void *scratch, int32_t *labels);
    void (*assign_f64)(const double *x, int64_t n, int64_t d, const double *centers,
                       const void *packed, int64_t k, void *scratch, int32_t *labels);

    /* Squared distance of each row to the center that its label names, summed in double. */
    void (*squared_distances_f32)(const float *x, int64_t n, int64_t d, const float *centers,
                                  const int32_t *labels, double *out);
    void (*squared_distances_f64)(const double *x, int64_t n, int64_t d, const double *centers,
                                  const int32_t *labels, double *out);

    /* Raise largest[f], at first 0, to the largest |x_f|. */
    void (*feature_range_f32)(const float *x, int64_t n, int64_t d, float *largest);
    void (*feature_range_f64)(const double *x, int64_t n, int64_t d, double *largest);

    /* The powers of two, d + 3 of them, that make sums exact over n rows in all with features up to
     * `largest`. Of the weights the total and the largest one; without any, n and 1. */
    void (*make_grid_f32)(const float *largest, int64_t d, int64_t n, double total_weight,
                          double max_weight, double *grid);
    void (*make_grid_f64)(const double *largest, int64_t d, int64_t n, double total_weight,
                          double max_weight, double *grid);

    /* Move rows whose label changed between clusters in `sums`, (k, 2, d + 1), at first 0; an old
     * label of -1 only adds; `weight` may be null. Returns how many moved. Sums of parts of the
     * rows add up, integer by integer, to those of all rows, in any order. */
    int64_t (*accumulate_f32)(const float *x, int64_t n, int64_t d, const double *weight,
                              const int32_t *labels_old, const int32_t *labels_new,
                              const double *grid, int64_t *sums);
    int64_t (*accumulate_f64)(const double *x, int64_t n, int64_t d, const double *weight,
                              const int32_t *labels_old, const int32_t *labels_new,
                              const double *grid, int64_t *sums);

    /* Means (k, d) and weights (k,) of the clusters; 0 where a cluster is empty. */
    void (*means)(const int64_t *sums, int64_t k, int64_t d, const double *grid, double *means,
                  double *weights);
} kmf_api;

#if defined(Py_PYTHON_H)
/* The table of the installed kmeans_fast; null, and ImportError, if there is none or if it is not
 * of the version that this header needs. Needs the GIL. */
static inline const kmf_api *kmf_import(void) {
    const kmf_api *api = 0;
    PyObject *module = PyImport_ImportModule("kmeans_fast.c_api");
    PyObject *table = module ? PyObject_GetAttrString(module, "table") : 0;
    if (table) api = (const kmf_api *)PyCapsule_GetPointer(table, "kmeans_fast.c_api.table");
    if (api && (api->major != KMEANS_FAST_API_MAJOR || api->minor < KMEANS_FAST_API_MINOR)) {
        PyErr_Format(PyExc_ImportError,
                     "this module was built for version %d.%d of the C API of kmeans_fast, "
                     "the installed one has %d.%d",
                     KMEANS_FAST_API_MAJOR, KMEANS_FAST_API_MINOR, (int)api->major,
                     (int)api->minor);
        api = 0;
    } else if (!api && !PyErr_ExceptionMatches(PyExc_ImportError)) {
        PyErr_SetString(PyExc_ImportError, "the installed kmeans_fast has no C API");
    }
    Py_XDECREF(table);
    Py_XDECREF(module);
    return api;
}
#endif

#ifdef __cplusplus
}
#endif

#endif
