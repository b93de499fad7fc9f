"""What is read, generated and written has the types, categories, bounds, dates and gaps of the original."""

import csv
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genaug.data import Request, Samples
from genaug.testing import Material
from genaug.testing.completed_run import completed_run
from genaug.testing.evidence import evidence_of
from genaug_plugins.exporters.table_file import TableFileExporter
from genaug_plugins.generators.gaussian_copula import GaussianCopulaGenerator
from genaug_plugins.sources.table_file import TableFileSource

ADDED = ("synthetic", "id", "generator", "seed", "position")
ROWS = 12
CONTEXT = Material().context()
VIEW = Material.of_table().train()
RUN = completed_run(Material.of_table().evidence(), Material.of_table().dataset())
WORDS = ["red", "dark blue", "007", "a,b", 'say "x"', "Größe", "two\nlines", "1;2", "-", "yes, no"]
DAY_FORMS = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S"]

wholes = st.integers(-(2**53), 2**53)
floats = st.floats(-1e30, 1e30, allow_subnormal=False).filter(
    lambda x: x != int(x) if abs(x) < 1e15 else True
)
days = st.datetimes(datetime(1901, 1, 1), datetime(2099, 12, 31)).map(lambda t: t.replace(microsecond=0))


@st.composite
def columns(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Return a column of each type, with its cells: whole numbers, numbers, words, yes and no, dates."""
    form = draw(st.sampled_from(DAY_FORMS))
    short = {"%H:%M:%S": {}, "%H:%M": {"second": 0}}
    cut: dict[str, int] = next(
        (kept for end, kept in short.items() if form.endswith(end)), {"hour": 0, "minute": 0, "second": 0}
    )
    table = {
        "count": draw(st.lists(wholes, min_size=ROWS, max_size=ROWS)),
        "size": draw(st.lists(floats, min_size=ROWS, max_size=ROWS)),
        "word": draw(st.lists(st.sampled_from(WORDS), min_size=ROWS, max_size=ROWS)),
        "flag": draw(st.lists(st.sampled_from(["yes", "no"]), min_size=ROWS, max_size=ROWS)),
        "day": [t.replace(**cut) for t in draw(st.lists(days, min_size=ROWS, max_size=ROWS))],
    }
    table["word"][0] = "red"  # so that it is no column of numbers
    table["day"][0] = table["day"][0].replace(day=28)  # … nor one whose month may be the day
    table["flag"][:2] = ["yes", "no"]
    for name, cells in table.items():
        gaps = draw(st.lists(st.booleans(), min_size=ROWS, max_size=ROWS)) if draw(st.booleans()) else []
        for row, gone in enumerate(gaps):
            if gone and row > 1:
                table[name][row] = None
        del cells
    return {**table, "form": [form]}


def write(path: Path, table: dict[str, list[Any]]) -> None:
    """Write a table as a file of the kind of its suffix, with a label that alternates."""
    form = table["form"][0]
    cells = {name: column for name, column in table.items() if name != "form"}
    cells["sick"] = ["no", "yes"] * (ROWS // 2)
    texts = {**cells, "day": [None if day is None else day.strftime(form) for day in cells["day"]]}
    if path.suffix == ".parquet":
        typed = {**cells, "flag": [None if flag is None else flag == "yes" for flag in cells["flag"]]}
        pq.write_table(pa.table(typed), path)
    elif path.suffix == ".jsonl":
        rows = [dict(zip(texts, row, strict=True)) for row in zip(*texts.values(), strict=True)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in ([*cells], *zip(*cells.values(), strict=True)):
            book.active.append(list(row))  # type: ignore[union-attr]
        book.save(path)
    else:
        with path.open("w", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ";")
            writer.writerow(texts)
            for row in zip(*texts.values(), strict=True):
                writer.writerow(["" if cell is None else cell for cell in row])


def source(path: Path, form: str, ignore: tuple[str, ...] = ()) -> TableFileSource:
    given = {"dates": {"day": form}} if path.suffix in (".csv", ".tsv", ".jsonl") else {}
    return TableFileSource.model_validate({"path": path, "label": "sick", "ignore": ignore, **given})


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".xlsx"])
@settings(max_examples=5, deadline=None, derandomize=True)
@given(table=columns())
def test_rows_are_generated_and_written_as_the_original_is(suffix: str, table: dict[str, list[Any]]) -> None:
    form = table["form"][0]
    with TemporaryDirectory() as home:
        path = Path(home) / f"in{suffix}"
        write(path, table)
        dataset = source(path, form).load()
        spec, real = dataset.spec, dataset.samples
        assert [column.type for column in spec.columns[:4]] == [
            "integer",
            "numeric",
            "categorical",
            "boolean",
        ]
        assert spec.columns[4].dates is not None
        sampler = GaussianCopulaGenerator().fit(replace(VIEW, spec=spec, samples=real), CONTEXT)
        made = Samples.join(
            [sampler.sample(Request(label, 40), np.random.default_rng(label)) for label in (0, 1)]
        )
        spec.check_values(made.values)
        within(real, made)
        nothing = real.take(np.zeros(0, dtype=np.int64))
        (Path(home) / "out").mkdir()
        TableFileExporter().export(
            replace(RUN, evidence=evidence_of(spec, (real, nothing, nothing), made)), Path(home) / "out"
        )
        written = Path(home) / "out" / f"table{suffix}"
        again = source(written, form, ADDED).load()
    assert again.spec.class_names == spec.class_names
    np.testing.assert_array_equal(again.samples.labels, [*real.labels, *made.labels])
    before = decoded(spec, np.concatenate([real.values, made.values]))
    for column, cells in zip(again.spec.columns, decoded(again.spec, again.samples.values), strict=True):
        assert column.type == spec.columns[[c.name for c in spec.columns].index(column.name)].type
        same(cells, before[[c.name for c in spec.columns].index(column.name)], column.name)
    shown = decoded(spec, real.values)
    for name, cells in zip([c.name for c in spec.columns], shown, strict=True):
        same(cells, expected(table, name, form if suffix in (".csv", ".tsv", ".jsonl") else None), name)


def within(real: Samples, made: Samples) -> None:
    """Check bounds, categories and shares of missing values of each class."""
    for label in (0, 1):
        own, new = real.values[real.labels == label], made.values[made.labels == label]
        for cells, others in zip(own.T, new.T, strict=True):
            known, drawn = cells[~np.isnan(cells)], others[~np.isnan(others)]
            if len(known) and len(drawn):
                assert known.min() <= drawn.min()
                assert drawn.max() <= known.max()
            share = np.isnan(cells).mean()
            assert abs(np.isnan(others).mean() - share) <= 5 * np.sqrt(share * (1 - share) / len(others))
        words, new_words = own[:, 2], new[:, 2]
        assert set(new_words[~np.isnan(new_words)]) <= set(words[~np.isnan(words)])


def decoded(spec: Any, values: np.ndarray) -> list[list[Any]]:
    from genaug.data.columns import decode_column

    return [decode_column(column, cells) for column, cells in zip(spec.columns, values.T, strict=True)]


def expected(table: dict[str, list[Any]], name: str, form: str | None) -> list[Any]:
    """Return the cells of the original as a reader sees them."""
    if name == "flag":
        return [None if cell is None else cell == "yes" for cell in table[name]]
    if name != "day":
        return table[name]
    timed = any(cell is not None and cell.time() != datetime.min.time() for cell in table[name])
    form = form or ("%Y-%m-%d %H:%M:%S" if timed else "%Y-%m-%d")
    return [None if cell is None else cell.strftime(form) for cell in table[name]]


def same(cells: list[Any], others: list[Any], name: str) -> None:
    """Compare cells: numbers to the last digits, all else exactly."""
    assert len(cells) == len(others)
    for cell, other in zip(cells, others, strict=True):
        if name == "size" and cell is not None:
            assert cell == pytest.approx(other, rel=1e-14)
        else:
            assert cell == other, name


def test_a_date_is_a_date_in_typed_files(tmp_path: Path) -> None:
    start = date(2020, 1, 30)
    cells = {"day": [start + timedelta(days=n) for n in range(ROWS)], "sick": ["no", "yes"] * (ROWS // 2)}
    pq.write_table(pa.table(cells), tmp_path / "in.parquet")
    dataset = TableFileSource(path=tmp_path / "in.parquet", label="sick").load()
    none = dataset.samples.take(np.zeros(0, dtype=np.int64))
    (tmp_path / "out").mkdir()
    TableFileExporter().export(
        replace(RUN, evidence=evidence_of(dataset.spec, (dataset.samples, none, none), none)),
        tmp_path / "out",
    )
    back = pq.read_table(tmp_path / "out" / "table.parquet")
    assert back.schema.field("day").type == pa.date32()
    assert back["day"].to_pylist() == cells["day"]
    assert back["sick"].to_pylist() == cells["sick"]
