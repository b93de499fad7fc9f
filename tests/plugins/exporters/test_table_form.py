"""The table that is written has the form of the table that was read, and is read again as the same rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.testing import Material
from genaug_plugins.exporters.table_file import TableFileExporter
from genaug_plugins.sources.table_file import TableFileSource

CSV = (
    "day;at;size;count;flag;code;sick\n"
    "31.01.2020;2020-01-01 12:00:00;1,5;3;yes;007;no\n"
    "01.02.2020;2020-01-02 00:00:30;2,25;4;no;008;yes\n"
    ";2020-01-01 18:00:00;1234,5;5;yes;007;no\n"
)


def exported(tmp_path: Path, source: TableFileSource, **settings: Any) -> Path:
    """Return the file that is written of a run whose training view is all rows, without candidates."""
    from dataclasses import replace

    from genaug.testing.completed_run import completed_run
    from genaug.testing.evidence import evidence_of

    dataset = source.load()
    none = dataset.samples.take(np.zeros(0, dtype=np.int64))
    evidence = evidence_of(dataset.spec, (dataset.samples, none, none), none)
    run = completed_run(Material.of_table().evidence(), Material.of_table().dataset())
    folder = tmp_path / "out"
    folder.mkdir()
    TableFileExporter(**settings).export(replace(run, evidence=evidence), folder)
    (path,) = folder.glob("table.*")
    return path


@pytest.mark.parametrize("form", ["same", "csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_what_is_written_is_read_as_the_same_rows(tmp_path: Path, form: str) -> None:
    (tmp_path / "in.csv").write_text(CSV)
    source = TableFileSource(path=tmp_path / "in.csv", label="sick")
    path = exported(tmp_path, source, format=form)
    added = ("synthetic", "id", "generator", "seed", "position")
    again = TableFileSource(path=path, label="sick", ignore=added, types={"code": "categorical"}).load()
    before = source.load()
    np.testing.assert_allclose(again.samples.values, before.samples.values, rtol=1e-12)
    assert again.samples.labels.tolist() == before.samples.labels.tolist()
    assert [column.type for column in again.spec.columns] == [column.type for column in before.spec.columns]
    assert again.spec.columns[5].categories == ("007", "008")
    if form == "same":
        first = path.read_text().splitlines()[1].split(";")
        assert first[:7] == ["31.01.2020", "2020-01-01 12:00:00", "1,5", "3", "yes", "007", "no"]


@pytest.mark.parametrize(
    "text",
    [
        "a;b;sick\n1.345,40;53;no\n273,90;7;yes\n10.000,00;;no\n",
        "a,b,sick\n1.50,x,no\n0.05,NA,yes\n12.00,y,no\n",
        "a,b,sick\n1.5,3,no\n2,NA,yes\n0.25,4,no\n",
        "a,b,sick\n2.0,1e-05,no\n3.5,0.25,yes\n-0.5,1.5,no\n",
        "a,b,sick\n0.8474752118011257,1/2/2020,no\n0.5,11/30/2020,yes\n",
        'a,b,sick\n"1,234","Oslo, N",no\n"56,789",Rome,yes\n12,"say ""no""",no\n',
        "a,b,sick\n1,yes,no\n2,?,yes\n3,no,no\n",
        "a,b,sick\n1,2020-01-31 08:05:00,no\n2,NA,yes\n",
    ],
)
def test_real_rows_are_written_as_they_were_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "in.csv").write_text(text)
    path = exported(tmp_path, TableFileSource(path=tmp_path / "in.csv", label="sick"))
    sign = ";" if ";" in text else ","
    for line, original in zip(path.read_text().splitlines()[1:], text.splitlines()[1:], strict=True):
        assert line.startswith(original + sign)


def test_generated_numbers_have_the_decimals_of_the_data() -> None:
    from genaug.data.acceptance import accepted
    from genaug.data.columns import Column
    from genaug.data.number_form import NumberForm
    from genaug.data.spec import SampleSpec

    columns = (
        Column(name="a", type="numeric", form=NumberForm(decimals=2)),
        Column(name="b", type="numeric"),
    )
    spec = SampleSpec(modality="table", shape=(2,), class_names=("a", "b"), columns=columns)
    values, good, counts = accepted(np.array([[609.1440355112577, 609.1440355112577]]), spec)
    assert values.tolist() == [[609.14, 609.1440355112577]]
    assert good.all()
    assert not counts.rounded


@pytest.mark.parametrize("form", ["same", "csv", "ts", "npz"])
def test_signals_that_are_written_are_read_again(tmp_path: Path, form: str) -> None:
    from genaug_plugins.exporters.signal_file import SignalFileExporter
    from genaug_plugins.sources.signal_file import SignalFileSource

    material = Material((2, 32))
    (tmp_path / "out").mkdir()
    SignalFileExporter(format=form).export(material.run(), tmp_path / "out")
    (path,) = (tmp_path / "out").glob("signals.*")
    kept = material.evidence()
    again = SignalFileSource(
        path=path, label="class", ignore=("synthetic",) if path.suffix == ".csv" else ()
    ).load()
    expected = [kept.train.samples, kept.selected.samples]
    np.testing.assert_allclose(
        again.samples.values, np.concatenate([part.values for part in expected]), rtol=1e-6
    )
    names = [again.spec.class_names[label].replace(" ", "_") for label in again.samples.labels]
    wanted = [kept.spec.class_names[label].replace(" ", "_") for part in expected for label in part.labels]
    assert names == wanted
    assert len((tmp_path / "out" / "rows.jsonl").read_text().splitlines()) == len(wanted)


def test_texts_that_are_written_are_read_again(tmp_path: Path) -> None:
    from genaug_plugins.exporters.text_folder import TextFolderExporter
    from genaug_plugins.sources.text_folder import TextFolderSource

    material = Material.of_text()
    (tmp_path / "out").mkdir()
    TextFolderExporter().export(material.run(), tmp_path / "out")
    kept = material.evidence()
    again = TextFolderSource(path=tmp_path / "out" / "texts").load()
    wanted = [text for part in (kept.train.samples, kept.selected.samples) for text in part.values]
    assert sorted(again.samples.values) == sorted(wanted)
