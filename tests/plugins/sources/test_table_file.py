"""Tables from files: types found out, cells that cannot be read named by column and line."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genaug.data import Dataset
from genaug.data.columns import decode_column
from genaug.errors import DataError
from genaug_plugins.sources.table_file import TableFileSource

PEOPLE = """age,weight,zip,colour,smokes,id,sick
30,70.5,01234,red,true,a1,no
41,,04321,blue,false,a2,yes
9,31.25,01234,red,FALSE,a3,no
55,80,01234,?,true,a4,
60,1e2,04321,"dark, red",true,a5,yes
"""


def load(tmp_path: Path, text: str = PEOPLE, name: str = "people.csv", **settings: Any) -> Dataset:
    (tmp_path / name).write_text(text, encoding="utf-8")
    given = {"path": tmp_path / name, "label": "sick", "ignore": ("id",)} | settings
    return TableFileSource(**given).load()


def refused(tmp_path: Path, text: str = PEOPLE, name: str = "people.csv", **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        load(tmp_path, text, name, **settings)
    return str(caught.value)


def test_types_classes_and_missing_values_are_found_out(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    found = {column.name: (column.type, column.missing) for column in dataset.spec.columns}
    assert found == {
        "age": ("integer", False),
        "weight": ("numeric", True),
        "zip": ("categorical", False),
        "colour": ("categorical", True),
        "smokes": ("boolean", False),
    }
    assert dataset.spec.class_names == ("no", "yes")
    assert dataset.samples.labels.tolist() == [0, 1, 0, -1, 1]
    dataset.spec.check_values(dataset.samples.values)
    back = [decode_column(*pair) for pair in zip(dataset.spec.columns, dataset.samples.values.T, strict=True)]
    assert back == [
        [30, 41, 9, 55, 60],
        [70.5, None, 31.25, 80.0, 100.0],
        ["01234", "04321", "01234", "01234", "04321"],
        ["red", "blue", "red", None, "dark, red"],
        [True, False, False, True, True],
    ]


@pytest.mark.parametrize("name", ["people.tsv", "people.parquet", "people.jsonl"])
def test_other_kinds_of_file_give_the_same_table(tmp_path: Path, name: str) -> None:
    expected = load(tmp_path)
    rows = {
        "age": [30, 41, 9, 55, 60],
        "weight": [70.5, None, 31.25, 80.0, 1e2],
        "zip": ["01234", "04321", "01234", "01234", "04321"],
        "colour": ["red", "blue", "red", None, "dark, red"],
        "smokes": [True, False, False, True, True],
        "sick": ["no", "yes", "no", None, "yes"],
    }
    path = tmp_path / name
    if name.endswith("parquet"):
        pq.write_table(pa.table(rows), path)
    elif name.endswith("jsonl"):
        lines = (pa.table(rows).slice(row, 1).to_pylist()[0] for row in range(5))
        path.write_text("\n".join(map(_json, lines)) + "\n")
    else:
        path.write_text(PEOPLE.replace('"dark, red"', "dark; red").replace(",", "\t").replace(";", ","))
    found = TableFileSource(path=path, label="sick", ignore=("id",) if name.endswith("tsv") else ()).load()
    texts = {"form": None, "gap": ""}  # how numbers are written depends on the kind of file
    for ours, theirs in zip(found.spec.columns, expected.spec.columns, strict=True):
        assert ours.model_copy(update=texts) == theirs.model_copy(update=texts)
    assert found.samples.ids.tolist() == expected.samples.ids.tolist()
    assert found.samples.labels.tolist() == expected.samples.labels.tolist()


def _json(row: dict[str, Any]) -> str:
    import json

    return json.dumps({name: value for name, value in row.items() if value is not None})


def test_types_can_be_asked_for(tmp_path: Path) -> None:
    dataset = load(tmp_path, types={"age": "categorical", "zip": "integer"})
    age, _, zip_code, *_ = dataset.spec.columns
    assert age.categories == ("9", "30", "41", "55", "60")  # by value, not as texts
    assert zip_code.type == "integer"
    assert dataset.samples.values[:, 2].tolist() == [1234, 4321, 1234, 1234, 4321]


@pytest.mark.parametrize(
    ("old", "new", "settings", "message"),
    [
        (
            "41,",
            "forty,",
            {"types": {"age": "integer"}},
            "'age', line 3 of people.csv: 'forty' is not",
        ),
        ("41,", "41.5,", {"types": {"age": "integer"}}, "'41.5' is not a whole number"),
        ("41,", "9007199254740993,", {}, "column 'age', line 3.*beyond 2\\^53"),
        ("41,", "inf,", {"types": {"age": "numeric"}}, "not a finite number"),
        ("true,a1", "maybe,a1", {"types": {"smokes": "boolean"}}, "'smokes', line 2.*neither true nor false"),
        ("41,", "forty,", {"most_categories": 2}, "'age' has 5 different texts.*'forty' in line 3"),
        ("age,", "weight,", {}, "several columns called 'weight'"),
        ("41,,", "41,", {}, "cannot be read as CSV: .*Expected 7 columns, got 6"),
        ("", "", {"label": "ill"}, "no column 'ill'; its columns are age, weight"),
        ("", "", {"types": {"size": "numeric"}}, "no column 'size'"),
        ("", "", {"groups": "sick"}, "'sick' of `groups` is empty in line 5"),
        ("", "", {"targets": ("weight",)}, "target 'weight' is missing in line 3"),
        ("", "", {"missing": ("", "?", "red", "blue", "dark, red")}, "'colour' has no value at all"),
        ("", "", {"ignore": ("id", "age", "weight", "zip", "colour", "smokes")}, "no column beside"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, old: str, new: str, settings: dict[str, Any], message: str
) -> None:
    import re

    assert re.search(message, refused(tmp_path, PEOPLE.replace(old, new, 1) if old else PEOPLE, **settings))


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_lines_are_counted_where_cells_hold_line_breaks(tmp_path: Path, delimiter: str) -> None:
    text = 'age,note,sick\n1,"two\nlines",no\n\nold,"x",yes\n'.replace(",", delimiter)
    message = refused(tmp_path, text, ignore=("note",), types={"age": "integer"}, delimiter=delimiter)
    assert "column 'age', line 5 of people.csv: 'old'" in message


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    assert "has no rows" in refused(tmp_path, "age,sick\n", ignore=())
    assert "line 2 of" in refused(tmp_path, '{"sick": "a"}\n{oops\n', name="a.jsonl")
    assert "not one of .csv" in refused(tmp_path, name="people.doc")
    assert "Save an .xls file as .xlsx" in refused(tmp_path, name="people.xls")
    assert "cannot be read as parquet" in refused(tmp_path, name="people.parquet")
    (tmp_path / "latin.csv").write_bytes("age,sick\n1,Grüße\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.csv is not UTF-8 text.*`encoding: latin-1`"):
        TableFileSource(path=tmp_path / "latin.csv", label="sick").load()
    with pytest.raises(DataError, match="there is no file"):
        TableFileSource(path=tmp_path / "none.csv", label="sick").load()


def test_columns_without_a_name_are_called_as_pandas_does(tmp_path: Path) -> None:
    lines = "".join(f"{n},{n % 7},{'ab'[n % 2]},\n" for n in range(30))
    dataset = load(tmp_path, f",age,sick,\n{lines}", ignore=("Unnamed: 3",))
    assert [column.name for column in dataset.spec.columns] == ["Unnamed: 0", "age"]
    assert "columns without a name are called 'Unnamed: 0', 'Unnamed: 3'" in dataset.problems
    assert any("'Unnamed: 0' has another value in each row" in one for one in dataset.problems)


def test_targets_without_a_label_are_one_class(tmp_path: Path) -> None:
    dataset = load(tmp_path, label=None, targets=("age",), ignore=("id", "sick"))
    assert dataset.spec.class_names == ("all",)
    assert dataset.samples.targets is not None
    assert dataset.samples.targets.tolist() == [[30], [41], [9], [55], [60]]
    assert "age" not in [column.name for column in dataset.spec.columns]


def test_the_state_follows_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(PEOPLE)
    source = TableFileSource(path=tmp_path / "a.csv", label="sick")
    before = source.state()
    (tmp_path / "a.csv").write_text(PEOPLE.replace("30", "31"))
    assert source.state() != before


def test_missing_values_are_nan_whatever_the_column(tmp_path: Path) -> None:
    values = load(tmp_path).samples.values
    assert np.argwhere(np.isnan(values)).tolist() == [[1, 1], [3, 3]]


def test_separator_and_decimal_comma_are_found_out_and_said(tmp_path: Path) -> None:
    text = "größe;preis;klasse\n1,5;1.234,5;a\n2,25;10;b\n3;7,0;a\n"
    dataset = load(tmp_path, text, label="klasse", ignore=())
    assert dataset.samples.values.tolist() == [[1.5, 1234.5], [2.25, 10], [3, 7]]
    said = " ".join(dataset.problems)
    assert "separated by ';'" in said
    assert "decimal comma, as in the column 'größe'" in said
    same = load(tmp_path, text, label="klasse", ignore=(), delimiter=";", decimal=",")
    assert same.samples.ids.tolist() == dataset.samples.ids.tolist()
    assert not any("decimal" in problem for problem in same.problems)


@pytest.mark.parametrize(
    ("encoding", "settings"),
    [
        ("utf-8-sig", {}),
        ("latin-1", {"encoding": "latin-1"}),
        ("cp1252", {"encoding": "cp1252"}),
        ("utf-16", {}),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, settings: dict[str, Any]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("größe,klasse\n1,Grüße\n2,b\n".encode(encoding))
    dataset = TableFileSource(path=path, label="klasse", **settings).load()
    assert dataset.spec.class_names == ("Grüße", "b")
    assert dataset.spec.columns[0].name == "größe"


def test_an_unknown_encoding_is_named(tmp_path: Path) -> None:
    assert "no encoding 'latin-none'" in refused(tmp_path, encoding="latin-none")


def test_dates_are_days_and_dates_again(tmp_path: Path) -> None:
    text = (
        "day,at,euro,sick\n2020-01-31,2020-01-01 12:00:00,5/4/2021,no\n"
        "2020-02-01,2020-01-02 00:00:30,1/2/2021,yes\n,2020-01-01 18:00:00,1/2/2021,no\n"
    )
    dataset = load(tmp_path, text, ignore=())
    day, at, euro = dataset.spec.columns
    assert (day.type, day.missing, at.type) == ("integer", True, "numeric")
    np.testing.assert_allclose(
        dataset.samples.values, [[0, 0, 63], [1, 0.5 + 30 / 86400, 0], [np.nan, 0.25, 0]]
    )
    values = dataset.samples.values.T
    assert decode_column(day, values[0]) == ["2020-01-31", "2020-02-01", None]
    assert decode_column(at, values[1])[1] == "2020-01-02 00:00:30"
    assert decode_column(euro, values[2])[0] == "5/4/2021"
    assert any("'euro' are read as day/month" in problem for problem in dataset.problems)
    american = load(tmp_path, text, ignore=(), dates={"euro": "%m/%d/%Y"})
    assert american.samples.values[:, 2].tolist() == [122, 0, 0]


def test_dates_of_parquet_files_keep_their_type(tmp_path: Path) -> None:
    from datetime import UTC, date, datetime

    rows = {
        "day": [date(2020, 1, 31), None, date(2020, 2, 2)],
        "at": [datetime(2020, 1, 1, 12, tzinfo=UTC)] * 2 + [datetime(2020, 1, 2, tzinfo=UTC)],
        "sick": ["no", "yes", "no"],
    }
    pq.write_table(pa.table(rows), tmp_path / "a.parquet")
    dataset = TableFileSource(path=tmp_path / "a.parquet", label="sick").load()
    assert [column.dates is not None for column in dataset.spec.columns] == [True, True]
    np.testing.assert_allclose(dataset.samples.values, [[0, 0], [np.nan, 0], [2, 0.5]])


def test_excel_gives_the_same_table(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in (
        ["age", "weight", "zip", "smokes", "sick"],
        [30, 70.5, "01234", True, "no"],
        [41, None, "04321", False, "yes"],
        [None] * 5,
        [9, 31, "01234", False, "no"],
    ):
        sheet.append(row)
    book.create_sheet("notes")
    book.save(tmp_path / "a.xlsx")
    dataset = TableFileSource(path=tmp_path / "a.xlsx", label="sick").load()
    assert [column.type for column in dataset.spec.columns] == [
        "integer",
        "numeric",
        "categorical",
        "boolean",
    ]
    assert dataset.samples.values[:, 0].tolist() == [30, 41, 9]
    assert any("2 sheets (Sheet, notes): the first is read" in problem for problem in dataset.problems)
    with pytest.raises(DataError, match="no sheet 'other'; its sheets are Sheet, notes"):
        TableFileSource(path=tmp_path / "a.xlsx", label="sick", sheet="other").load()


def test_excel_without_openpyxl_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from genaug.errors import MissingRequirement

    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "a.xlsx").touch()
    with pytest.raises(MissingRequirement, match=r"pip install 'genaug\[tables\]'"):
        TableFileSource(path=tmp_path / "a.xlsx", label="sick").load()


def rows(count: int = 40) -> str:
    lines = ["id,code,constant,leak,noise,price,sick"]
    for n in range(count):
        sick = n % 4 == 0
        lines.append(
            f"{n + 7},c{n:03d},1,{1.5 if sick else 0.5 + n / 100},{n * 37 % 11},{n * 1.7 + 0.3},{sick}"
        )
    return "\n".join(lines)


def test_ids_constants_and_leaks_are_named_and_kept(tmp_path: Path) -> None:
    dataset = load(tmp_path, rows(), ignore=("price",))
    said = "\n".join(dataset.problems)
    assert "one value only in 1 column: 'constant'; set `ignore: [constant]`" in said
    assert "'id', 'code' have another value in each row" in said
    assert "'leak' alone tells the class (balanced accuracy 1.000)" in said
    assert "'noise'" not in said
    assert len(dataset.spec.columns) == 5


def test_a_label_of_many_numbers_is_offered_quantiles(tmp_path: Path) -> None:
    message = refused(tmp_path, rows(), label="price", ignore=())
    assert "40 different numbers in 40 rows: a quantity" in message
    assert "`quantiles: 4`" in message
    assert "`targets: [price]`" in message
    dataset = load(tmp_path, rows(), label="price", quantiles=4, ignore=("id", "code"))
    assert dataset.spec.class_names == ("up to 16.875", "16.875 to 33.45", "33.45 to 50.025", "above 50.025")
    assert dataset.samples.per_class(4).tolist() == [10, 10, 10, 10]


def test_words_of_booleans_are_kept(tmp_path: Path) -> None:
    dataset = load(tmp_path, "a,b,c,sick\nY,true,yes,0\nN,false,NO,1\nN,true,yes,0\n", ignore=())
    assert [column.words for column in dataset.spec.columns] == [("N", "Y"), None, ("NO", "yes")]


def test_numbers_with_separated_thousands(tmp_path: Path) -> None:
    dataset = load(tmp_path, 'a,sick\n"1,234.5",0\n"12,345,678",1\n3,0\n', ignore=())
    assert dataset.samples.values[:, 0].tolist() == [1234.5, 12345678, 3]


def test_a_column_or_a_second_file_fixes_the_test_set(tmp_path: Path) -> None:
    text = "a,when,set,sick\n1,2020-01-02,train,no\n2,2020-01-01,Test,yes\n3,2020-01-03,,no\n"
    dataset = load(tmp_path, text, ignore=(), split="set", time="when")
    assert dataset.views is not None
    assert dataset.times is not None
    assert dataset.views.tolist() == ["train", "test", ""]
    assert dataset.times.tolist() == [1, 0, 2]
    assert dataset.spec.details["views"] == "the column 'set'"
    assert [column.name for column in dataset.spec.columns] == ["a"]
    (tmp_path / "test.csv").write_text("sick;a;when\nyes;7;2020-01-09\n")
    both = load(tmp_path, text, ignore=("set",), test=tmp_path / "test.csv")
    assert both.views is not None
    assert both.views.tolist() == ["train"] * 3 + ["test"]
    assert both.samples.values.tolist() == [[1, 1], [2, 0], [3, 2], [7, 8]]


def test_faults_of_the_second_file_are_named(tmp_path: Path) -> None:
    text = "a,sick\n1,no\n2,yes\n"
    (tmp_path / "test.csv").write_text("b,sick\n1,no\n")
    assert "test.csv has no column 'a'" in refused(tmp_path, text, ignore=(), test=tmp_path / "test.csv")
    (tmp_path / "test.csv").write_text("a,sick\n1,no\nx,no\n")
    message = refused(tmp_path, text, ignore=(), test=tmp_path / "test.csv", types={"a": "integer"})
    assert "line 3 of test.csv: 'x'" in message
    assert "'t' of `time` is neither" in refused(tmp_path, "t,a,sick\nx,1,no\ny,2,no\n", ignore=(), time="t")
