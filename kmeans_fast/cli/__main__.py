"""Run ``python -m kmeans_fast.cli``, which is the same as ``kmeans-fast``."""

import sys

from . import main

if __name__ == "__main__":
    sys.exit(main())
