"""Real text as vectors: paragraphs of the documentation that installed packages carry.

The paragraphs are from docstrings of NumPy, SciPy, scikit-learn and the standard library. Their
TF-IDF vectors are reduced by a truncated singular value decomposition. The rows are cached in the
folder for temporary files.
"""

import ast
import hashlib
import importlib.util
import re
import sys
import sysconfig
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np

PACKAGES = {"numpy": "numpy", "scipy": "scipy", "scikit-learn": "sklearn"}
"""Module of each distribution."""
FEATURES = 384
CENTERS = 1000
LEAST_WORDS = 12


def rows(limit=None):
    """Unit rows (paragraphs, FEATURES), float32; at most ``limit`` of them."""
    versions = [sys.version, *map(metadata.version, PACKAGES), Path(__file__).read_text()]
    digest = hashlib.sha256("\n".join(versions).encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"kmeans_fast-text-{digest}.npy"
    if not path.exists():
        np.save(path, reduce(read_paragraphs()))
    return np.load(path)[:limit]


def reduce(paragraphs):
    """TF-IDF vectors, projected on their leading singular directions and scaled to length 1."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    words = TfidfVectorizer(min_df=5, max_df=0.3, sublinear_tf=True, dtype=np.float32)
    reduced = TruncatedSVD(FEATURES, random_state=0).fit_transform(words.fit_transform(paragraphs))
    reduced = normalize(reduced[np.abs(reduced).max(axis=1) > 0])
    return np.random.default_rng(0).permutation(reduced).astype(np.float32)


def read_paragraphs():
    """Distinct paragraphs of at least LEAST_WORDS words, sorted."""
    found = set()
    for folder in folders():
        for path in sorted(folder.rglob("*.py")):
            if "site-packages" not in path.relative_to(folder).parts:
                found.update(paragraphs_of(path))
    return sorted(found)


def folders():
    """Folders of the source files."""
    yield Path(sysconfig.get_path("stdlib"))
    for module in PACKAGES.values():
        yield Path(importlib.util.find_spec(module).origin).parent


def paragraphs_of(path):
    """Paragraphs of the docstrings in a source file."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError):
        return
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented):
            for paragraph in re.split(r"\n\s*\n", ast.get_docstring(node) or ""):
                words = " ".join(paragraph.split())
                if len(re.findall(r"[A-Za-z]{2,}", words)) >= LEAST_WORDS:
                    yield words
