"""What is known before the fit is refused before it, by `check` and by `run` alike."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
import pytest

from genaug import Pipeline
from genaug.components.prerequisites import HubWeights, Package
from genaug.contracts import Strategy
from genaug.data import DataFacts, SampleSpec
from genaug.data.split import Split
from genaug.errors import DataError, MissingRequirement, MissingWeights, PluginFailed
from genaug.execution.before_the_fit import check_data
from genaug_plugins.extractors.clip import ClipExtractor
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.extractors.timm import TimmExtractor
from genaug_plugins.generators.gan import GanGenerator
from genaug_plugins.generators.gaussian import GaussianGenerator
from genaug_plugins.generators.hold_out import held_out_of
from genaug_plugins.selectors.cluster import ClusterSelector
from genaug_plugins.selectors.coreset import CoresetSelector
from genaug_plugins.selectors.density import DensitySelector
from genaug_plugins.selectors.realism import RealismSelector
from genaug_plugins.selectors.top_k import TopKSelector
from genaug_plugins.strategies.class_balance import ClassBalanceStrategy

PIXELS = PixelsExtractor()


def facts(*train: int, test: int = 60) -> DataFacts:
    spec = SampleSpec(modality="vector", shape=(3,), class_names=tuple(f"c{n}" for n in range(len(train))))
    others = np.full(len(train), test, dtype=np.int64)
    return DataFacts(spec, Split(), np.array(train, dtype=np.int64), others, others)


def refused(*components: Any, of: DataFacts) -> str:
    with pytest.raises(DataError) as error:
        check_data(components, PIXELS, of)
    return str(error.value)


def test_nothing_to_add() -> None:
    said = refused(ClassBalanceStrategy(per_class=20), of=facts(20, 24))
    assert "per_class 20 adds nothing" in said
    assert "20 ('c0') to 24 ('c1')" in said
    assert check_data([ClassBalanceStrategy(per_class=21)], PIXELS, facts(20, 24)) == []


def test_more_neighbours_than_training_samples() -> None:
    said = refused(RealismSelector(k=50, extractor=PIXELS), of=facts(2, 2))
    assert "k = 50 neighbours need 51 training samples, and there are 4 in all: lower k to 3" in said
    assert "5 of a class at most" in refused(DensitySelector(extractor=PIXELS, k=5), of=facts(5, 4))
    (remark,) = check_data([DensitySelector(extractor=PIXELS, k=5)], PIXELS, facts(5, 6))
    assert "1 of 2 classes ('c0') have 5 training samples or fewer" in remark


def test_ranks_and_clusters_that_do_not_exist() -> None:
    assert "k = 3 is above the number of classes, 2" in refused(TopKSelector(k=3), of=facts(9, 9))
    (remark,) = check_data([TopKSelector(k=2)], PIXELS, facts(9, 9))
    assert "keeps every candidate" in remark
    chain = [ClassBalanceStrategy(add=8), ClusterSelector(clusters=9, extractor=PIXELS)]
    assert "9 clusters of a class need as many candidates, and a class has at most 8" in refused(
        *chain, of=facts(9, 9)
    )
    by_training = ClusterSelector(clusters=9, centres="training", extractor=PIXELS)
    assert "has at most 4" in refused(by_training, of=facts(4, 3))


def test_a_selector_is_compared_with_what_those_before_it_can_keep() -> None:
    first = ClusterSelector(clusters=2, per_cluster=3, extractor=PIXELS)
    chain = [ClassBalanceStrategy(add=50), first, ClusterSelector(clusters=7, extractor=PIXELS)]
    assert "at most 6" in refused(*chain, of=facts(9, 9))
    chain = [ClassBalanceStrategy(add=50), first, CoresetSelector(max_per_class=7, extractor=PIXELS)]
    (remark,) = check_data(chain, PIXELS, facts(9, 9))
    assert "max_per_class 7 limits nothing: at most 6 candidates of a class" in remark


def test_a_part_that_is_held_out_must_be_large_enough() -> None:
    gan = GanGenerator(architecture={"use": "mlp"}, hold_out=0.1)
    assert "hold_out: 0.1 of 6 training samples is 2" in refused(gan, of=facts(4, 2))
    assert check_data([gan], PIXELS, facts(20, 20)) == []
    assert [held_out_of(n, 0.5) for n in (0, 1, 2, 9)] == [0, 0, 1, 4]


def test_a_class_with_two_samples_is_needed_for_a_covariance() -> None:
    assert "two training samples" in refused(GaussianGenerator(), of=facts(1, 1))


class WrongStrategy(Strategy):
    name: ClassVar[str] = "wrong-count"

    def candidates(self, facts: DataFacts) -> Any:
        return np.zeros(1)

    def requests(self, train: Any, sampler: Any, rng: Any, context: Any) -> Any: ...


class EmptyStrategy(WrongStrategy):
    name: ClassVar[str] = "nothing"

    def candidates(self, facts: DataFacts) -> Any:
        return np.zeros(2, np.int64)


def test_any_strategy_that_asks_for_nothing_is_refused_and_a_wrong_count_names_the_plugin() -> None:
    assert "'nothing' asks for nothing" in refused(EmptyStrategy(), of=facts(3, 4))
    with pytest.raises(PluginFailed, match="wrong-count"):
        check_data([WrongStrategy()], PIXELS, facts(3, 4))


def test_missing_packages_and_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    with pytest.raises(MissingRequirement, match=r"extractor 'x' needs no_such_module.*pip install 'a\[b\]'"):
        Package("no_such_module", "a[b]").check("extractor 'x'")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingWeights, match=r"needs weights of a/b.*HF_HUB_OFFLINE is set.*Do this"):
        HubWeights("a/b", ("w.safetensors",), "Do this").check("extractor 'x'")
    for extractor in (ClipExtractor(), TimmExtractor()):
        assert any(isinstance(one, HubWeights) for one in extractor.prerequisites())
    assert TimmExtractor(weights="own.safetensors").prerequisites() == ()
    assert ClipExtractor(weights=None).prerequisites() == (Package("open_clip", "genaug[clip]"),)


@pytest.mark.parametrize("how", ["check", "run"])
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"strategy": {"use": "class-balance", "per_class": 8}}, "per_class 8 adds nothing"),
        ({"selectors": [{"use": "realism", "k": 80}]}, "k = 80 neighbours need 81"),
        ({"selectors": [{"use": "top-k", "k": 11}]}, "above the number of classes, 10"),
        ({"split": {"train_per_class": 200, "validation_per_class": 5}}, "class '0' has 178 samples"),
    ],
)
def test_check_and_run_refuse_the_same(tmp_path: Any, how: str, changes: dict[str, Any], said: str) -> None:
    pipeline = Pipeline(
        **{
            "source": {"use": "sklearn-digits"},
            "split": {"train_per_class": 8, "validation_per_class": 5},
            "generator": {"use": "gaussian"},
            "strategy": {"use": "class-balance", "add": 12},
            "extractor": {"use": "pixels"},
            "task": {"use": "classification", "model": {"use": "logistic-regression"}},
            "hooks": [],
            **changes,
        }
    )
    with pytest.raises(DataError, match=said):
        pipeline.check() if how == "check" else pipeline.run(tmp_path / "run")
    assert not list(tmp_path.glob("run/store/fit-*"))


def test_facts_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        facts(1, 1).unlabelled = 3  # type: ignore[misc]
