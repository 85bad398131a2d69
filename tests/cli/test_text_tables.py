"""Text tables as people have them: every row is kept, and every number is the one in the file."""

import os
import subprocess
import sys

import numpy as np
import pytest

from kmeans_fast.cli.messages import UserError
from kmeans_fast.cli.tables import LeftOut, Selection, read_table
from kmeans_fast.cli.text_options import TextOptions

POSITIONS = "no header: columns named 0"


def read(tmp_path, content, *columns, name="x.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, Selection(columns, text=TextOptions(**options)))


def error_of(tmp_path, content, *columns, **options):
    with pytest.raises(UserError) as caught:
        read(tmp_path, content, *columns, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def check(table, names, values, *assumed):
    assert table.columns == tuple(names)
    np.testing.assert_array_equal(table.values, values)
    for part in assumed:
        assert part in table.assumed
    if not assumed:
        assert table.assumed == ""


@pytest.mark.parametrize("length", [70, 80, 83, 90, 97, 101])
def test_quoted_line_breaks_across_blocks(tmp_path, length):
    rows = [f'{i},"Rated:\n5, would buy again {"x" * length}",{i % 5}\n' for i in range(12_500)]
    for header in ("id,review,stars\n", ""):
        table = read(tmp_path, header + "".join(rows))
        np.testing.assert_array_equal(table.values[:, 0], np.arange(12_500))
        np.testing.assert_array_equal(table.values[:, 1], np.arange(12_500) % 5)


COMMA = "decimal comma"
NUMBERS = {
    "one row": ("1,5;2,5;3,5\n", "012", [[1.5, 2.5, 3.5]], COMMA, POSITIONS),
    "rows": ("1,5;2,5\n3,5;-4,25\n", "01", [[1.5, 2.5], [3.5, -4.25]], COMMA, POSITIONS),
    "header": ("a;b\n1,5;2,5\n3,5;4\n", "ab", [[1.5, 2.5], [3.5, 4]], "semicolon-separated", COMMA),
    "tabs": ("a\tb\n1,5\t2\n3,5\t7\n", "ab", [[1.5, 2], [3.5, 7]], "tab-separated", COMMA),
    "tabs, no header": ("1,5\t2\n3,5\t7\n", "01", [[1.5, 2], [3.5, 7]], COMMA, POSITIONS),
    "bars": ("a|b\n1,5|2\n3,5|7\n", "ab", [[1.5, 2], [3.5, 7]], "bar-separated", COMMA),
    "spaces": ("1,5 2,25\n3,5 7,5\n", "01", [[1.5, 2.25], [3.5, 7.5]], "space-separated", COMMA),
    "quoted": ('a,b\n"1,5","2,25"\n"3,5",7\n', "ab", [[1.5, 2.25], [3.5, 7]], COMMA),
    "points": (
        "a;b\n1.234,5;2\n2.345;3\n12;4\n1.234.567;5\n",
        "ab",
        [[1234.5, 2], [2345, 3], [12, 4], [1234567, 5]],
        COMMA,
        "points between thousands",
    ),
    "points in another column": (
        "a;b\n1.234;2,5\n2.345;3,5\n",
        "ab",
        [[1234, 2.5], [2345, 3.5]],
        COMMA,
        "points between thousands",
    ),
    "three decimals": ("a;b\n1,234;2,500\n3,125;0,5\n", "ab", [[1.234, 2.5], [3.125, 0.5]], COMMA),
    "only three decimals": ("a;b\n1,234;2,5\n", "ab", [[1.234, 2.5]], COMMA),
    "semicolons decide": ("a;b\n1,234;2\n5,678;3\n", "ab", [[1.234, 2], [5.678, 3]], COMMA),
    "thousands": (
        'a,b\n"1,200",3\n"2,400,000",4\n5,6\n',
        "ab",
        [[1200, 3], [2400000, 4], [5, 6]],
        "commas between thousands",
    ),
    "thousands and points": ('a,b\n"1,200.50",3\n2,4\n', "ab", [[1200.5, 3], [2, 4]], "thousands"),
    "spaces in French": ("a;b\n1\u202f234,5;2\n12 345;3\n", "ab", [[1234.5, 2], [12345, 3]], COMMA),
    "Swiss": ("a;b\n1'234.50;2\n12'345;3\n", "ab", [[1234.5, 2], [12345, 3]], '"\'" between'),
    "exponents": ("a,b\n1e3,+2\n-1.5E-3,.5\n", "ab", [[1e3, 2], [-1.5e-3, 0.5]]),
    "minus sign": ("a,b\n\u22121.5,2\n3,4\n", "ab", [[-1.5, 2], [3, 4]]),
    "points, semicolons": ("a;b\n1.234;2\n5.67;3\n", "ab", [[1.234, 2], [5.67, 3]], "semicolon"),
    "spaces around": ("a,b\n 1 , 2\n 3 , 4 \n", "ab", [[1, 2], [3, 4]]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_notations_of_numbers(tmp_path, name):
    text, *expected = NUMBERS[name]
    check(read(tmp_path, text), *expected)


def test_the_notation_is_that_of_all_rows(tmp_path):
    rows = [f"{i};{i}" for i in range(5000)] + ["1,5;2", "1.234,5;3"]
    table = read(tmp_path, "a;b\n" + "\n".join(rows))
    np.testing.assert_array_equal(table.values[-2:], [[1.5, 2], [1234.5, 3]])
    assert len(table.values) == 5002


def test_a_notation_that_is_not_clear_is_asked_for(tmp_path):
    text = "a\tb\n1,234\t2\n5,678\t3\n"
    message = error_of(tmp_path, text)
    assert "row 1 (counted from 1), column 'a': '1,234' may have decimals or thousands" in message
    assert "--decimal or --thousands says which" in message
    check(read(tmp_path, text, "b"), "b", [[2], [3]], "tab")
    check(read(tmp_path, text, decimal=","), "ab", [[1.234, 2], [5.678, 3]], COMMA)
    check(read(tmp_path, text, thousands=","), "ab", [[1234, 2], [5678, 3]], "thousands")
    check(read(tmp_path, "a\n1.234\n", decimal=","), "a", [[1234]], "points between thousands")
    for text in ("a;b\n1.234;2\n5.678;3\n", "a;b\n" + "5;2\n" * 999 + "1.234;3\n"):
        assert "column 'a': '1.234' may have decimals or thousands" in error_of(tmp_path, text)
        assert read(tmp_path, text, decimal=".").values[-1, 0] in (1.234, 5.678)
        assert read(tmp_path, text, decimal=",").values[-1, 0] in (1234, 5678)
    message = error_of(tmp_path, "a\n1,5\n2,5\n")
    assert "'1,5' may be one number or two; --decimal , or --delimiter , says it" in message
    assert "'1,05' may be" in error_of(tmp_path, "1,05\n2,50\n")
    check(read(tmp_path, "a\n1,5\n2,5\n", decimal=","), "a", [[1.5], [2.5]], COMMA)
    check(read(tmp_path, "1,5\n2,5\n", decimal=","), "0", [[1.5], [2.5]], COMMA, POSITIONS)
    table = read(tmp_path, "1,05\n2,50\n", delimiter=",")
    check(table, "01", [[1, 5], [2, 50]], POSITIONS)
    assert "both ','" in error_of(tmp_path, text, decimal=",", thousands=",")


HEADERS = {
    "years": ("1990,1991,1992\n1.2,3.4,5.6\n2.2,4.4,6.6\n", "1990 1991 1992", 2),
    "two years": ("2020,2021\n5,6\n7,8\n", "2020 2021", 2),
    "years over large numbers": ("1990,1991\n900,5000\n3000,200\n", "1990 1991", 2),
    "countries": ("country,1990,1991\nx,1.2,3.4\ny,2.2,4.4\n", "1990 1991", 2),
    "id": ("key,1990,1991\n7,1.2,3.4\n5,2.2,4.4\n", "key 1990 1991", 2),
    "one year": ("name,2020\nx,5\ny,7\n", "2020", 2),
    "spectra": ("s,400,410,420\na,0.1,0.2,0.3\nb,0.2,0.3,0.4\n", "400 410 420", 2),
    "wavelengths": ("400.5,401,401.5\n0.1,0.2,0.1\n0.2,0.1,0.1\n", "400.5 401 401.5", 2),
    "quoted": ('"7","3"\n5,6\n7,8\n', "7 3", 2),
    "positions": ("0,1,2,3\n0.1,0.2,0.1,9\n0.2,3,1,5\n", "0 1 2 3", 2),
    "decimals below": ("0,1\n-0.5,1.5\n0.25,-0.75\n", "0 1", 2),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_of_numbers(tmp_path, name):
    text, names, n_rows = HEADERS[name]
    table = read(tmp_path, text)
    assert table.columns == tuple(names.split())
    assert table.n_rows == n_rows
    assert "a header with numbers" in table.assumed
    assert read(tmp_path, text, "1", header=False).n_rows == text.count("\n")


ROWS = {
    "iris": "5.1,3.5,1.4,Iris-setosa\n4.9,3,1.4,Iris-setosa\n7,3.2,4.7,Iris-versicolor\n",
    "text first": "Iris-setosa,5.1,3.5\nIris-setosa,4.9,3\nIris-versicolor,7,3.2\n",
    "one row with text": "5.1,3.5,Iris-setosa\n",
    "trailing comma": "1,2,\n3,4,\n5,6,\n",
    "blank line first": "\n1,2\n3,4\n",
    "blank lines": "\n \n\n1,2\n  \n3,4\n   \n",
    "single column from 0": "0\n1\n2\n5\n",
    "single column of 0": "0\n0.5\n",
    "counts from 0": "0,1\n1,0\n2,5\n3,2\n",
    "binary": "0,1\n1,0\n0,0\n1,1\n",
    "rising rows": "1,2,3\n4,5,6\n7,8,9\n",
    "survey": "1,2,3,4,5\n5,4,3,2,2\n1,1,4,5,3\n2,5,1,3,4\n",
    "years in rows": "1990,1991\n1995,1999\n2001,2002\n",
    "dates": "2024-01-01,1.5,2\n2024-01-02,1.75,3\n",
    "text in quotes": '46.0,"5, ""x""",1.5\n39.9,,2.5\n64.8,x,3.5\n',
    "no last line break": "1,2\n3,4",
    "Windows": "1,2\r\n3,4\r\n",
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_values_is_never_lost(tmp_path, name):
    text = ROWS[name]
    lines = [line for line in text.splitlines() if line.strip()]
    table = read(tmp_path, text)
    assert table.n_rows == len(lines)
    assert POSITIONS in table.assumed
    first = [float(cell) for cell in lines[0].split(",") if cell[:1].isdigit() and "-" not in cell]
    np.testing.assert_array_equal(table.values[0], first)


def test_an_empty_field_in_the_first_row(tmp_path):
    text = "1.5,,3\n4,5,6\n7,8,9\n"
    assert "row 1 (counted from 1), column '1': missing value" in error_of(tmp_path, text)
    check(read(tmp_path, text, "0", "2"), "02", [[1.5, 3], [4, 6], [7, 9]], POSITIONS)


def test_a_first_row_that_may_be_both_is_asked_for(tmp_path):
    message = error_of(tmp_path, "x,5\n1,2\n3,4\n")
    assert "--header or --no-header" in message
    check(read(tmp_path, "x,5\n1,2\n3,4\n", header=True), "x5", [[1, 2], [3, 4]])
    assert "row 1 (counted from 1), column '0': 'x'" in error_of(
        tmp_path, "x,5\n1,2\n3,4\n", header=False
    )


def test_the_header_is_what_the_options_say(tmp_path):
    check(read(tmp_path, "1,2\n3,4\n", header=True), "12", [[3, 4]])
    check(read(tmp_path, "0,1\n7,8\n", header=False), "01", [[0, 1], [7, 8]])


NAMES = {
    "separators": ('"Price, EUR";"Weight, kg, net"\n1;2\n3;4\n', ("Price, EUR", "Weight, kg, net")),
    "semicolons": ('"a; b",c\n1,2\n3,4\n', ("a; b", "c")),
    "line breaks": ('"Price\nEUR",b\n1,2\n3,4\n', ("Price\nEUR", "b")),
    "quotes": ('"a ""b""",c\n1,2\n3,4\n', ('a "b"', "c")),
    "spaces": ("a, b\n1, 2\n3, 4\n", ("a", "b")),
    "commas without quotes": ("Price, EUR\tb\n1\t2\n3\t4\n", ("Price, EUR", "b")),
    "spaces before quotes": ('a, "b, c"\n1, "2"\n3, "4"\n', ("a", "b, c")),
}


@pytest.mark.parametrize("name", NAMES)
def test_names(tmp_path, name):
    text, names = NAMES[name]
    table = read(tmp_path, text)
    assert table.columns == names
    np.testing.assert_array_equal(table.values, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(read(tmp_path, text, names[1]).values, [[2], [4]])


def test_wide_tables(tmp_path):
    names = [f"ENSG{j:011d}.some_gene" for j in range(60_000)]
    row = ",".join(f"{j}.5" for j in range(60_000))
    table = read(tmp_path, ",".join(names) + "\n" + f"{row}\n" * 3)
    assert table.columns == tuple(names)
    np.testing.assert_array_equal(table.values, np.tile(np.arange(60_000) + 0.5, (3, 1)))


def test_rows_longer_than_a_block(tmp_path):
    text = 'a,t,b\n1,"' + "x" * 3_000_000 + '",2\n3,y,4\n'
    check(read(tmp_path, text), "ab", [[1, 2], [3, 4]])


def test_a_process_that_refuses_a_long_row_ends(process, tmp_path):
    (tmp_path / "x.csv").write_text("1,2\n" * 3 + ",".join(["1.25"] * 600_000), encoding="utf-8")
    fit = process("fit", tmp_path / "x.csv", "-k", 2)
    _, err = fit.communicate(timeout=60)
    assert fit.returncode == 2
    assert "row 4 (counted from 1) has 600000 fields where 2 are expected" in err


TABLE = "größe;b\n1,5;2\n3,5;4\n"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(tmp_path, encoding):
    assumed = (COMMA,) if encoding == "utf-8-sig" else (COMMA, "encoding ")
    check(read(tmp_path, TABLE.encode(encoding)), ["größe", "b"], [[1.5, 2], [3.5, 4]], *assumed)
    check(
        read(tmp_path, TABLE.encode(encoding), encoding=encoding.removesuffix("-sig")),
        ["größe", "b"],
        [[1.5, 2], [3.5, 4]],
        COMMA,
    )


def test_an_encoding_that_does_not_fit(tmp_path):
    assert "--encoding 'utf-9' is unknown" in error_of(tmp_path, TABLE, encoding="utf-9")
    assert "utf-8" in error_of(tmp_path, TABLE.encode("latin-1"), encoding="utf-8")


@pytest.mark.parametrize("name", ["x.tsv", "x.tab", "x.txt", "x.dat", "x.TXT", "x.data"])
def test_other_endings(tmp_path, name):
    check(read(tmp_path, "a\tb\n1\t2\n3\t4\n", name=name), "ab", [[1, 2], [3, 4]], "tab-separated")


def test_lines_around_the_table(tmp_path):
    x = [[1, 2], [3, 4]]
    table = "a;b\n1;2\n3;4\n"
    check(read(tmp_path, "sep=;\n" + table), "ab", x, "semicolon-separated")
    check(read(tmp_path, "\ufeffsep=;\r\n" + table), "ab", x, "semicolon-separated")
    check(read(tmp_path, "# by x\n# on; a; day\n" + table), "ab", x, "lines with # skipped")
    check(read(tmp_path, "# a b\n1 2\n3 4\n"), "ab", x, "space-separated")
    check(read(tmp_path, "% note\na;b\n1;2\n% 5;6\n3;4\n", comment="%"), "ab", x, "lines with %")
    check(read(tmp_path, "#c\na;b\n1;2\n#c\n3;4\n"), "ab", x, "lines with # skipped")
    check(read(tmp_path, "My report\n\n" + table), "ab", x, "1 line before the table skipped")
    text = "Device: X\nDate: 2024\na,b\n1,2\n3,4\n"
    check(read(tmp_path, text), "ab", x, "2 lines before the table skipped")
    check(read(tmp_path, "My;report\n" + table, skip_rows=1), "ab", x, "semicolon-separated")
    check(read(tmp_path, table + "sum;6\n", skip_footer=1), "ab", x, "semicolon-separated")
    assert "no lines after --skip-rows 9" in error_of(tmp_path, table, skip_rows=9)


def test_a_line_above_the_names_with_a_field_less_is_no_header(tmp_path):
    text = "Account\nIBAN;DE12\n\nday;sum;left\n1 May;-1.234,56;2,5\n2 May;12,00;3,5\n"
    said = "2 lines before the table skipped"
    check(read(tmp_path, text), ("sum", "left"), [[-1234.56, 2.5], [12, 3.5]], said)


def test_a_comment_mark_in_quotes_is_text(tmp_path):
    text = '#c\nt,a\n"x\n#y",1\n#z,2\nw,3\n'
    check(read(tmp_path, text), "a", [[1], [3]], "lines with # skipped")


def test_names_beside_row_names(tmp_path):
    check(read(tmp_path, "a b\nr1 1 2\nr2 3 4\n", name="x.txt"), "ab", [[1, 2], [3, 4]], "space")
    check(read(tmp_path, "a,b\n1,2,\n3,4,\n"), "ab", [[1, 2], [3, 4]])


def test_folders_of_parts(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "_SUCCESS").write_bytes(b"")
    (folder / "0.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (folder / "1.csv").write_text("a,b\n3,4\n", encoding="utf-8")
    (folder / "2.csv").write_text("5,6\n", encoding="utf-8")
    for path in (folder, folder / "*.csv"):
        check(read_table(path), "ab", [[1, 2], [3, 4], [5, 6]])
    (folder / "3.csv").write_text("c,b\n3,4\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"3\.csv: has other column names than the first file"):
        read_table(folder)
    (folder / "3.csv").write_text("a;b;c\n3;4;5\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"3\.csv: has 3 columns separated by semicolon"):
        read_table(folder)


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("data", ["-", "/dev/stdin"])
def test_standard_input(tmp_path, data):
    run = subprocess.run(
        [sys.executable, "-P", "-m", "kmeans_fast.cli", "fit", data, "-k", "2"],
        input="a;b\n1,5;2\n3,5;4\n",
        capture_output=True,
        check=False,
        text=True,
        timeout=100,
    )
    assert run.returncode == 0
    assert "2 rows, 2 columns: a, b" in run.stdout
    assert run.stderr == f"kmeans-fast: {data}: semicolon-separated, decimal comma\n"


@pytest.mark.parametrize("word", ["?", "-", "None", "#DIV/0!", " NA", "n/a", "null", ".", ""])
def test_missing_values_are_located(tmp_path, word):
    rows = [f"{i},{i * 2}" for i in range(20)] + [f"{word},5"]
    text = "a,b\n" + "\n".join(rows) + "\n"
    assert "row 21 (counted from 1), column 'a': missing value" in error_of(tmp_path, text)
    assert read(tmp_path, text, "b").n_rows == 21


@pytest.mark.parametrize(
    "word", ["0x10", "Total", "<5", "12 kg", "1.2.3", "1_000", "12%", "$5", "(5)", "1,2,3"]
)
@pytest.mark.parametrize("at", [0, 4, 300])
def test_a_column_with_an_odd_value_is_not_dropped(tmp_path, word, at):
    rows = [f"{i},{i}" for i in range(at)] + [f'"{word}",7'] + [f"{i},1.5" for i in range(3)]
    text = "a,b\n" + "\n".join(rows) + "\n"
    message = error_of(tmp_path, text)
    assert f"row {at + 1} (counted from 1), column 'a': {word!r} is not a plain number" in message
    assert "--na-values" in message
    assert read(tmp_path, text, "b").n_rows == at + 4
    assert "missing value" in error_of(tmp_path, text, na_values=[word])


def test_columns_of_text_are_left_out(tmp_path):
    table = read(tmp_path, "t,hex,a,e\nx,0x10,1,\ny,0x20,2,\n3,0x30,3,\n")
    check(table, "a", [[1], [2], [3]])
    assert table.left_out == (LeftOut("t", "text"), LeftOut("hex", "text"), LeftOut("e", "empty"))


def test_a_total_is_asked_for(tmp_path):
    text = "name,a\nx,50\ny,47\nTotal,97\n"
    message = error_of(tmp_path, text)
    assert "row 3 (counted from 1), column 'name': 'Total' may be a total" in message
    check(read(tmp_path, text, skip_footer=1), "a", [[50], [47]])
    check(read(tmp_path, text, skip_footer=0), "a", [[50], [47], [97]])


def test_row_numbers_and_our_own_files(tmp_path):
    table = read(tmp_path, "Unnamed: 0,index,cluster,a\n0,1,0,5\n1,2,1,7\n2,3,0,9\n")
    check(table, "a", [[5], [7], [9]])
    assert [item.reason for item in table.left_out] == [
        "row numbers, by its name",
        "row numbers: it counts",
        "cluster numbers, by its name",
    ]
    chosen = read(tmp_path, "Unnamed: 0,index,cluster,a\n0,1,0,5\n", "cluster", "Unnamed: 0")
    check(chosen, ("Unnamed: 0", "cluster"), [[0, 0]])
    check(read(tmp_path, "index,a\n3,5\n9,7\n"), ("index", "a"), [[3, 5], [9, 7]])


def test_rows_of_another_width_are_refused(tmp_path):
    message = error_of(tmp_path, "a,b\n1,2\n3,4\n5\n")
    assert "row 3 (counted from 1) has 1 fields where 2 are expected: '5'" in message
    assert "--skip-footer" in message
    text = "a,b,c\n1,2\n3,4\n"
    assert "line 1 has 3 fields, the rows below it 2: 'a,b,c'; --skip-rows 1" in error_of(
        tmp_path, text
    )
    text = "name,v\na,1\nb,2,x\nc,3,y\nd,4,z\n"
    assert "line 2 has 2 fields, the rows below it 3: 'a,1'; --skip-rows 2" in error_of(
        tmp_path, text
    )
    assert "line 1 has 2 fields, the rows below it 3: 'x -1'" in error_of(
        tmp_path, "x -1 \ny 2 z\nv 3 w\n"
    )
    text = "a,b,c\n1,2\n3,4\n"
    check(read(tmp_path, text, skip_rows=1), "01", [[1, 2], [3, 4]], POSITIONS)
