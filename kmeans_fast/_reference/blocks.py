"""Row blocks: slices of rows that are processed one at a time."""

BLOCK_ROWS = 1024


def block_slices(n_rows):
    """Slices of the row blocks of ``n_rows`` rows."""
    return [slice(i, min(i + BLOCK_ROWS, n_rows)) for i in range(0, n_rows, BLOCK_ROWS)]
