"""Arrays that take minutes to compute, kept between runs in the user's folder for caches."""

import hashlib
import os
from pathlib import Path

import numpy as np


def cached(name, key, make):
    """The array that ``make()`` returns; computed again only if the strings in ``key`` change."""
    digest = hashlib.sha256("\n".join(key).encode()).hexdigest()[:16]
    path = folder() / f"{name}-{digest}.npy"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.stem}-{os.getpid()}.npy")
        np.save(unfinished, make())
        unfinished.replace(path)
    return np.load(path)


def folder():
    """The folder that $XDG_CACHE_HOME names, else ~/.cache; in it, a folder of our own."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "kmeans_fast" / "benchmarks"
