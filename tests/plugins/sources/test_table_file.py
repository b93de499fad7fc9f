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
    assert found.spec.columns == expected.spec.columns
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
        ("age,", ",", {}, "a column without a name"),
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
    assert "not one of .csv" in refused(tmp_path, name="people.xlsx")
    assert "cannot be read as parquet" in refused(tmp_path, name="people.parquet")
    (tmp_path / "latin.csv").write_bytes("age,sick\n1,Grüße\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.csv.*UTF"):
        TableFileSource(path=tmp_path / "latin.csv", label="sick").load()
    with pytest.raises(DataError, match="there is no file"):
        TableFileSource(path=tmp_path / "none.csv", label="sick").load()


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
