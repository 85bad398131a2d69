"""The build of the compiled core, and the instruction set chosen at run time."""

from . cimport _kernels

cdef extern from *:
    """
    #if defined(_OPENMP)
    #define KMF_OPENMP 1
    #else
    #define KMF_OPENMP 0
    #endif
    #if defined(__clang__)
    #define KMF_COMPILER "clang " __clang_version__
    #elif defined(__GNUC__)
    #define KMF_COMPILER "gcc " __VERSION__
    #else
    #define KMF_COMPILER "unknown"
    #endif
    """
    int KMF_OPENMP
    const char *KMF_COMPILER


def isa():
    """Name of the instruction set in use."""
    return _kernels.chosen_isa()


def available_isas():
    """Names of the instruction sets that this machine and this build have, best last."""
    return _kernels.available_isas()


def openmp():
    """Whether row blocks run in parallel."""
    return bool(KMF_OPENMP)


def compiler():
    """Name and version of the compiler that built this module."""
    return KMF_COMPILER.decode().strip()
