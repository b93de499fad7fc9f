"""Discriminator rejection sampling, where the density ratio is known and in a run with a GAN."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from genaug import Pipeline
from genaug.contracts import Candidates
from genaug.data import Origin, Pool, Samples, SampleSpec, TrainView
from genaug.errors import ConfigError
from genaug.testing import Material, parametrize_with_checks
from genaug_plugins.selectors.discriminator import DiscriminatorSelector, log_accepted

RATIO = "generator.log_density_ratio"
LINE = SampleSpec(modality="vector", shape=(1,), class_names=("low", "high"))


@parametrize_with_checks(
    [
        DiscriminatorSelector(),
        DiscriminatorSelector(percentile=None, max_per_class=2, min_per_class=1),
        DiscriminatorSelector(by="rank", share=0.4),
    ]
)
def test_promises(component: DiscriminatorSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def drawn(count: int, ratio: str = RATIO) -> Candidates:
    """Return candidates of N(0, 1) for data of N(1, 1): log p_data / p_model = x − ½; class 1 ten higher."""
    x = np.random.default_rng(0).standard_normal(2 * count).astype(np.float32)
    labels = np.repeat([0, 1], count)
    made = Samples((x + 10 * labels).astype(np.float32)[:, None], labels)
    pool = Pool(LINE, made, (Origin("g", 0),), np.zeros_like(labels), np.arange(2 * count))
    return Candidates(pool, {ratio: x.astype(np.float64) - 0.5})


def select(given: Candidates, seed: int = 0, **settings: Any) -> Any:
    train = TrainView(LINE, given.pool.samples.take(np.arange(0)))
    return DiscriminatorSelector(**settings).select(given, train, Material().context(seed))


def values(given: Candidates, kept: np.ndarray, label: int) -> np.ndarray:
    return given.pool.samples.values[kept & (given.pool.labels == label), 0] - 10 * label


def test_rejection_moves_what_is_kept_to_the_data() -> None:
    given = drawn(60_000)
    found = select(given, percentile=None)
    for label in (0, 1):
        own = values(given, found.kept, label)
        # Acceptance e^(x − x_M): 1 in e^(x_M − ½), with x_M about 4 standard deviations.
        assert 400 < len(own) < 4000
        assert own.mean() == pytest.approx(1, abs=4 / len(own) ** 0.5)
        assert own.std() == pytest.approx(1, abs=3 / len(own) ** 0.5)


def test_a_percentile_keeps_more_and_goes_less_far() -> None:
    given = drawn(5000)
    kept = {p: select(given, percentile=p).kept for p in (95.0, 80.0, 20.0)}
    counts = [int(k.sum()) for k in kept.values()]
    means = [values(given, k, 0).mean() for k in kept.values()]
    assert counts == sorted(counts)
    assert means == sorted(means, reverse=True)
    assert 0 < means[-1] < means[0] < 1.1
    # At the percentile itself the acceptance is one half.
    acceptance = select(given, percentile=80.0).scores["acceptance"][:5000]
    assert np.percentile(acceptance, 80) == pytest.approx(0.5, abs=1e-3)


def test_acceptance_is_the_papers_formula() -> None:
    ratio = np.array([-3.0, 0.5, 1.0, 2.0])
    gap = ratio - 2.0
    f = gap - np.log(1 - np.exp(gap - 1e-8))
    assert np.exp(log_accepted(ratio, None)) == pytest.approx(np.exp(gap), rel=1e-6)
    expected = 1 / (1 + np.exp(-(f - np.percentile(f, 50))))
    assert np.exp(log_accepted(ratio, 50.0)) == pytest.approx(expected, rel=1e-6)
    assert np.exp(log_accepted(np.array([7.0]), None)) == pytest.approx([1])
    assert np.isfinite(log_accepted(np.array([0.0, -1e4, 1e4]), 80.0)).all()


def test_a_quota_draws_from_those_accepted_and_filling_up_accepts_more() -> None:
    given = drawn(20_000)
    accepted = select(given, percentile=None).kept
    some = select(given, percentile=None, max_per_class=200)
    assert some.kept.sum() == 400
    assert not (some.kept & ~accepted).any()
    assert "passed, but not among the 200 drawn of its class" in some.reasons
    # Those drawn are spread as those accepted are, and not the likeliest.
    assert values(given, some.kept, 0).mean() == pytest.approx(1, abs=0.25)
    filled = select(given, percentile=None, min_per_class=3000)
    assert (filled.kept[accepted]).all()
    assert len(values(given, filled.kept, 0)) == 3000
    assert 0.3 < values(given, filled.kept, 0).mean() < 1.1


def test_by_rank_the_likeliest_are_kept() -> None:
    given = drawn(100)
    kept = select(given, by="rank", share=0.1).kept
    for label in (0, 1):
        own = values(given, np.ones(200, dtype=bool), label)
        assert sorted(values(given, kept, label)) == pytest.approx(sorted(own)[-10:])


def test_random_keys_alone_decide_where_the_ratio_says_nothing() -> None:
    given = drawn(500)
    flat = Candidates(given.pool, {RATIO: np.where(given.pool.labels == 0, 0.3, np.nan)})
    found = select(flat)
    assert 200 < found.kept.sum() < 300
    assert "class 'low': the discriminator gives 500 candidates the same score" in found.warnings[0]
    assert found.reasons[-1] == f"it has no {RATIO}"
    assert (select(flat, seed=1).kept != found.kept).any()


def test_without_a_ratio_it_names_what_has_one() -> None:
    with pytest.raises(
        ConfigError, match=r"discriminator: no score 'generator.log_density_ratio'.*available: other\.score"
    ):
        select(drawn(3, ratio="other.score"))


def run(folder: Path, generator: dict[str, Any], **settings: Any) -> Path:
    Pipeline(
        threads=1,
        device="cpu",
        source={"use": "sklearn-digits"},
        split={"train_per_class": 4, "validation_per_class": 2},
        generator=generator,
        strategy={"use": "class-balance", "per_class": 10},
        selectors=[
            {"use": "discriminator", **settings},
            {"use": "threshold", "score": RATIO, "at_least": -50},
        ],
        extractor={"use": "pixels"},
        hooks=[],
    ).run(folder)
    return folder / "store"


def test_a_gans_scores_reach_the_selector(tmp_path: Path) -> None:
    gan = {
        "use": "gan",
        "architecture": {"use": "dcgan", "width": 4, "latent_dim": 6},
        "steps": 20,
        "batch_size": 16,
        "hold_out": 0.25,
        "regularizers": [{"use": "scaling"}],
    }
    store = run(tmp_path, gan, percentile=50.0)
    (first,) = store.glob("select-discriminator-*/candidates.parquet")
    table = pq.read_table(first)
    acceptance, key = (
        table[f"score:discriminator.{name}"].to_numpy() for name in ("acceptance", "random_key")
    )
    kept = table["kept"].to_numpy(zero_copy_only=False)
    assert np.array_equal(kept, key < acceptance)
    assert 0 < kept.sum() < len(kept)
    assert len(set(acceptance.tolist())) > len(kept) / 2
    pool = pq.read_table(sorted(store.glob("generate-*/pool-*.parquet"))[0])
    assert {"score:discriminator", "score:log_density_ratio"} <= set(pool.column_names)
    assert list(store.glob("select-threshold-*"))


def test_a_generator_without_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"generator 'gaussian' gives none: .*`gan` gives"):
        run(tmp_path, {"use": "gaussian"})
    assert not list(tmp_path.iterdir())  # long before anything is fitted
