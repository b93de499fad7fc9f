"""The bound is the formula, it turns where brute force says, and its terms are those of a known task."""

import importlib.util
import math
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import numpy as np
import plotly.graph_objects as go
import pytest
from scipy.stats import norm

from genaug.contracts import Model, Predictor
from genaug.data import (
    Finding,
    Findings,
    Samples,
    SampleSpec,
)
from genaug.errors import DataError
from genaug.testing.companions import NearestMeanModel
from genaug.testing.evidence import context_of, evidence_of
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.tasks.classification import ClassificationTask
from genaug_plugins.validators.stability_bound.bound import Bound, Stability
from genaug_plugins.validators.stability_bound.stability import Changes, Measured, law_through
from genaug_plugins.validators.stability_bound.stability_bound import StabilityBoundValidator

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("a", "b"))
SCRIPT = Path(__file__).parents[3] / "docs/benchmarks/gaussian_mixture.py"


class SteadyModel(NearestMeanModel):
    """Nearest means, and no word on the work of a fit."""

    equal_work: ClassVar[bool] = True


def draws(n: int, seed: int, shift: float = 0.0) -> Samples:
    values = np.random.default_rng(seed).normal(size=(n, 2))
    labels = np.arange(n) % 2
    values[:, 0] += 4 * labels - 2
    values[:, 1] += shift
    return Samples(values.astype(np.float32), labels)


def measured(
    selected: Samples,
    train: Samples | None = None,
    validation: int = 300,
    task: Model | None = None,
    **settings: object,
) -> tuple[dict[str, Finding], Findings]:
    views = (draws(40, 1) if train is None else train, draws(validation, 2), draws(30, 3))
    evidence = evidence_of(SPEC, views, selected, task=ClassificationTask(model=task or SteadyModel()))
    context = context_of(evidence, extractor=PixelsExtractor())
    found = StabilityBoundValidator(**settings).measure(evidence, context)
    return {one.name: one for one in found.findings}, found


BOUNDS = [
    Bound(40, d, law)
    for d in (0.0, 0.1, 0.2, 0.5)
    for law in (Stability(0), Stability(1.0), Stability(0.05, 0.3), Stability(0.01, 0))
]


def test_the_terms_are_those_of_the_formula() -> None:
    s, g, d, M, delta = 30, 70, 0.2, 2.0, 0.1
    beta = 0.6 / 100
    terms = Bound(s, d, Stability(0.6), M, delta).at(float(g))
    chance = math.sqrt(math.log(1 / delta))
    assert terms.divergence == pytest.approx(0.7 * M * d)
    concentration = (M * (s**0.5 + g**0.5) + s * g**0.5 * beta) / 100 * chance
    assert terms.concentration == pytest.approx(concentration)
    assert terms.stability == pytest.approx(beta * (s * math.log(s) + g * math.log(g)) / 100)
    assert terms.generator_at_most == pytest.approx(s * math.log(s) * M / 100)
    assert terms.total == pytest.approx(sum(float(term) for term in terms.by_name().values()))


@pytest.mark.parametrize("bound", BOUNDS)
def test_slope_turns_and_break_even_are_what_brute_force_finds(bound: Bound) -> None:
    at = np.array([1.0, 3.0, 50.0, 4000.0])
    numeric = (bound.total(at + 1e-4) - bound.total(at - 1e-4)) / 2e-4
    assert bound.slope(at) == pytest.approx(numeric, rel=1e-3, abs=1e-9)
    counts = np.arange(1, 200_001)
    total = bound.total(counts)
    changes = np.flatnonzero(np.diff(np.sign(np.diff(total)))) + 1
    turns = [at for at, _ in bound.turns() if at < counts[-1]]
    assert turns == pytest.approx(counts[changes].astype(float), abs=1.5)
    for at, sort in bound.turns():
        beside = float(bound.total(at * 1.1) + bound.total(at / 1.1)) / 2
        assert (sort == "peak") == (float(bound.total(at)) > beside)
    below = counts[total <= float(bound.total(0.0))]
    even = bound.break_even()
    if len(below):
        assert even == pytest.approx(below[0], abs=1)
    else:
        assert even is None or even > counts[-1]


