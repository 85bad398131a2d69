"""Tables that Python's csv module writes in any dialect are read back, to the last digit."""

import csv
import io

import numpy as np
import pytest

from kmeans_fast.cli.tables import read_table

WORDS = (
    "red",
    "blue, dark",
    "5, ok",
    "x;y",
    "tab\there",
    "line\nbreak",
    'say "hi"',
    "naïve",
    "a|b",
)
NAMES = ("height", "Price, EUR", "größe", "a b", "x;y")


def written(rng, decimal, delimiter):
    """A table in a random dialect: its bytes, names (or None), and the numbers in it."""
    n_rows, n_numbers, places = rng.choice([3, 20, 400]), rng.integers(2, 5), rng.choice([1, 2, 4])
    numbers = rng.uniform(-2, 1, (n_rows, n_numbers)) * 10.0 ** rng.integers(1, 6, n_numbers)
    marks = str.maketrans(",.", ".,") if decimal == "," else {}
    grouped = rng.choice([",", ""])
    cells = [[f"{value:{grouped}.{places}f}".translate(marks) for value in row] for row in numbers]
    numbers = np.array([[float(f"{value:.{places}f}") for value in row] for row in numbers])
    names = [f"{rng.choice(NAMES)}{j}" for j in range(n_numbers + 1)]
    rows = [[*row, str(rng.choice(WORDS))] for row in cells]
    has_names = rng.random() < 0.5
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=delimiter,
        quoting=int(rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=str(rng.choice(["\n", "\r\n"])),
    )
    writer.writerows([names] * has_names + rows)
    encoding = str(rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return text.getvalue().encode(encoding), names if has_names else None, numbers


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_dialect_is_read_back(tmp_path, decimal, delimiter):
    for seed in range(40):
        data, names, numbers = written(np.random.default_rng(seed), decimal, delimiter)
        path = tmp_path / "x.csv"
        path.write_bytes(data)
        table = read_table(path)
        expected = names[:-1] if names else [str(j) for j in range(numbers.shape[1])]
        assert table.columns == tuple(expected), seed
        np.testing.assert_array_equal(table.values, numbers, err_msg=str(seed))
        assert ("no header" in table.assumed) == (names is None)
        assert ("decimal comma" in table.assumed) == (decimal == ",")
