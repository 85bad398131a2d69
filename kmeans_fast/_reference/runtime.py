"""The runtime of the reference: one thread, and nothing that a fork could leave behind."""


def max_threads():
    """Threads that a parallel region would get; 0 without OpenMP."""
    return 0


def in_parallel():
    """Whether the calling thread is one of a parallel region."""
    return False


def start_threads(n_threads, stack):
    """Start so many threads, or as many as can be had; return their number."""
    return n_threads


def end_threads():
    """End the threads that work for the calling one; whether that can be done."""
    return True