def test_without_beta_the_break_even_has_a_closed_form_and_ends_where_the_distance_is_too_large() -> None:
    alone = math.sqrt(math.log(20) / 40)
    for d in (0.0, 0.1, 0.25):
        assert Bound(40, d, Stability(0)).break_even() == pytest.approx(40 / (1 - d / alone) ** 2)
    assert Bound(40, alone * 1.01, Stability(0)).break_even() is None
    assert Bound(40, 0.1, Stability(1.0)).limit() == 0.1
    assert Bound(40, 0.1, Stability(1.0, 0)).limit() == math.inf


def test_the_law_goes_through_two_sizes_and_is_said_to_fall_as_one_over_m_where_they_are_too_near() -> None:
    def law(*pairs: tuple[int, float]) -> Stability:
        changes = {f"{m}": Changes(m, beta, (0.0, 1.0), 1.0, 5) for m, beta in pairs}
        return law_through(Measured(changes, ()))

    two = law((40, 0.08), (160, 0.04))
    assert two.exponent == pytest.approx(0.5)
    assert two(40) == pytest.approx(0.08)
    assert two(160) == pytest.approx(0.04)
    assert law((40, 0.08), (41, 0.01)).exponent == 1
    assert law((40, 0.01), (160, 0.04)).exponent == 0
    assert law((40, 0.0), (160, 0.0)) == Stability(0.0, 1.0)


def test_real_samples_as_candidates_have_no_distance_and_a_shift_has_the_one_of_the_closed_form() -> None:
    by_name, found = measured(draws(300, 5))
    assert by_name["total_variation"].value < 0.1
    assert "LOWER bound" in by_name["total_variation"].note
    assert found.warnings == ()
    by_name, _ = measured(draws(300, 5, shift=2.0))
    true = 2 * norm.cdf(1) - 1
    assert by_name["total_variation"].value == pytest.approx(true, abs=0.1)
    assert by_name["total_variation"].per_class == pytest.approx({"a": true, "b": true}, abs=0.15)
    assert by_name["term[divergence]"].value == pytest.approx(
        300 / 340 * by_name["total_variation"].value, rel=1e-6
    )


def test_candidates_of_another_mix_of_classes_are_another_distribution() -> None:
    every = draws(600, 5)
    by_name, _ = measured(every.take(every.labels == 1))
    assert by_name["total_variation"].value == pytest.approx(0.5, abs=0.08)


def test_more_samples_are_more_stable_and_nothing_is_called_certified() -> None:
    by_name, found = measured(draws(300, 5), repetitions=20)
    small, large = by_name["stability[real]"], by_name["stability[real + selected]"]
    # A mean of m samples moves by 1/m: 340 samples of two classes against 40.
    assert small.value / large.value == pytest.approx(340 / 40, rel=0.5)
    assert small.n == large.n == 20
    for name, finding in by_name.items():
        if name.startswith(("term", "bound", "turn", "break")):
            assert "qualitative; constants are hidden; not a certified number" in finding.note
    assert sum("the dominant one" in one.note for one in found.findings) == 1
    assert by_name["bound[infinite synthetic data]"].value == by_name["total_variation"].value
    assert by_name["bound[real + selected]"].reference == by_name["bound[real]"].value


def test_the_charts_are_plotly_charts_that_show_the_terms() -> None:
    _, found = measured(draws(60, 5, shift=1.0), repetitions=2)
    terms, even = (go.Figure(figure.chart) for figure in found.figures)
    assert [trace.name for trace in terms.data[:4]] == ["bound", "divergence", "concentration", "stability"]
    total = np.sum([trace.y for trace in terms.data[1:4]], axis=0)
    assert terms.data[0].y == pytest.approx(total)
    assert list(even.data[0].y) == sorted(even.data[0].y)


def test_the_same_seed_finds_the_same() -> None:
    assert (
        measured(draws(60, 5), repetitions=2, most=30)[1] == measured(draws(60, 5), repetitions=2, most=30)[1]
    )


