"""The runtime of the reference: one thread, so that a fork is always safe."""


def max_threads():
    """Threads that a parallel region would get; 0 without OpenMP."""
    return 0


def in_parallel():
    """Whether the calling thread is one of a parallel region."""
    return False


def start_threads(n_threads, stack):
    """Start ``n_threads`` threads, or as many as the system allows; return their number."""
    return n_threads


def end_threads():
    """End the worker threads of the calling thread; return whether this is possible."""
    return True
