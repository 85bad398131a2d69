"""Shapes just below, at and above the sizes of tiles, panels and row blocks."""

import numpy as np

ROWS = (0, 1, 15, 16, 17, 63, 64, 65, 127, 1024, 1025)
FEATURES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 127, 128, 129, 300, 513)
CENTERS = (1, 2, 5, 6, 7, 11, 12, 13, 64, 100, 257)
THREADS = (1, 2, 3, 8)
DTYPES = (np.float32, np.float64)

MIXED_SHAPES = (
    (1, 1, 1),
    (1, 8, 8),
    (17, 1, 7),
    (130, 2, 13),
    (1025, 3, 64),
    (65, 4, 257),
    (300, 9, 100),
    (1025, 16, 12),
    (127, 33, 65),
    (200, 130, 70),
    (70, 513, 6),
)
"""Rows, features and centers, for tests in which all combinations would take too long."""
