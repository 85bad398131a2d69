"""Real text as vectors: paragraphs of documentation, as TF-IDF of a few hundred features.

A truncated singular value decomposition reduces the TF-IDF vectors. The rows are cached.
"""

from pathlib import Path

import numpy as np

import documentation
from cache import cached

FEATURES = 384
CENTERS = 1000


def rows(limit=None, features=FEATURES):
    """Unit rows (paragraphs, features), float32; at most ``limit`` of them."""
    key = [*documentation.sources(), Path(__file__).read_text(), f"{features}"]
    return cached("text", key, lambda: reduce(documentation.read_paragraphs(), features))[:limit]


def reduce(paragraphs, features):
    """TF-IDF vectors, projected on their leading singular directions and scaled to length 1."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    words = TfidfVectorizer(min_df=5, max_df=0.3, sublinear_tf=True, dtype=np.float32)
    reduced = TruncatedSVD(features, random_state=0).fit_transform(words.fit_transform(paragraphs))
    reduced = normalize(reduced[np.abs(reduced).max(axis=1) > 0])
    return np.random.default_rng(0).permutation(reduced).astype(np.float32)
