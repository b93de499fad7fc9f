"""What fidelity says of good, collapsed, absent and too few candidates."""

import numpy as np
import pytest

from genaug.data import (
    DataFacts,
    Finding,
    Findings,
    Samples,
    SampleSpec,
)
from genaug.data.split import Split
from genaug.testing import parametrize_with_checks
from genaug.testing.evidence import context_of, evidence_of
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.metrics.frechet import frechet_distance
from genaug_plugins.metrics.kernel import kernel_distance
from genaug_plugins.metrics.neighbourhood import neighbourhood
from genaug_plugins.validators.fidelity import FidelityValidator

SPEC = SampleSpec(modality="vector", shape=(6,), class_names=("a", "b"))


def draws(n: int, seed: int, spread: float = 1.0) -> Samples:
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) % 2).astype(np.int64)
    values = spread * rng.normal(size=(n, 6)) + 8.0 * labels[:, None]
    return Samples(values.astype(np.float32), labels)


def measured(
    selected: Samples, dropped: Samples | None = None, test: int = 150, train: int = 100, k: int = 5
) -> Findings:
    dropped = draws(30, 50, spread=6.0) if dropped is None else dropped
    samples = Samples.join([selected, dropped])
    kept = np.arange(len(samples)) < len(selected)
    evidence = evidence_of(SPEC, (draws(train, 0), draws(20, 1), draws(test, 2)), samples, kept)
    context = context_of(evidence, extractor=PixelsExtractor())
    return FidelityValidator(k=k).measure(evidence, context)


def finding(found: Findings, name: str) -> Finding:
    return next(f for f in found.findings if f.name == name)


NEW = {"authenticity", "vendi_score"}
NEAR = {"precision", "recall", "density", "coverage", "realism"}


@parametrize_with_checks([FidelityValidator()])
def test_promises(component: FidelityValidator, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def test_values_are_those_of_the_metrics_against_the_test_view() -> None:
    selected = draws(120, 3)
    found = measured(selected)
    real, train = draws(150, 2).values, draws(100, 0).values
    assert finding(found, "frechet_distance[selected]").value == frechet_distance(real, selected.values)
    kernel = finding(found, "kernel_distance[selected]")
    assert kernel.value == kernel_distance(real, selected.values)
    assert kernel.interval[0] < kernel.value < kernel.interval[1]
    around, reference = (neighbourhood(real, f, 5) for f in (selected.values, train))
    for metric in ("precision", "recall", "density", "coverage"):
        assert finding(found, f"{metric}[selected]").value == getattr(around, metric)
        assert finding(found, f"{metric}[selected]").reference == getattr(reference, metric)
    assert finding(found, "precision[selected]").n == 120
    assert finding(found, "precision[pool]").n == 150
    assert "model pixels" in finding(found, "precision[selected]").note
    own = [s.values[s.labels == 0] for s in (draws(150, 2), selected)]
    assert finding(found, "coverage[selected]").per_class["a"] == neighbourhood(*own, 5).coverage
    assert finding(found, "kernel_distance[selected]").per_class["a"] == kernel_distance(*own)
    assert finding(found, "frechet_infinity[selected]").per_class.keys() == {"a", "b"}
    assert finding(found, "frechet_distance[selected]").per_class == {}  # its bias would be all one sees
    realism = float(np.mean(around.realism >= 1))
    assert finding(found, "realism[selected]").value == realism
    low, high = finding(found, "realism[selected]").interval
    assert low < realism < high


def test_the_pool_is_worse_than_what_was_selected_from_it() -> None:
    found = measured(draws(120, 3), dropped=draws(120, 4, spread=5.0))
    for metric in ("precision", "density"):
        assert finding(found, f"{metric}[selected]").value > finding(found, f"{metric}[pool]").value
    for metric in ("frechet_distance", "kernel_distance"):
        assert finding(found, f"{metric}[selected]").value < finding(found, f"{metric}[pool]").value


def test_a_collapsed_selection_is_precise_and_covers_little() -> None:
    one = draws(1, 3).values
    noise = 0.05 * np.random.default_rng(0).normal(size=(120, 6)).astype(np.float32)
    found = measured(Samples(0.2 * one + noise, np.zeros(120, dtype=np.int64)))
    assert finding(found, "precision[selected]").value > 0.9
    assert finding(found, "recall[selected]").value < 0.3
    assert finding(found, "coverage[selected]").value < 0.5


def test_few_samples_lead_with_kernel_distance_and_coverage_and_say_why() -> None:
    found = measured(draws(40, 3))
    assert [f.name for f in found.findings[:2]] == ["kernel_distance[selected]", "coverage[selected]"]
    assert any("an upward bias below 2,048; prefer the kernel distance" in w for w in found.warnings)


def test_many_samples_lead_with_the_frechet_distance() -> None:
    found = measured(draws(2100, 3), test=2100)
    assert found.findings[0].name == "frechet_distance[selected]"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("n", "names"),
    [
        (0, set()),
        (1, {"authenticity"}),
        (2, NEW | {"frechet_distance"}),
        (3, NEW | {"frechet_distance", "kernel_distance"}),
        (5, NEW | {"frechet_distance", "kernel_distance"}),
        (6, NEW | {"frechet_distance", "kernel_distance"} | NEAR),
        (20, NEW | {"frechet_distance", "frechet_infinity", "kernel_distance", "c_t"} | NEAR),
    ],
)
def test_few_candidates_are_measured_as_far_as_they_go(n: int, names: set[str]) -> None:
    found = measured(draws(n, 3), dropped=draws(0, 1))
    selected = {f.name.partition("[")[0] for f in found.findings if f.name.endswith("[selected]")}
    assert selected == names
    assert found.warnings