class Picky(SteadyModel):
    """Refuse more than 50 samples."""

    name: ClassVar[str] = "picky"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        if len(training) > 50:
            raise DataError("too many")
        return super().fit(spec, training, seed, device)


def test_what_is_too_little_is_said_and_raises_nothing() -> None:
    by_name, found = measured(draws(19, 5))
    assert "19 selected candidates, 20 of each are needed" in found.warnings[0]
    assert set(by_name) == {"stability[real]", "stability[real + selected]"}
    by_name, found = measured(draws(0, 5))
    assert set(by_name) == {"stability[real]"}
    by_name, found = measured(draws(60, 5), validation=1)
    assert by_name == {}
    assert len(found.warnings) == 2
    one_class = draws(40, 1).take(np.arange(0, 40, 2))
    assert "at least two classes" in measured(draws(60, 5), train=one_class)[1].warnings[0]
    by_name, found = measured(draws(60, 5), train=draws(2, 1))
    assert any("no class has two samples" in said for said in found.warnings)
    assert "bound[real]" not in by_name
    by_name, found = measured(draws(60, 5), task=Picky())
    assert found.warnings == (
        "no stability of 'real + selected': the task rejected 'real + selected': too many",
    )
    assert "bound[real + selected]" in by_name


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    found = importlib.util.spec_from_file_location("gaussian_mixture", SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "gaussian_mixture", module)  # dataclasses look their module up
    found.loader.exec_module(module)
    return module


def test_the_oracle_gives_the_figures_that_are_known_of_it(script: ModuleType) -> None:
    for (m, d), repetitions in {(40, 1): 150, (10, 50): 80}.items():
        found = script.simulated(m, d, repetitions)
        for name, quoted in script.QUOTED[m, d].items():
            column = script.COLUMNS.index(name)
            for ratio, value in quoted.items():
                values = found[:, script.RATIOS.index(ratio), column]
                error = values.std(ddof=1) / repetitions**0.5
                assert abs(values.mean() - value) < 4 * error + 0.01 * value, (m, d, name, ratio)
    gap = found[:, :, script.COLUMNS.index("NLL gap")].mean(axis=0)
    real_only = found[:, :, script.COLUMNS.index("NLL gap, real only")].mean(axis=0)
    assert gap[-1] < 0.5 * gap[0]
    assert real_only == pytest.approx(np.full(4, gap[0]), rel=0.02)


def test_the_oracles_distances_agree_with_closed_forms(script: ModuleType) -> None:
    rng = np.random.default_rng(0)
    for d in (1, 3):
        real = script.truth(d)
        moved = script.Gaussians(real.low + 0.6 * d**-0.5, real.high + 0.6 * d**-0.5, real.spread)
        true = 2 * norm.cdf(0.5) - 1  # moved by one σ
        tolerance = 1e-6 if d == 1 else 0.03
        assert script.variation(real, moved, rng) == pytest.approx(true, abs=tolerance)
        four = 2 * norm.cdf(1) - 1  # four samples together are moved by two σ
        assert script.variation_of_sets(real, moved, 4, 3000, rng) == pytest.approx(four, abs=0.04)
    theta = np.array([0.3, -0.2, 0.5])
    x, y = script.truth(3).draw(200_000, rng)
    mu = script.truth(3).high
    assert script.zero_one(theta, x, y) == pytest.approx(script.true_zero_one(theta, mu), abs=0.005)
    assert script.nll(theta, x, y) == pytest.approx(script.true_nll(theta, mu), rel=0.01)


def test_the_oracles_page_has_a_row_for_each_ratio(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["gaussian_mixture.py", "--out", str(tmp_path), "--repetitions", "8", "--training-sets", "2"]
    monkeypatch.setattr(sys, "argv", asked)
    monkeypatch.setattr(script, "SIZES", (60,))
    monkeypatch.setattr(script, "NEW", 500)
    script.main()
    page = (tmp_path / "gaussian-mixture.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\| (0|1|5|50) \| ", page, re.MULTILINE)) == 4 * len(script.RATIOS)
    assert "nan" not in page
