"""Facts that are stated in more than one place agree."""

import re
from pathlib import Path

import kmeans_fast

ROOT = Path(__file__).parents[1]


def test_one_version():
    stated = {
        "meson.build": r"^\s*version: '([^']+)'",
        "CHANGELOG.md": r"^## (\S+)",
    }
    for name, pattern in stated.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.search(pattern, text, re.MULTILINE)[1] == kmeans_fast.__version__, name