def test_few_test_or_training_samples_are_said() -> None:
    found = measured(draws(40, 3), test=4, train=4)
    assert any("which need 6 of each" in warning for warning in found.warnings)
    assert any("too few for every reference" in warning for warning in found.warnings)
    found = measured(draws(40, 3), test=0)
    assert {f.name.partition("[")[0] for f in found.findings} == NEW  # which need no test sample
    assert any("too few to measure anything against the test view" in w for w in found.warnings)


def test_novelty_is_held_against_the_training_view() -> None:
    copies = Samples(draws(100, 0).values, draws(100, 0).labels)
    found, fresh = measured(copies), measured(draws(100, 3))
    assert finding(found, "authenticity[selected]").value == 0
    assert finding(found, "c_t[selected]").value < -5
    assert finding(found, "vendi_score[selected]").value == finding(found, "vendi_score[selected]").reference
    low, high = finding(fresh, "c_t[selected]").interval
    assert low < 0 < high
    share = finding(fresh, "authenticity[selected]")
    assert share.value == pytest.approx(share.reference, abs=0.2)


def test_the_distance_of_endless_samples_is_where_it_is_and_its_interval_holds_it() -> None:
    found = measured(draws(600, 3), test=600)
    limit, plain = (finding(found, f"{name}[selected]") for name in ("frechet_infinity", "frechet_distance"))
    assert limit.interval[0] < 0 < limit.interval[1]
    assert plain.interval is None


def test_a_sample_without_direction_has_no_vendi_score_and_is_said() -> None:
    values = draws(40, 3).values
    values[7] = 0
    found = measured(Samples(values, draws(40, 3).labels), dropped=draws(0, 1))
    assert not any(f.name.startswith("vendi_score") for f in found.findings)
    assert any("selected: no vendi_score" in warning for warning in found.warnings)


def test_the_order_of_candidates_changes_nothing() -> None:
    selected = draws(150, 3)
    shuffled = selected.take(np.random.default_rng(0).permutation(150))
    none = draws(0, 1)
    for a, b in zip(measured(selected, none).findings, measured(shuffled, none).findings, strict=True):
        assert a.value == pytest.approx(b.value, rel=1e-6, abs=1e-9), a.name
        for name, value in a.per_class.items():
            assert value == pytest.approx(b.per_class[name], rel=1e-6, abs=1e-9), (a.name, name)


