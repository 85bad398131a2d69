"""Output arrays whose surroundings are checked: a kernel must not write past its rows."""

import numpy as np
import pytest

GUARD = 7
"""Elements before and after: odd, so that outputs are not aligned to a vector either."""


@pytest.fixture
def output():
    """Allocator of output arrays; fails the test where something around one was written."""
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
