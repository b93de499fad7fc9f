"""Files are recognized as what they contain: tables, texts, signals; labels by names and values."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug import Recognition, Source
from genaug_plugins.sources.signal_file import SignalFileSource
from genaug_plugins.sources.table_file import TableFileSource
from genaug_plugins.sources.text_file import TextFileSource
from genaug_plugins.sources.text_folder import TextFolderSource
from genaug_plugins.sources.wav_folder import WavFolderSource

SOURCES: tuple[type[Source], ...] = (
    TableFileSource,
    TextFileSource,
    SignalFileSource,
    TextFolderSource,
    WavFolderSource,
)


def surest(path: Path) -> tuple[str, Recognition]:
    found = [(one.name, known) for one in SOURCES if (known := one.recognize(path)) is not None]
    return max(found, key=lambda pair: pair[1].confidence)


def written(folder: Path, lines: list[str], name: str = "data.csv", encoding: str = "utf-8") -> Path:
    (folder / name).write_bytes("\n".join(lines).encode(encoding))
    return folder / name


def churn(count: int = 200) -> list[str]:
    rng = np.random.default_rng(0)
    lines = ["customer_id,plan,minutes,joined,notes,churn"]
    for n in range(count):
        note = f"called about line number {n}"
        lines.append(
            f"C{n:05d},{'abc'[n % 3]},{rng.normal(200, 50):.1f},2020-01-{n % 28 + 1:02d},{note},"
            f"{'yes' if n % 25 == 0 else 'no'}"
        )
    return lines


def loads(name: str, settings: Any) -> None:
    """Load the recognized settings as they are, and check the samples."""
    source = {one.name: one for one in SOURCES}[name].model_validate(dict(settings))
    dataset = source.load()
    dataset.spec.check_values(dataset.samples.values)


def test_a_table_of_customers(tmp_path: Path) -> None:
    name, known = surest(written(tmp_path, churn()))
    assert name == "table-file"
    assert known.settings["label"] == "churn"
    assert known.settings["ignore"] == ["customer_id", "notes"]
    assert "200 rows and 3 columns beside the label; the label is 'churn'" in known.found
    assert any("set `time: joined`" in note for note in known.notes)
    loads(name, known.settings)


def test_sentences_with_a_label_are_texts(tmp_path: Path) -> None:
    lines = ["sentence;class"] + [
        f"the parcel number {n} came late again;{'good' if n % 2 else 'bad'}" for n in range(60)
    ]
    name, known = surest(written(tmp_path, lines))
    assert (name, known.settings["text"], known.settings["label"]) == ("text-file", "sentence", "class")
    loads(name, known.settings)


@pytest.mark.parametrize("head", ["t{}", "{}", "{}.5 nm", "x_{}"])
def test_numbered_columns_are_signals(tmp_path: Path, head: str) -> None:
    lines = [",".join([*(head.format(n) for n in range(24)), "class"])]
    lines += [",".join([*(f"{np.sin(n * r)}" for n in range(24)), "ab"[r % 2]]) for r in range(30)]
    name, known = surest(written(tmp_path, lines))
    assert name == "signal-file"
    assert "30 signals of 24 values" in known.found
    loads(name, known.settings)


def test_numbered_measurements_beside_others_are_a_table(tmp_path: Path) -> None:
    lines = [",".join([*(f"V{n}" for n in range(1, 29)), "Amount", "Class"])]
    lines += [
        ",".join([*(f"{np.sin(n * r)}" for n in range(28)), str(r % 7), "01"[r % 2]]) for r in range(30)
    ]
    name, known = surest(written(tmp_path, lines))
    assert (name, known.settings["label"]) == ("table-file", "Class")
    loads(name, known.settings)


def test_ids_with_times_are_signals(tmp_path: Path) -> None:
    lines = ["id,time,x,y,activity,subject"]
    lines += [
        f"{n // 10},{n % 10},{n * 0.1},{-n},{'run' if n // 10 % 2 else 'walk'},p{n // 40}" for n in range(160)
    ]
    name, known = surest(written(tmp_path, lines))
    assert name == "signal-file"
    assert known.settings["id"] == "id"
    assert known.settings["step"] == "time"
    assert known.settings["groups"] == "subject"
    assert known.settings["label"] == "activity"
    loads(name, known.settings)


def test_ts_files_with_their_test_file(tmp_path: Path) -> None:
    lines = ["@classLabel true a b", "@data", "1,2,3:a", "1,2:b"]
    written(tmp_path, lines, "Demo_TEST.ts")
    name, known = surest(written(tmp_path, lines, "Demo_TRAIN.ts"))
    assert name == "signal-file"
    assert known.confidence > 0.9
    assert known.settings["unequal"] == "resample"
    assert known.settings["test"] == str(tmp_path / "Demo_TEST.ts")
    loads(name, known.settings)


def test_a_file_that_is_no_utf8(tmp_path: Path) -> None:
    lines = ["größe,art"] + [f"{n * 0.5},{'süß' if n % 2 else 'salzig'}" for n in range(40)]
    name, known = surest(written(tmp_path, lines, encoding="latin-1"))
    assert (name, known.settings["encoding"]) == ("table-file", "cp1252")
    loads(name, known.settings)


def test_a_table_without_classes_is_cut_into_ranges(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["area,rooms,price"] + [
        f"{a:.2f},{int(a // 20)},{a * 3000:.2f}" for a in rng.uniform(20, 200, 90)
    ]
    name, known = surest(written(tmp_path, lines))
    assert (name, known.settings["label"], known.settings["quantiles"]) == ("table-file", "price", 3)
    loads(name, known.settings)


def test_folders_of_texts_and_sounds(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    for label in "ab":
        (tmp_path / "texts" / label).mkdir(parents=True)
        (tmp_path / "texts" / label / "1.txt").write_text("a text")
        (tmp_path / "sounds" / label).mkdir(parents=True)
        soundfile.write(tmp_path / "sounds" / label / "1.wav", np.zeros(90), 800 if label == "a" else 1600)
    assert surest(tmp_path / "texts")[0] == "text-folder"
    name, known = surest(tmp_path / "sounds")
    assert (name, known.settings["rate"]) == ("wav-folder", 800)
    loads(name, known.settings)
    assert surest(tmp_path)[1].confidence < 0.5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KundenNr", lambda n: 10_000 + 7 * n),
        ("PassengerId", lambda n: (n * 7919) % 100_000),
        ("id", lambda n: f"{n:x}-a"),
        ("uuid", lambda n: f"{n * 7919 % 99991:08d}-aa"),
        ("index", lambda n: n),
        ("row", lambda n: n + 1),
        ("order", lambda n: n),  # it counts the rows
        ("", lambda n: n),  # the index that pandas writes
    ],
)
def test_ids_are_left_out_with_a_comment(tmp_path: Path, name: str, value: Any) -> None:
    rng = np.random.default_rng(0)
    lines = [f"{name},age,income,churn"]
    lines += [
        f"{value(n)},{rng.integers(18, 90)},{rng.normal(9, 2):.2f},{'yes' if n % 5 else 'no'}"
        for n in range(100)
    ]
    found, known = surest(written(tmp_path, lines))
    assert found == "table-file"
    assert known.settings["ignore"] == [name or "Unnamed: 0"]
    assert "ids: another value in each row" in known.comments["ignore"]
    loads(found, known.settings)


def test_whole_numbers_that_differ_are_no_ids(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    incomes = rng.choice(90_000, 100, replace=False)
    lines = ["income,store_id,churn"]
    lines += [f"{income},{n % 7},{'yes' if n % 5 else 'no'}" for n, income in enumerate(incomes)]
    known = TableFileSource.recognize(written(tmp_path, lines))
    assert known is not None
    assert "ignore" not in known.settings


def test_ids_that_repeat_are_left_out_and_groups_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["store_id,age,churn"]
    lines += [f"{rng.integers(300)},{rng.integers(18, 90)},{'yes' if n % 5 else 'no'}" for n in range(400)]
    known = TableFileSource.recognize(written(tmp_path, lines))
    assert known is not None
    assert known.settings["ignore"] == ["store_id"]
    assert "`groups`" in known.comments["ignore"]


def test_a_column_that_is_the_label_in_other_words_is_a_warning(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["age,flag,churn"]
    lines += [f"{rng.integers(18, 90)},{int(n % 5 == 0)},{'yes' if n % 5 else 'no'}" for n in range(100)]
    known = TableFileSource.recognize(written(tmp_path, lines))
    assert known is not None
    assert known.settings["ignore"] == ["flag"]
    assert any("possible leak: 'flag' is the label 'churn' in other words" in w for w in known.warnings)


@pytest.mark.parametrize("name", ["label", "churn", "is_churn"])
@pytest.mark.parametrize("value", ["no", ""])
def test_a_label_of_one_value_is_not_replaced_by_another_column(
    tmp_path: Path, name: str, value: str
) -> None:
    lines = [f"age,city,{name}", *(f"{n % 50},{('Oslo', 'Rome')[n % 2]},{value}" for n in range(60))]
    known = TableFileSource.recognize(written(tmp_path, lines))
    assert known is not None
    assert known.settings["label"] == name


def test_a_last_column_of_one_value_is_named_where_it_is_not_the_label(tmp_path: Path) -> None:
    lines = ["age,city,country", *(f"{n % 50},{('Oslo', 'Rome')[n % 2]},DE" for n in range(60))]
    known = TableFileSource.recognize(written(tmp_path, lines))
    assert known is not None
    assert known.settings["label"] == "city"
    assert any("'country', has one value only" in note for note in known.notes)
