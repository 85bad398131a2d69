"""Columns of text tables whose first rows do not show how they are written."""

import numpy as np
import pytest

from kmeans_fast.cli.messages import UserError
from kmeans_fast.cli.tables import read_table

N_ROWS = 400
"""More rows than the dialect is guessed from, so that the last row is a surprise."""


def read(tmp_path, *rows):
    path = tmp_path / "x.tsv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return read_table(path)


LATE = {
    "thousands": ("1.25\t2.5\t3", "1,234.5\t7\t3", (1234.5, 7, 3), 1.25),
    "large thousands": ("1.25\t2.5\t3", "1,234,567\t7\t3", (1234567, 7, 3), 1.25),
    "plus and minus": ("1.25\t2.5\t3", "+1.5\t\u22127\t3", (1.5, -7, 3), 1.25),
    "spaces around": ("1.25\t2.5\t3", " 1.5 \t7 \t 3", (1.5, 7, 3), 1.25),
    "decimal commas beside points": ("1.234\t5\t3", "1.234\t2,5\t3", (1234, 2.5, 3), 1234),
    "points beside decimal commas": ("1,234\t5\t3", "1,234\t2.5\t3", (1234, 2.5, 3), 1234),
    "all columns": ("1.5\t5\t3", "1,000.5\t2,000\t3,000", (1000.5, 2000, 3000), 1.5),
}


@pytest.mark.parametrize("name", LATE)
def test_a_late_notation(tmp_path, name, monkeypatch):
    monkeypatch.setattr("kmeans_fast.cli.dialect.SAMPLE_BYTES", 1 << 10)
    first, last, expected, value = LATE[name]
    table = read(tmp_path, "a\tb\tc", *[first] * N_ROWS, last)
    np.testing.assert_array_equal(table.values[-1], expected)
    assert table.n_rows == N_ROWS + 1
    assert (table.values[:-1, 0] == value).all()


@pytest.mark.parametrize("word", ["ERR", "0x10", "1.5.5", "1,5,5", "1.5,5.5"])
def test_a_late_word_is_located(tmp_path, word, monkeypatch):
    monkeypatch.setattr("kmeans_fast.cli.dialect.SAMPLE_BYTES", 1 << 10)
    with pytest.raises(UserError) as caught:
        read(tmp_path, "a\tb", *["1.5\t2.5"] * N_ROWS, f"1.5\t{word}")
    assert f"row {N_ROWS + 1} (counted from 1), column 'b': {word!r} is not" in str(caught.value)
