"""Signals from files: wide and long tables, .ts, arrays; lengths and missing values as set."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.data import Dataset
from genaug.errors import DataError
from genaug.testing import failures
from genaug_plugins.sources.signal_file import SignalFileSource

WIDE = "t0,t1,t2,label,subject\n1,2,3,a,p\n4,5,6,b,q\n7,8,9.5,a,p\n"
LONG = (
    "id,time,x,y,label,subject,set\nr1,2,3,30,a,p,train\nr1,1,2,20,a,p,train\nr1,0,1,10,a,p,train\n"
    "r0,0,4,40,b,q,test\nr0,1,5,50,b,q,test\nr0,2,6,60,b,q,test\n"
)
TS = """# a comment
@problemName demo
@univariate false
@classLabel true up down
@data
1,2,3:10,20,30:up
4,5,6:40,?,60:down
"""


def load(tmp_path: Path, text: str, name: str = "s.csv", **settings: Any) -> Dataset:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return SignalFileSource(path=tmp_path / name, **settings).load()


def refused(tmp_path: Path, text: str, name: str = "s.csv", **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        load(tmp_path, text, name, **settings)
    return str(caught.value)


def test_a_row_is_a_signal(tmp_path: Path) -> None:
    dataset = load(tmp_path, WIDE, groups="subject")
    assert dataset.spec.shape == (1, 3)
    assert dataset.spec.class_names == ("a", "b")
    assert dataset.samples.values[:, 0].tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9.5]]
    assert dataset.groups is not None
    assert dataset.groups.tolist() == ["p", "q", "p"]


def test_rows_of_one_id_are_a_signal_in_order_of_time(tmp_path: Path) -> None:
    dataset = load(tmp_path, LONG, groups="subject", split="set")
    assert dataset.spec.shape == (2, 3)
    assert dataset.samples.values.tolist() == [[[1, 2, 3], [10, 20, 30]], [[4, 5, 6], [40, 50, 60]]]
    assert dataset.samples.labels.tolist() == [0, 1]  # in the order of the file
    assert dataset.views is not None
    assert dataset.views.tolist() == ["train", "test"]
    assert dataset.origins is not None
    assert dataset.origins.tolist() == ["s.csv[r1]", "s.csv[r0]"]


def test_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    dataset = load(tmp_path, "t0;t1;label\n1,5;2;a\n3;4,25;b\n", decimal=",")
    assert dataset.samples.values[:, 0].tolist() == [[1.5, 2], [3, 4.25]]


def test_ts_files(tmp_path: Path) -> None:
    dataset = load(tmp_path, TS, "s.ts", missing="interpolate")
    assert dataset.spec.class_names == ("down", "up")
    assert dataset.samples.labels.tolist() == [1, 0]
    assert dataset.samples.values[1].tolist() == [[4, 5, 6], [40, 50, 60]]
    assert "1 missing values, the first at place 1 of channel 1: set `missing: interpolate`" in refused(
        tmp_path, TS, "s.ts"
    )


def test_a_test_file_is_the_test_view(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(WIDE)
    dataset = load(tmp_path, WIDE.replace("1,2,3", "1,2,4"), ignore=("subject",), test=tmp_path / "test.csv")
    assert dataset.views is not None
    assert dataset.views.tolist() == ["train"] * 3 + ["test"] * 3
    assert dataset.spec.details["views"] == "the setting `test`"


def test_arrays_end_where_values_are_missing(tmp_path: Path) -> None:
    values = np.arange(24.0).reshape(3, 2, 4)
    values[1, :, 3] = np.nan
    np.savez(tmp_path / "s.npz", X=values, y=np.array([0, 1, 1]), who=np.array(["p", "p", "q"]))
    source = SignalFileSource(path=tmp_path / "s.npz", groups="who", unequal="pad")
    dataset = source.load()
    assert dataset.spec.shape == (2, 4)
    assert dataset.samples.values[1].tolist() == [[8, 9, 10, 10], [12, 13, 14, 14]]
    assert dataset.spec.class_names == ("0", "1")
    with pytest.raises(DataError, match=r"3 values \(s.npz\[1\]\) to 4 values \(s.npz\[0\]\)"):
        source.model_copy(update={"unequal": "error"}).load()


UNEQUAL = "@classLabel true a b\n@data\n0,1,2,3,4:a\n0,2,4:b\n"


@pytest.mark.parametrize(
    ("settings", "second"),
    [
        ({"unequal": "cut"}, [0, 2, 4]),
        ({"unequal": "pad"}, [0, 2, 4, 4, 4]),
        ({"unequal": "resample", "length": 5}, [0, 1, 2, 3, 4]),
        ({"unequal": "resample"}, [0, 4 / 3, 8 / 3, 4]),
        ({"unequal": "cut", "length": 2}, [0, 2]),
    ],
)
def test_unequal_lengths_become_equal_as_set(
    tmp_path: Path, settings: dict[str, Any], second: list[float]
) -> None:
    dataset = load(tmp_path, UNEQUAL, "s.ts", **settings)
    np.testing.assert_allclose(dataset.samples.values[1, 0], second, rtol=1e-6)
    assert any("3 values (line 4 of s.ts) to 5 values (line 3 of s.ts)" in text for text in dataset.problems)


@pytest.mark.parametrize(
    ("text", "name", "settings", "message"),
    [
        (
            UNEQUAL,
            "s.ts",
            {},
            "3 values (line 4 of s.ts) to 5 values (line 3 of s.ts), not all 5: set `unequal: cut`",
        ),
        (UNEQUAL, "s.ts", {"unequal": "cut", "length": 4}, "cutting cannot make 4"),
        (UNEQUAL, "s.ts", {"unequal": "pad", "length": 4}, "padding cannot make 4"),
        (WIDE, "s.csv", {"length": 9, "ignore": ("subject",)}, "signals have 3 values, not all 9"),
        (WIDE, "s.csv", {"label": "class"}, "no column 'class'; its columns are t0, t1"),
        (WIDE, "s.csv", {}, "column 'subject', line 2 of s.csv: 'p' is not a number"),
        (WIDE.replace("5", "", 1), "s.csv", {"ignore": ("subject",)}, "s.csv[1] has 1 missing values"),
        (WIDE, "s.csv", {"layout": "long"}, "no column that tells which signal a row belongs to: set `id`"),
        (
            LONG.replace("r1,2", "r1,1"),
            "s.csv",
            {"ignore": ("subject", "set")},
            "two values at the same 'time'",
        ),
        (
            LONG.replace("10,a", "10,b"),
            "s.csv",
            {"ignore": ("subject", "set")},
            "'label' has several values in one",
        ),
        (
            LONG.replace("train", "trane"),
            "s.csv",
            {"split": "set", "ignore": ("subject",)},
            "'trane' is not a view",
        ),
        (TS.replace("@data", ""), "s.ts", {}, "line 6 of s.ts stands before @data"),
        (TS.replace("2,3:", "x,3:"), "s.ts", {}, "line 6 of s.ts: could not convert"),
        (TS.replace(":10,20,30", ""), "s.ts", {}, "1 to 2 channels"),
        ("@timeStamps true\n@data\n(0,1):a\n", "s.ts", {}, "@timeStamps true"),
        ("", "s.doc", {}, "not one of .csv"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, text: str, name: str, settings: dict[str, Any], message: str
) -> None:
    assert message in refused(tmp_path, text, name, **settings)


def test_it_keeps_the_contract(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(LONG)
    assert failures(SignalFileSource(path=tmp_path / "s.csv", groups="subject", split="set")) == {}
