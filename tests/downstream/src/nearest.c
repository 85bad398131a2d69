/* nearest(x, centers, labels): write the index of each row's nearest center; from plain C. */
#include <Python.h>
#include <kmeans_fast.h>

static const kmf_api *kmf;

static PyObject *nearest(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    Py_buffer x = {0}, centers = {0}, labels = {0};
    PyObject *result = NULL;
    void *memory = NULL;
    (void)self;
    if (count != 3) return PyErr_Format(PyExc_TypeError, "nearest takes x, centers and labels");
    if (PyObject_GetBuffer(args[0], &x, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) ||
        PyObject_GetBuffer(args[1], &centers, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) ||
        PyObject_GetBuffer(args[2], &labels, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE))
        goto done;
    if (x.ndim != 2 || centers.ndim != 2 || x.shape[1] != centers.shape[1] || x.len == 0 ||
        centers.len == 0 || x.shape[0] > INT32_MAX || strcmp(x.format, "d") ||
        strcmp(centers.format, "d") || labels.len != x.shape[0] * (Py_ssize_t)sizeof(int32_t)) {
        PyErr_SetString(PyExc_ValueError, "x and centers must be float64, labels int32");
        goto done;
    }
    const int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0];
    const int64_t packed_size = kmf->packed_size(k, d, sizeof(double));
    memory = malloc((size_t)(packed_size + kmf->scratch_size(n, d, sizeof(double))));
    if (!memory) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS;
    kmf->pack_centers_f64(centers.buf, k, d, memory);
    kmf->assign_f64(x.buf, n, d, centers.buf, memory, k, (char *)memory + packed_size, labels.buf);
    Py_END_ALLOW_THREADS;
    result = Py_NewRef(Py_None);
done:
    free(memory);
    PyBuffer_Release(&x);
    PyBuffer_Release(&centers);
    PyBuffer_Release(&labels);
    return result;
}

static PyMethodDef methods[] = {
    {"nearest", (PyCFunction)(void (*)(void))nearest, METH_FASTCALL, "Nearest centers."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "nearest", "Nearest centers.", -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_nearest(void) {
    kmf = kmf_import();
    return kmf ? PyModule_Create(&module) : NULL;
}
