"""The OpenMP runtime of the core: its limits, how its threads start and how they end before a fork.

The threads of a process do not exist in a forked child. GCC's runtime does not detect this: a child
whose parent had run several threads waits for them forever. Therefore the threads end before the
fork; parent and child start new ones when they need them.
"""

cdef extern from *:
    """
    #include <stdlib.h>
    #if defined(_OPENMP)
    #include <omp.h>
    static int kmf_max_threads(void) { return omp_get_max_threads(); }
    static int kmf_in_parallel(void) { return omp_in_parallel(); }
    static void kmf_start_team(int n_threads) {
    #pragma omp parallel num_threads(n_threads)
        {}
    }
    #else
    static int kmf_max_threads(void) { return 0; }
    static int kmf_in_parallel(void) { return 0; }
    static void kmf_start_team(int n_threads) { (void)n_threads; }
    #endif

    /* The runtime of GCC before 9 cannot end its threads. */
    #if defined(KMF_CAN_PAUSE)
    static int kmf_end_threads(void) { return omp_pause_resource_all(omp_pause_soft) == 0; }
    #else
    static int kmf_end_threads(void) { return 0; }
    #endif

    /* How many of `count` threads with stacks of `stack` bytes (0: as usual) could live at a time,
     * with some memory to spare. */
    #if defined(_OPENMP) && !defined(_WIN32)
    #include <pthread.h>
    enum { KMF_SPARE_BYTES = 1 << 16 };
    static void *kmf_pass(void *gate) {
        pthread_mutex_lock((pthread_mutex_t *)gate);
        pthread_mutex_unlock((pthread_mutex_t *)gate);
        return NULL;
    }
    static int kmf_startable(int count, size_t stack) {
        pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
        pthread_attr_t attributes;
        int started = 0;
        pthread_t *threads = malloc((size_t)count * sizeof(pthread_t) + KMF_SPARE_BYTES);
        if (threads == NULL || pthread_attr_init(&attributes) != 0) {
            free(threads);
            return 0;
        }
        if (stack > 0) pthread_attr_setstacksize(&attributes, stack);
        pthread_mutex_lock(&gate);
        while (started < count &&
               pthread_create(threads + started, &attributes, kmf_pass, &gate) == 0)
            started++;
        pthread_mutex_unlock(&gate);
        for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
        pthread_attr_destroy(&attributes);
        free(threads);
        return started;
    }
    #else
    static int kmf_startable(int count, size_t stack) {
        (void)stack;
        return count;
    }
    #endif
    """
    int kmf_max_threads() nogil
    int kmf_in_parallel() nogil
    int kmf_end_threads() nogil
    int kmf_startable(int count, size_t stack) nogil
    void kmf_start_team(int n_threads) nogil


def max_threads():
    """Threads that a parallel region would get by environment and settings; 0 without OpenMP."""
    return kmf_max_threads()


def in_parallel():
    """Whether the calling thread is one of a parallel region."""
    return bool(kmf_in_parallel())


def start_threads(int n_threads, size_t stack):
    """Start ``n_threads`` threads, or as many as the system allows; return their number.

    The runtime ends the process if it cannot start a thread, so threads are first started without
    it. ``stack`` is the size of each stack in bytes; 0 stands for the default of the system.
    """
    with nogil:
        n_threads = 1 + kmf_startable(n_threads - 1, stack)
        if n_threads > 1:
            kmf_start_team(n_threads)
    return n_threads


def end_threads():
    """End the worker threads of the calling thread; return whether this is possible."""
    cdef bint done
    with nogil:
        done = kmf_end_threads()
    return done
