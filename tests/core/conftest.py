"""Output arrays with guarded surroundings: a kernel must not write outside its rows."""

import numpy as np
import pytest

GUARD = 7
"""Number of elements before and after; odd, so that outputs are not aligned to vectors."""


@pytest.fixture
def output():
    """Allocator of output arrays; the test fails if a kernel wrote around one of them."""
    buffers = []

    def allocate(shape, dtype, value=0):
        size = int(np.prod(shape))
        buffer = np.full(size + 2 * GUARD, 77, dtype=dtype)
        buffers.append(buffer)
        array = buffer[GUARD : GUARD + size].reshape(shape)
        array[...] = value
        return array

    yield allocate
    for buffer in buffers:
        assert (buffer[:GUARD] == 77).all(), "wrote before the first element"
        assert (buffer[-GUARD:] == 77).all(), "wrote past the last element"
