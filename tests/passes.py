"""What a source gives: its blocks checked one by one, and put together."""

import numpy as np

from kmeans_fast.sources import open_source


def read_all(source, rows=7):
    """All rows and weights of a source; every block must be as the protocol says."""
    blocks = list(source.blocks(rows))
    for i, (x, weight) in enumerate(blocks):
        assert x.dtype == source.dtype
        assert x.dtype in (np.float32, np.float64)
        assert x.flags.c_contiguous
        assert x.shape[1] == source.n_features
        assert len(x) == rows or (i == len(blocks) - 1 and 0 < len(x) < rows)
        assert (weight is not None) == source.weighted
        assert weight is None or (weight.dtype == np.float64 and weight.shape == (len(x),))
    x = np.concatenate([x for x, _ in blocks])
    assert source.n_rows == len(x)
    assert source.n_bytes == x.nbytes
    return x, np.concatenate([w for _, w in blocks]) if source.weighted else None


def assert_gives(data, expected, **options):
    """A source of ``data`` gives the ``expected`` rows, whatever the block size, in each pass."""
    source = open_source(data, **options)
    for rows in (1, 7, len(expected), 3 * len(expected)):
        x, _ = read_all(source, rows)
        assert x.dtype == expected.dtype
        np.testing.assert_array_equal(x, expected)
    return source
