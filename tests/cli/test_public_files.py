"""Files as public sources write them, each with what a careful reader expects of it.

A file is read right, or refused with the row, the column, the value and the option that helps.
"""

import numpy as np
import pytest

from kmeans_fast.cli.messages import UserError
from kmeans_fast.cli.tables import LeftOut, Selection, read_table
from kmeans_fast.cli.text_options import TextOptions


@pytest.fixture
def read(tmp_path):
    def read(content, *columns, **options):
        path = tmp_path / "x.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path, Selection(columns, text=TextOptions(**options)))

    return read


@pytest.fixture
def refusal(read):
    def refusal(content, *columns, **options):
        with pytest.raises(UserError) as caught:
            read(content, *columns, **options)
        return str(caught.value)

    return refusal


def check(table, names, values, assumed, **left_out):
    assert table.columns == tuple(names)
    np.testing.assert_array_equal(table.values, values)
    assert table.assumed == assumed
    assert table.left_out == tuple(LeftOut(name, why) for name, why in left_out.items())


WEATHER = """\
Station name: Hohenpeissenberg
Latitude: 47.8009
Elevation (m): 977
Source: weather service, hourly means

Date,Time,Temp,RH,Wind,Rain
yyyy-mm-dd,hh:mm,degC,%,m/s,mm
2024-01-01,00:00,1.2,87,3.4,0.0
2024-01-01,01:00,1.1,88,-999,0.2
2024-01-01,02:00,-0.4,91,2.8,0.0
"""


def test_weather_station(read, refusal):
    """The lines above the names and the row of units are no rows. -999 is a number, which is
    said, until --na-values says that it is missing; slashes are missing values."""
    x = [[1.2, 87, 3.4, 0], [1.1, 88, -999, 0.2], [-0.4, 91, 2.8, 0]]
    said = "comma-separated, 4 lines before the table skipped, a row of units skipped"
    code = ", -999 in column 'Wind' is a number (--na-values -999 if it is missing)"
    check(read(WEATHER), ("Temp", "RH", "Wind", "Rain"), x, said + code, Date="text", Time="text")
    missing = "row 2 (counted from 1), column 'Wind': missing value"
    for same in ("-999", "-999.0", "-999.00"):
        assert missing in refusal(WEATHER.replace("-999", same), na_values=["-999"])
    for far in ("-1000", "-998", "-500,0\n2024-01-01,01:30,1.1,88,-999"):
        assert "is a number" not in read(WEATHER.replace("-999", far)).assumed
    for mark in ("///", "//"):
        assert missing in refusal(WEATHER.replace("-999", mark))


