"""Equal distributions differ in nothing, and a planted difference is found in its own direction."""

import sys

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from genaug.data import (
    Figure,
    Finding,
    Findings,
    Samples,
    SampleSpec,
)
from genaug.errors import MissingRequirement
from genaug.testing.evidence import context_of, evidence_of
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.validators.decomposition import DecompositionValidator

SPEC = SampleSpec(modality="vector", shape=(12,), class_names=("a", "b"))
SPREAD = np.array([8.0, 4.0, 2.0, 1.0, *[0.1] * 8])


def draws(n: int, seed: int, spread: np.ndarray = SPREAD, shift: float = 0.0) -> Samples:
    values = np.random.default_rng(seed).normal(size=(n, 12)) * spread
    values[:, 1] += shift
    return Samples(values.astype(np.float32), np.arange(n) % 2)


def measured(selected: Samples, train: int = 600, **settings: object) -> tuple[dict[str, Finding], Findings]:
    evidence = evidence_of(SPEC, (draws(train, 1), draws(200, 2), draws(400, 3)), selected)
    context = context_of(evidence, extractor=PixelsExtractor())
    found = DecompositionValidator(**settings).measure(evidence, context)
    return {one.name: one for one in found.findings}, found


def test_draws_of_the_same_distribution_differ_no_more_than_training_samples_do() -> None:
    by_name, found = measured(draws(600, 4), components=4, subspace=4)
    for name in ("component_shift[selected]", "principal_angle[selected]"):
        one = by_name[name]
        assert one.reference is not None
        assert 0 < one.value < 3 * one.reference
    assert by_name["principal_angle[selected]"].value < 5
    assert by_name["explained_variance[selected]"].value > 0.99
    assert found.warnings == ()


def test_a_shift_is_found_in_its_component_and_in_units_of_the_real_spread() -> None:
    by_name, found = measured(draws(600, 4, shift=20.0), components=4)
    bars = found.figures[2].chart
    assert bars is not None
    shifts = bars["data"][0]["y"]
    # Joint variance along the second axis: 16 + 20²/4 = 116, more than 64 along the first.
    assert int(np.argmax(shifts)) == 0
    assert shifts[0] == pytest.approx(20 / 4, rel=0.1)
    assert max(shifts[1:]) < 0.5
    assert "in component 1" in by_name["component_shift[selected]"].note


def test_subspaces_that_share_no_direction_are_at_right_angles() -> None:
    other = np.array([*[0.01] * 4, *[1.0] * 4, *[0.01] * 4])
    by_name, _ = measured(draws(600, 4, spread=other), subspace=4)
    angle = by_name["principal_angle[selected]"]
    assert angle.value == pytest.approx(90, abs=3)
    assert angle.reference is not None
    assert angle.reference < 5


def test_a_collapsed_set_varies_in_fewer_directions() -> None:
    thin = np.array([8.0, *[0.0] * 11])
    by_name, _ = measured(draws(600, 4, spread=thin), components=2)
    assert by_name["explained_variance[selected]"].value == pytest.approx(1, abs=0.01)
    assert by_name["explained_variance[unseen real]"].value < 0.97


@pytest.mark.parametrize("picture", ["pca", "t-sne", "umap"])
def test_the_scatter_shows_every_part(picture: str) -> None:
    threads = torch.get_num_threads()
    _, found = measured(draws(30, 4), train=40, picture=picture)
    assert torch.get_num_threads() == threads
    chart = go.Figure(found.figures[0].chart)
    assert [trace.name for trace in chart.data] == ["training", "unseen real", "selected"]
    assert [len(trace.x) for trace in chart.data] == [40, 600, 30]


def test_the_scatter_names_the_sample_behind_each_point() -> None:
    selected = draws(30, 4)
    _, found = measured(selected, train=40, components=2)
    scatter = found.figures[0]
    assert [len(ids) for ids in scatter.samples] == [40, 600, 30]
    assert set(scatter.samples[0]) == set(draws(40, 1).ids.tolist())
    assert set(scatter.samples[2]) == set(selected.ids.tolist())
    # The widest axis is the first component: who lies farthest along it is named at that point.
    assert scatter.chart is not None
    x = np.abs(scatter.chart["data"][2]["x"])
    assert scatter.samples[2][int(x.argmax())] == selected.ids[np.abs(selected.values[:, 0]).argmax()]


def test_samples_are_named_for_each_trace_or_not_at_all() -> None:
    chart = {"data": [{"x": [1]}, {"x": [2]}]}
    assert Figure(title="old", chart=chart).samples == ()
    assert Figure(title="new", chart=chart, samples=(("id",), ())).samples == (("id",), ())
    with pytest.raises(ValueError, match="samples of 1 traces for a chart of 2"):
        Figure(title="short", chart=chart, samples=(("id",),))


def test_few_samples_are_said_and_so_are_samples_that_are_all_alike() -> None:
    _, found = measured(draws(9, 4))
    assert found.findings == ()
    assert "there are 9 selected" in found.warnings[0]
    same = draws(600, 4).take(np.zeros(600, dtype=np.int64))
    _, found = measured(same)
    assert found.findings == ()
    assert found.warnings == ("nothing to decompose: the features of selected samples are all identical",)


def test_large_parts_are_drawn_by_lot_and_repeatably() -> None:
    first, _ = measured(draws(600, 4), most=50)
    again, _ = measured(draws(600, 4), most=50)
    assert first == again
    assert first["component_shift[selected]"].n == 50


def test_umap_that_is_not_installed_is_asked_for_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    DecompositionValidator(picture="t-sne").check_usable(SPEC)
    with pytest.raises(MissingRequirement, match=r"pip install 'genaug\[umap\]'"):
        DecompositionValidator(picture="umap").check_usable(SPEC)
