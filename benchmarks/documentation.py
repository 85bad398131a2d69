"""Real text: paragraphs and sentences of the documentation that installed packages carry.

They are from docstrings of NumPy, SciPy, scikit-learn and the standard library, read in the run:
nothing of them is in this repository.
"""

import ast
import importlib.util
import re
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

PACKAGES = {"numpy": "numpy", "scipy": "scipy", "scikit-learn": "sklearn"}
"""Module of each distribution."""
LEAST_WORDS = 12
SENTENCE_WORDS = range(6, 41)
WORD = re.compile(r"[A-Za-z]{2,}")
END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*'\"(])")


def sources():
    """What the text depends on: versions of the packages, and this file."""
    return [sys.version, *map(metadata.version, PACKAGES), Path(__file__).read_text()]


def read_sentences():
    """Distinct sentences of as many words as SENTENCE_WORDS allows, sorted."""
    return sorted(
        {
            sentence
            for paragraph in read_paragraphs()
            for sentence in END_OF_SENTENCE.split(paragraph)
            if len(WORD.findall(sentence)) in SENTENCE_WORDS
        }
    )


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
                if len(WORD.findall(words)) >= LEAST_WORDS:
                    yield words