SURVEY = (
    "Respondent\tAge\tWhat did you like?\tQ1\tQ2\t\t\r\n"
    '1001\t34\t"The staff\nand the ""tour"""\t5\t4\t\t\r\n'
    "1007\t51\t\t3\t4\t\t\r\n"
    '1003\t28\t"Price:\n5, or less"\t1\t2\t\t\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_survey_of_excel(read, encoding):
    """A line break in quotes is no row; columns without name and values are left out as empty."""
    table = read(SURVEY.encode(encoding))
    assert table.columns == ("Respondent", "Age", "Q1", "Q2")
    np.testing.assert_array_equal(
        table.values, [[1001, 34, 5, 4], [1007, 51, 3, 4], [1003, 28, 1, 2]]
    )
    assert table.assumed == "tab-separated, encoding utf-16-le"
    assert [(item.name, item.reason) for item in table.left_out] == [
        ("What did you like?", "text"),
        ("", "empty"),
        ("", "empty"),
    ]


LABORATORY = """\
sep=;
Gerät;Photometer 7
Datum;12.03.2024

Probe;Messwert [µg/l];Extinktion;Fläche
A1;1,25;0,034;12.345,6
A2;2,5;0,061;9.876,5
A3;<0,1;0,002;345,6
"""
SUMMARY = """
Mittelwert;1,875;0,032;7.522,57
Standardabweichung;0,884;0,03;6.337,24
"""


def test_laboratory(read, refusal):
    """A value below the limit of detection and a summary are asked for, and then settled."""
    content = (LABORATORY + SUMMARY).encode("latin-1")
    names = ("Messwert [µg/l]", "Extinktion", "Fläche")
    odd = "row 3 (counted from 1), column 'Messwert [µg/l]': '<0,1' is not a plain number"
    message = refusal(content)
    assert "row 4 (counted from 1), column 'Probe': 'Mittelwert' may be a total" in message
    assert "--skip-footer 2" in message
    assert odd in refusal(content, skip_footer=2)
    said = (
        "semicolon-separated, encoding cp1252, decimal comma, points between thousands, "
        "2 lines before the table skipped"
    )
    table = read(content, *names[1:], skip_footer=2)
    x = [[0.034, 12345.6], [0.061, 9876.5], [0.002, 345.6]]
    check(table, names[1:], x, said, Probe="text", **{names[0]: "not chosen"})
    whole = (LABORATORY.replace("<", "") + "\n\n").encode("latin-1")
    x = np.column_stack([[1.25, 2.5, 0.1], x])
    check(read(whole), names, x, said, Probe="text")


ORDERS = """\
Order ID,Date,Customer,Amount,Discount,Items,Shipping
#1001,2024-03-01 10:22,"Lee, Ann","$1,234.50",12 %,3,€5.00
#1002,2024-03-02 08:01,Bo,$89.00,0 %,1,€5.00
#1003,2024-03-02 09:45,Cy,"$12,000.00",7.5 %,20,€0.00
"""


def test_orders(read, refusal):
    """The same currency or percent sign in all fields is a unit; else the field is asked for."""
    said = (
        "comma-separated, $ before numbers, % after numbers, commas between thousands, "
        "€ before numbers"
    )
    names = ("Amount", "Discount", "Items", "Shipping")
    x = [[1234.5, 12, 3, 5], [89, 0, 1, 5], [12000, 7.5, 20, 0]]
    check(read(ORDERS), names, x, said, **{"Order ID": "text", "Date": "text", "Customer": "text"})
    x = [[-0.5, -12.25], [7, 13]]
    text = "-0.5 %\t-12.25 %\n7 %\t13 %\n"
    said = "tab-separated, % after numbers, no header: columns named 0, 1"
    check(read(text), "01", x, said)
    for value in ("€89.00", "89.00", "-$89.00", "($89.00)", "$89.00 %"):
        message = refusal(ORDERS.replace("$89.00", value))
        assert "column 'Amount': " in message
        assert "is not a plain number" in message


UCI = """\
39, State-gov, 77516, Bachelors, 13, 2174, 40, <=50K
50, Self-emp, 83311, Bachelors, 13, 0, 13, <=50K
38, ?, 215646, HS-grad, 9, 0, 40, <=50K
53, Private, 234721, 11th, 7, ?, 40, >50K
"""


def test_classes_without_names(read, refusal):
    """The first row is a row; a question mark is a missing value where the others are numbers."""
    assert "row 4 (counted from 1), column '5': missing value" in refusal(UCI)
    x = [[39, 13], [50, 13], [38, 9], [53, 7]]
    table = read(UCI + "\n", "0", "4")
    assert table.columns == ("0", "4")
    np.testing.assert_array_equal(table.values, x)
    assert table.assumed == "comma-separated, no header: columns named 0 to 7"


POINTS = """\
# catalogue of events
# datum: WGS84
#   lon        lat   depth  mag
 -122.500    37.750    8.2  1.10
   -9.125   -37.001   18.0  2.35
# second survey
 -122.504    37.751    7.9  0.98
"""


def test_points(read, refusal):
    """Comments are skipped wherever they are; the last one above the rows has the names."""
    x = [[-122.5, 37.75, 8.2, 1.1], [-9.125, -37.001, 18, 2.35], [-122.504, 37.751, 7.9, 0.98]]
    check(read(POINTS), ("lon", "lat", "depth", "mag"), x, "space-separated, lines with # skipped")
    rows = POINTS.split("mag\n")[1].replace("#", ">")
    message = refusal(rows)
    assert "row 3 (counted from 1) has 3 fields where 4 are expected: '> second survey'" in message
    assert "--comment" in message
    said = "space-separated, no header: columns named 0 to 3, lines with > skipped"
    check(read(rows, comment=">"), "0123", x, said)


R_CARS = '"","mpg","cyl","wt"\n"Mazda RX4",21,6,2.62\n"Datsun 710",22.8,4,2.32\n"Duster",NA,8,3\n'


def test_data_frames_of_r(read, refusal):
    """Quoted row names are no feature, with a name or without one."""
    assert "row 3 (counted from 1), column 'mpg': missing value" in refusal(R_CARS)
    names, x = ("mpg", "cyl", "wt"), [[21, 6, 2.62], [22.8, 4, 2.32], [14.3, 8, 3]]
    text = R_CARS.replace("NA", "14.3")
    row_names = {"": "text"}
    check(read(text), names, x, "", **row_names)
    csv2 = text.replace(",", ";").replace(".", ",")
    check(read(csv2), names, x, "semicolon-separated, decimal comma", **row_names)
    table = text.replace('"",', "").replace(",", " ")
    check(read(table), names, x, "space-separated", **row_names)
    for row, name in enumerate(("Mazda RX4", "Datsun 710", "Duster"), 1):
        text = text.replace(f'"{name}"', f'"{row}"')
        table = table.replace(f'"{name}"', f'"{row}"')
    numbers = {"": "row numbers, by its name"}
    check(read(text), names, x, "", **numbers)
    check(read(table), names, x, "space-separated", **numbers)


CENSUS = """\
Bevölkerung nach Gemeinden, Stichtag 31.12.

Schlüssel;Gemeinde;Insgesamt;Anteil;Fläche km²
01001000;Flensburg;89\u00a0504;12,5;56,73
01002000;Kiel;246\u00a0243;51,8 1);118,65
01003000;Lübeck;1\u00a0215\u00a0846;48,1;214,19
__________
1) vorläufig
© Amt für Statistik, 2024
"""


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", " "])
def test_statistical_office(read, refusal, space):
    """Footnotes below the table and in a field are asked for; spaces separate thousands."""
    text = CENSUS.replace("\u00a0", space)
    content = text.encode("cp1252" if space == "\u00a0" else "utf-8")
    message = refusal(content)
    assert "row 4 (counted from 1) has 1 fields where 5 are expected: '__________'" in message
    assert "--skip-footer" in message
    message = refusal(content, skip_footer=3)
    assert "row 2 (counted from 1), column 'Anteil': '51,8 1)' is not a plain number" in message
    table = read(
        content.replace(b" 1)", b"") if space != "\u00a0" else content,
        "Insgesamt",
        "Fläche km²",
        skip_footer=3,
    )
    assert table.columns == ("Insgesamt", "Fläche km²")
    np.testing.assert_array_equal(
        table.values, [[89504, 56.73], [246243, 118.65], [1215846, 214.19]]
    )
    assert (
        "decimal comma, spaces between thousands, 1 line before the table skipped" in table.assumed
    )


EUROSTAT = (
    "freq,unit,geo\\TIME_PERIOD\t2019 \t2020 \t2021 \n"
    "A,PC,AT\t4.5 \t5.4 b\t6.2 \nA,PC,BE\t5.4 \t: \t6.3 p\nA,PC,BG\t4.2 \t5.1 \t5.3 \n"
)


def test_flags_beside_numbers(read, refusal):
    """A flag beside a number is asked for; a colon is a missing value."""
    odd = "row 1 (counted from 1), column '2020': '5.4 b' is not a plain number"
    assert odd in refusal(EUROSTAT)
    assert "row 2 (counted from 1), column '2020': missing value" in refusal(
        EUROSTAT.replace(" b", "").replace(" p", "")
    )
    table = read(EUROSTAT, "2019")
    assert table.columns == ("2019",)
    np.testing.assert_array_equal(table.values, [[4.5], [5.4], [4.2]])


EXPRESSION = (
    "#1.2\n3\t3\nName\tDescription\tS1\tS2\tS3\n"
    "1007_s_at\tDDR1, kinase\t7.25\t1e-05\t6.5\n1053_at\tna\t5.5\t6.125\t5.0\n"
    "117_at\tHSPA6\t0\t4.75\t5E+2\n"
)


def test_gene_table(read):
    """The line of two sizes above the names is no row."""
    x = [[7.25, 1e-5, 6.5], [5.5, 6.125, 5], [0, 4.75, 500]]
    names, text = ("S1", "S2", "S3"), {"Name": "text", "Description": "text"}
    said = "tab-separated, 1 line before the table skipped, lines with # skipped"
    check(read(EXPRESSION), names, x, said, **text)
    check(read(EXPRESSION, skip_rows=2), names, x, "tab-separated", **text)


SENSORS = """\
timestamp;sensor;temp [°C];hum [%];status
2024-05-01T00:00:00.000Z;s-01;21.5;40;OK
2024-05-01T00:00:10.000Z;s-01;21.6;41;OK
2024-05-01T00:00:20.000Z;s-01;ERR;41;FAULT
2024-05-01T00:00:30.000Z;s-01;21.7;42;OK
2024-05-01T00:00:40.000Z;s-0"""


def test_sensor_log_that_was_cut(read, refusal):
    """The last line was cut when the battery failed; an error is no number."""
    message = refusal(SENSORS)
    assert "row 5 (counted from 1) has 2 fields where 5 are expected" in message
    message = refusal(SENSORS, skip_footer=1)
    assert "row 3 (counted from 1), column 'temp [°C]': 'ERR' is not a plain number" in message
    assert "column 'temp [°C]': missing value" in refusal(SENSORS, skip_footer=1, na_values=["ERR"])
    table = read(SENSORS, "hum [%]", skip_footer=1)
    np.testing.assert_array_equal(table.values, [[40], [41], [41], [42]])


RFM = """\
CustomerID,Recency,Frequency,Monetary
12346.0,326,1,77183.60
12347.0,3,182,"4,310.00"
12747.0,2,103,"4,196.01"
,19,4,33.719999999999995
"""


def test_customers(read, refusal):
    """A customer without an id is a row; thousands in quotes are numbers."""
    assert "row 4 (counted from 1), column 'CustomerID': missing value" in refusal(RFM)
    x = [[326, 1, 77183.6], [3, 182, 4310], [2, 103, 4196.01], [19, 4, 33.719999999999995]]
    table = read(RFM, "Recency", "Frequency", "Monetary")
    np.testing.assert_array_equal(table.values, x)
    assert table.assumed == "comma-separated, commas between thousands"


def test_long_text_above_a_short_table(read):
    """Lines of text are more than the rows of the table, but have no numbers in columns."""
    for above in (
        [f"Property {i}: some words{' and more' * (i % 3)}" for i in range(30)],
        [f"Parameter {i}\t{'x' * i}" for i in range(30)],
        [f"Height {i}: {i} m" for i in range(30)],
        ["A report.", "", "It has a title, and an explanation, with commas.", "Page 1 of 2"],
    ):
        for delimiter in ",;\t|":
            rows = [delimiter.join(row) for row in ("abc", "123", "456", "785")]
            table = read("\n".join([*above, "", *rows]) + "\n")
            assert table.columns == ("a", "b", "c")
            np.testing.assert_array_equal(table.values, [[1, 2, 3], [4, 5, 6], [7, 8, 5]])
            n = sum(1 for line in above if line)
            assert f"{n} lines before the table skipped" in table.assumed


NO_UNITS = {
    "words": "x,Temp\nfirst,degC\na,5\nb,6\nc,7\n",
    "letters": "x,Temp\n-,F\na,5\nb,6\nc,7\n",
    "no unit": "x,Temp\n-,ERR\na,5\nb,6\nc,7\n",
    "words and numbers": "x,Temp\nkg,1.5\nm,5\nb,6\nc,7\n",
    "units as text": "from,to,factor\nkg,lb,\nft,m,0.3\nin,cm,2.54\n",
}


@pytest.mark.parametrize("name", NO_UNITS)
def test_a_row_of_values_is_no_row_of_units(read, refusal, name):
    text = NO_UNITS[name]
    last = text.split("\n")[0].split(",")[-1]
    if "1.5" in text:
        assert read(text).values[0] == 1.5
        return
    message = refusal(text)
    assert f"row 1 (counted from 1), column {last!r}: " in message
    if "missing" not in message:
        assert "--skip-rows with --no-header leaves out two rows of names" in message
        assert read(text, "1", skip_rows=2, header=False).values[0] == 5


@pytest.mark.parametrize(
    "unit", ["[°C]", "(m/s)", "kWh", "mg/l", "µmol m-2 s-1", "°", "%", "W/m^2", "kg m^-3"]
)
def test_units_below_the_names(read, unit):
    table = read(f"day,x,y\nYYYY-MM-DD,{unit},\n2024-01-01,1.5,2\n2024-01-02,2.5,3\n")
    np.testing.assert_array_equal(table.values, [[1.5, 2], [2.5, 3]])
    assert table.assumed == "comma-separated, a row of units skipped"


DUMP = """\
'name','size','price'
'a','1.5','1,200'
'b','2','3'
'c','7','4,000,000'
"""


def test_single_quotes(read, refusal):
    """Quotes around all names or all numbers of a column are no part of them."""
    text = DUMP.replace(",", ";").replace("1;200", "1,200").replace("4;000;000", "4,000,000")
    said = "semicolon-separated, commas between thousands, single quotes around numbers"
    x = [[1.5, 1200], [2, 3], [7, 4e6]]
    check(read(text), ("size", "price"), x, said, name="text")
    one = text.replace("'2'", "2")
    assert "row 1 (counted from 1), column 'size': \"'1.5'\" is not a plain" in refusal(one)
    assert "line 3 has 3 fields, the rows below it 5: \"'b','2','3'\"" in refusal(DUMP)
