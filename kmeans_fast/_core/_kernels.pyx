"""The instruction set and its kernels, chosen once, at import: see _kernels.pxd."""

import os

cdef extern from "tables.h" nogil:
    enum kmf_isa:
        pass
    const char *kmf_isa_name(int isa)
    kmf_isa kmf_choose_isa()
    const kmf_tables *kmf_tables_of(kmf_isa isa)


cdef kmf_isa isa_chosen = kmf_choose_isa()
kernels = kmf_tables_of(isa_chosen)


cdef const char *isa_in_use() noexcept nogil:
    return kmf_isa_name(<int> isa_chosen)


cpdef str chosen_isa():
    """Name of the instruction set in use."""
    return isa_in_use().decode()


cpdef tuple available_isas():
    """Names of the instruction sets that this machine and this build have, best last."""
    cdef int isa
    return tuple([kmf_isa_name(isa).decode() for isa in range(16) if kmf_isa_name(isa) != NULL])


def check_isa_wish():
    """Refuse a KMEANS_FAST_ISA that cannot be granted: a test that forces one must get it."""
    wish = os.environ.get("KMEANS_FAST_ISA")
    if wish and wish not in available_isas():
        raise ValueError(
            f"KMEANS_FAST_ISA={wish!r} is not available here; expected one of "
            f"{', '.join(available_isas())}"
        )


check_isa_wish()