def test_small_classes_have_no_value_of_their_own() -> None:
    found = measured(draws(30, 3))  # 15 of each class, where 20 are needed
    assert finding(found, "coverage[selected]").per_class == {}
    assert finding(found, "coverage[pool]").per_class == {}


def test_noise_is_called_far_from_the_real_samples_and_no_arrow_praises_it() -> None:
    noise = Samples(draws(120, 3).values + np.float32(30.0), draws(120, 3).labels)
    found = measured(noise)
    (caution,) = found.cautions
    assert caution.startswith("the selected candidates are far from the real samples: they differ by ")
    assert "100% of the candidates are farther" in caution
    halves = finding(found, "kernel_distance_of_real_halves")
    low, high = halves.interval
    assert f"two halves of the real ones differ by {low:.2g} to {high:.2g}" in caution
    assert low < halves.value < high < finding(found, "kernel_distance[selected]").value
    assert finding(found, "authenticity[selected]").value == 1
    praised = {f.name for f in found.findings if f.better and f.reference is not None}
    better = {
        f.name
        for f in found.findings
        if f.name in praised and (f.value > f.reference if f.better == "higher" else f.value < f.reference)
    }
    assert not {name for name in better if name.endswith("[selected]")}


def test_candidates_among_the_real_samples_that_cover_few_of_them_are_called_far() -> None:
    """They stand beside a few training samples: none is far from all of them (before: no caution)."""
    around = draws(120, 3)
    values = np.repeat(draws(120, 3).values[:6], 20, axis=0) * np.float32(0.2)
    (caution,) = measured(Samples(values, around.labels)).cautions
    assert "of the unseen real samples have a candidate near, and" in caution
    assert "farther" not in caution


@pytest.mark.parametrize("spread", [0.6, 1.0])
def test_samples_near_the_data_are_not_called_far(spread: float) -> None:
    assert measured(draws(120, 3, spread=spread)).cautions == ()


def rows_of(counts: tuple[int, int], seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], counts)
    return Samples((rng.normal(size=(len(labels), 6)) + 8.0 * labels[:, None]).astype(np.float32), labels)


def of_minority(test: tuple[int, int]) -> Findings:
    evidence = evidence_of(
        SPEC, (rows_of((400, 60), 0), rows_of((20, 5), 1), rows_of(test, 2)), rows_of((0, 80), 3)
    )
    return FidelityValidator().measure(evidence, context_of(evidence, extractor=PixelsExtractor()))


def test_candidates_of_the_minority_are_compared_with_the_minority() -> None:
    found = of_minority((480, 40))
    kernel = finding(found, "kernel_distance[selected]")
    minority = rows_of((480, 40), 2).values[480:]
    assert kernel.value == pytest.approx(kernel_distance(minority, rows_of((0, 80), 3).values))
    assert kernel.value < finding(found, "kernel_distance_of_real_halves").interval[1] + 0.1
    assert "against 40 test samples; reference: 60 training samples" in kernel.note
    assert (
        "selected: 80 candidates, 100 % 'b', are compared with the 40 test samples that have the same class "
        "shares; the whole test view (520) is 92 % 'a'"
    ) in found.remarks
    assert found.cautions == ()


def test_too_few_of_the_minority_to_match_are_said() -> None:
    found = of_minority((480, 8))
    assert any("only 8 of it have the candidates' class shares" in warning for warning in found.warnings)
    assert "against 488 test samples" in finding(found, "kernel_distance[selected]").note


def test_more_neighbours_than_samples_are_told_before_the_fit() -> None:
    known = DataFacts(SPEC, Split(), np.array([9, 9]), np.array([3, 3]), np.array([60, 30]))
    known = known.with_candidates(np.array([400, 400]))
    assert list(FidelityValidator().check_data(known)) == []
    (said,) = FidelityValidator(k=500).check_data(known)
    assert said.startswith(
        "validator fidelity: k = 500 neighbours need 501 test samples, and there are at most 90 test samples"
    )
