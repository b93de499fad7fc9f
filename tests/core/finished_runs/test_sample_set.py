"""Samples of a run in the forms of other libraries."""

import sys
from typing import Any

import numpy as np
import pytest

from genaug.data import Finding, Findings, Samples, Verdict
from genaug.errors import DataError, MissingRequirement
from genaug.runs.findings_table import COLUMNS, FindingsTable
from genaug.runs.sample_set import SampleSet
from genaug.testing.material import OFFERED, Material


@pytest.mark.parametrize(("shape", "modality"), OFFERED[-4:] + OFFERED[:1])
def test_every_modality_is_converted(shape: tuple[int, ...], modality: str) -> None:
    torch, datasets = pytest.importorskip("torch"), pytest.importorskip("datasets")
    evidence = Material(shape, modality).run().evidence
    chosen = SampleSet.of_pool(evidence.pool, evidence.funnel)
    assert chosen.samples.ids.tolist() == evidence.selected.ids.tolist()
    values, labels = chosen.to_numpy()
    assert values.shape == (len(chosen), *shape)
    frame, table = chosen.to_pandas(), chosen.to_datasets()
    assert frame["id"].tolist() == table["id"] == chosen.samples.ids.tolist()
    assert frame["class"].tolist() == [chosen.spec.class_names[label] for label in labels]
    assert isinstance(table.features["label"], datasets.ClassLabel)
    assert list(table["label"]) == labels.tolist()
    score = next(name for name in frame.columns if name.startswith("score:"))
    assert np.isfinite(frame[score]).any()
    if modality == "text":
        assert frame["text"].tolist() == list(table["text"]) == values.tolist()
        with pytest.raises(DataError, match="texts are no tensors"):
            chosen.to_torch()
        return
    pairs = chosen.to_torch()
    assert len(pairs) == len(chosen)
    assert torch.equal(pairs[2][0], torch.from_numpy(values[2])) or np.isnan(values[2]).any()
    assert pairs[2][1] == labels[2]
    if modality == "image":
        assert np.asarray(table[0]["image"]).shape == shape[1:]
    elif modality == "table":
        types = {column.name: str(frame[column.name].dtype) for column in chosen.spec.columns}
        words = {"integer": "Int64", "boolean": "boolean", "numeric": "float64", "categorical": "category"}
        assert types == {column.name: words[column.type] for column in chosen.spec.columns}


def test_of_class_and_take_keep_the_lineage_of_each_sample() -> None:
    pool = Material().run().evidence.pool
    whole = SampleSet.of_pool(pool)
    name = whole.spec.class_names[1]
    own = whole.of_class(name)
    assert own.counts == {one: (8 if one == name else 0) for one in whole.spec.class_names}
    rows = np.flatnonzero(pool.labels == 1)
    assert list(own.lineage["position"]) == pool.position[rows].tolist()
    with pytest.raises(DataError, match="there is no class 'wolf'"):
        whole.of_class("wolf")


@pytest.mark.parametrize(
    ("package", "method", "extra"), [("pandas", "to_pandas", "pandas"), ("datasets", "to_datasets", "hub")]
)
def test_a_missing_extra_is_named(
    package: str, method: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = SampleSet.of_pool(Material().run().evidence.pool)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        MissingRequirement, match=rf"{package}, which is not installed: pip install 'genaug\[{extra}\]'"
    ):
        getattr(samples, method)()


@pytest.mark.parametrize(("shape", "modality"), OFFERED[-4:] + OFFERED[:1])
def test_notebooks_show_samples(shape: tuple[int, ...], modality: str) -> None:
    evidence = Material(shape, modality).run().evidence
    page = SampleSet.of_pool(evidence.pool)._repr_html_()
    assert f"<p>24 {modality} samples" in page
    assert ("data:image/png;base64" in page) == (modality == "image")


def test_notebooks_show_names_and_texts_escaped() -> None:
    spec = Material((), "text").spec.model_copy(update={"class_names": ("<a>", "b", "c")})
    texts: Any = np.array(["<script>alert(1)</script>", "x" * 500], dtype=np.object_)
    page = SampleSet(spec, Samples(texts, np.array([0, 1])))._repr_html_()
    assert "<script>" not in page
    assert "&lt;a&gt;" in page
    assert "x" * 500 not in page


def test_findings_are_a_table() -> None:
    one = Finding(
        name="accuracy[real]", value=0.9, interval=(0.8, 1.0), n=40, better="higher", note="<small>"
    )
    two = Finding(name="recall", value=float("nan"))
    table = FindingsTable([Findings(validator="downstream", findings=(one, two)), Findings(validator="x")])
    frame = table.to_pandas()
    assert list(frame.columns) == list(COLUMNS)
    assert frame["finding"].tolist() == ["accuracy[real]", "recall"]
    assert frame["low"][0] == 0.8
    assert [found.validator for found in table] == ["downstream", "x"]
    assert "&lt;small&gt;" in table._repr_html_()
    assert len(table[:1]) == 1


def test_a_verdict_is_shown() -> None:
    verdict = Verdict(
        label="helps", metric="m", baseline="real", effect=0.1, interval=(0.0, 0.2),
        minimum_detectable_effect=0.1, sentence="a < b",
    )  # fmt: skip
    assert verdict._repr_html_() == "<p><b>helps</b></p><p>a &lt; b</p>"
