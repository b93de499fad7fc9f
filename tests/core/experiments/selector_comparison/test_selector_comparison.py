"""A selector comparison from its file to its page: the real thing, on digits, small."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from genaug import Pipeline, Registry
from genaug.config.yaml_writer import block
from genaug.contracts import Candidates, Context, Selector
from genaug.data import Selection, TrainView
from genaug.data.comparison import EVERYTHING, REAL
from genaug.data.spec import SampleSpec
from genaug.errors import ConfigError, DataError
from genaug.experiments.selector_comparison.config import SelectorComparison
from genaug.experiments.selector_comparison.page import SELECTOR_COMPARISON
from genaug.experiments.selector_comparison.results import recorded
from genaug.experiments.selector_comparison.run import Outcome, compare, planned

PIPELINE: dict[str, Any] = {
    "threads": 1,
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 4, "validation_per_class": 10, "test_per_class": 10},
    "extractor": {"use": "pixels"},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 8},
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "hooks": [],
}
CHAINS: dict[str, Any] = {
    "half": [{"use": "random", "share": 0.5}],
    "half of half": [{"use": "random", "share": 0.5}, {"use": "random", "share": 0.5}],
}
SEEDS = {"use": "downstream", "seeds": 3}


class FirstSelector(Selector):
    """A selector that keeps the first candidates, or fails if its setting says so."""

    name: ClassVar[str] = "first"

    count: int = 30
    breaks: bool = False
    refuses: bool = False

    def check_usable(self, spec: SampleSpec) -> None:
        if self.refuses:
            raise DataError("no such samples")

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        if self.breaks and not (Path(context.device + ".mended")).exists():
            raise ZeroDivisionError("divided by nothing")
        kept = np.arange(len(candidates)) < self.count
        return Selection(kept, np.where(kept, "", "not among the first"), {}, ("a note",))


def asked(**changes: Any) -> SelectorComparison:
    given = {"pipeline": PIPELINE, "chains": CHAINS, "protocol": SEEDS, "pictures": 4}
    return SelectorComparison.model_validate(given | changes)


def done(comparison: SelectorComparison, folder: Path) -> Outcome:
    outcome = compare(comparison, folder)
    assert outcome is not None
    return outcome


def publish(outcome: Outcome, folder: Path, command: str = "") -> list[Path]:
    return SELECTOR_COMPARISON.write(
        recorded(outcome, command),
        outcome.picture_rows(),
        4,
        folder,
        "selector-comparison",
        "comparison.json",
    )


def reused(outcome: Outcome) -> dict[str, bool]:
    return {stage.name: stage.reused for stage in outcome.record.stages}


def test_a_comparison_compares_writes_and_is_not_done_again(tmp_path: Path) -> None:
    outcome = done(asked(), tmp_path)
    comparison = outcome.comparison
    assert {row.name for row in comparison.rows} == {REAL, EVERYTHING, "half", "half of half"}
    assert comparison.recommended is not None
    assert comparison.row("half").kept == 40
    assert comparison.row("half of half").kept == 20
    assert comparison.row("half").chain[0]["use"] == "random"
    assert (comparison.validation_samples, comparison.test_samples) == (100, 100)

    written = publish(outcome, tmp_path, "genaug compare-selectors x.yaml")
    assert [path.name for path in written] == [
        "selector-comparison.md",
        "comparison.json",
        "selector-comparison.svg",
        "selector-comparison.png",
    ]
    page = written[0].read_text(encoding="utf-8")
    assert comparison.sentence in page.replace("**R", "**r")
    assert "genaug compare-selectors x.yaml" in page
    assert f"**{comparison.recommended}**" in page
    said = json.loads(written[1].read_text(encoding="utf-8"))
    assert said["comparison"]["recommended"] == comparison.recommended
    assert SelectorComparison.model_validate(said["asked"]) == asked()
    drawing = ElementTree.fromstring(written[2].read_text(encoding="utf-8"))
    assert len(drawing.findall(".//{*}circle")) == 7  # two chains over three each, everything over real

    again = done(asked(), tmp_path)
    assert all(reused(again).values())
    assert again.comparison == comparison
    assert again.record.manifest == outcome.record.manifest


def test_another_chain_reuses_the_pool_and_the_other_selections(tmp_path: Path) -> None:
    before = done(asked(), tmp_path)
    after = done(asked(chains={**CHAINS, "first": (FirstSelector(),)}), tmp_path)
    fresh = {step for step, found in reused(after).items() if not found}
    assert fresh == {"contenders", "compare"}
    first = next(run for run in planned(after.asked, tmp_path) if run.arm == "first").record()
    assert first is not None
    assert {stage.name for stage in first.stages if not stage.reused} == {"select.first"}
    assert after.comparison.row("half").test == before.comparison.row("half").test
    assert "first: a note" in after.comparison.row("first").notes


def test_the_run_of_the_pipeline_is_reused(tmp_path: Path) -> None:
    Pipeline.model_validate(PIPELINE).run(tmp_path)
    outcome = done(asked(), tmp_path)
    assert {step for step, found in reused(outcome).items() if found} == {"audit", "split", "fit", "generate"}


def test_a_chain_that_breaks_is_reported_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chains = {
        **CHAINS,
        "broken": (FirstSelector(breaks=True), FirstSelector()),
        "refused": (FirstSelector(refuses=True),),
        "empty": (FirstSelector(count=0),),
    }
    folder = tmp_path / "out"
    outcome = done(asked(chains=chains), folder)
    rows = {row.name: row for row in outcome.comparison.rows}
    assert "ZeroDivisionError: divided by nothing" in rows["broken"].problem
    assert rows["refused"].problem == "no such samples"
    assert rows["empty"].problem == "kept none of 80 candidates"
    assert rows["half"].test is not None
    broken = next(run for run in planned(outcome.asked, folder) if run.arm == "broken")
    assert "ZeroDivisionError" in (broken.folder / "failure.txt").read_text(encoding="utf-8")
    page = publish(outcome, folder)[0].read_text(encoding="utf-8")
    assert "- refused: no such samples" in page
    assert "Made by a command" not in page

    (tmp_path / "cpu.mended").touch()
    said: list[str] = []
    mended = compare(asked(chains=chains), folder, say=said.append)
    assert mended is not None
    assert mended.comparison.row("broken").test is not None
    assert mended.comparison.row("half").test == rows["half"].test
    assert not (broken.folder / "failure.txt").exists()
    assert said[0] == "5 runs, 3 of them found finished; 2 to make, 1 at a time"
    assert [line.partition(":")[0] for line in said[1:]] == ["1/2 broken, seed 0", "2/2 refused, seed 0"]
    assert said[1].endswith("; about 0 min left")
    assert said[2].endswith(" seed 0: failed: no such samples")


def test_chains_that_all_refuse_stop_it_before_anything_is_learned(tmp_path: Path) -> None:
    chains = {"one": (FirstSelector(refuses=True),), "two": (FirstSelector(refuses=True),)}
    with pytest.raises(DataError, match="none of the chains can work here: one: no such samples; two"):
        done(asked(chains=chains), tmp_path)
    assert not list((tmp_path / "store").glob("fit-*"))


def test_a_plain_pipeline_enters_its_chain_its_parts_and_all_installed() -> None:
    selectors = [{"use": "random", "share": 0.25}, {"use": "random", "max_per_class": 2}]
    pipeline = Pipeline.model_validate(
        {**PIPELINE, "selectors": selectors, "validators": [{"use": "fidelity"}, SEEDS]}
    )
    registry = Registry.installed()
    entered = SelectorComparison.of(pipeline, registry)
    assert list(entered.chains)[:3] == ["random+random-2", "random", "random-2"]
    assert entered.chains["random+random-2"] == pipeline.selectors
    assert entered.chains["random"] == pipeline.selectors[:1]
    installed = {entry.name for entry in registry.entries("selector")}
    assert installed <= set(entered.chains) | set(entered.left_out)
    assert entered.left_out["threshold"].startswith("cannot be made with its default settings: score is")
    assert entered.protocol == pipeline.validators[1]
    assert SelectorComparison.of(Pipeline.model_validate(PIPELINE), registry).protocol.name == "downstream"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"chains": {"a/b": CHAINS["half"]}}, r"2: chains: the chain 'a/b' needs another name"),
        ({"chains": {"everything": CHAINS["half"]}}, "'everything' needs another name"),
        ({"chains": {"none": []}}, "names no selector"),
        ({"chains": {}}, "chains"),
        ({"protocol": {"use": "fidelity"}}, r"protocol: .*compares nothing; those that do: downstream"),
        ({"chains": {"a": [{"use": "randon"}]}}, r"chains\.a\[0\]\.use: there is no selector 'randon'"),
        ({"chains": {"a": [{"use": "random", "shore": 1}]}}, "unknown setting; did you mean 'share'"),
        ({"pipeline": {**PIPELINE, "strategie": {}}}, "did you mean 'strategy'"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = tmp_path / "comparison.yaml"
    given = {"pipeline": PIPELINE, "chains": CHAINS, "protocol": SEEDS} | changes
    path.write_text(block(dict(sorted(given.items()))), encoding="utf-8")
    with pytest.raises(ConfigError, match=message.replace("2: ", r"\d+: ")):
        SelectorComparison.from_file(path)


def test_a_file_is_read_with_overrides(tmp_path: Path) -> None:
    path = tmp_path / "comparison.yaml"
    given = {"pipeline": PIPELINE, "chains": CHAINS, "protocol": SEEDS}
    path.write_text(block(given), encoding="utf-8")
    read = SelectorComparison.from_file(
        path, ["protocol.seeds=7", "pipeline.seed=3", "chains.half[0].share=0.25"]
    )
    assert read.protocol.model_dump()["seeds"] == 7
    assert read.pipeline.seed == 3
    assert read.chains["half"][0].model_dump()["share"] == 0.25
    path.write_text(block(PIPELINE), encoding="utf-8")
    assert "random" in SelectorComparison.from_file(path, ["seed=4"]).chains


def test_without_a_protocol_an_installed_comparator_is_taken() -> None:
    read = SelectorComparison.model_validate({"pipeline": PIPELINE, "chains": CHAINS})
    assert read.protocol.name == "downstream"


def test_folds_are_refused_with_the_reason_and_one_of_them_is_taken() -> None:
    folds = {**PIPELINE, "split": {"folds": 3}}
    with pytest.raises(
        ValueError, match=r"the pipeline has 3 folds: all chains choose from one pool.*split\.fold: 1"
    ):
        SelectorComparison.model_validate({"pipeline": folds, "chains": CHAINS, "protocol": SEEDS})
    one = {**PIPELINE, "split": {"folds": 3, "fold": 1}}
    SelectorComparison.model_validate({"pipeline": one, "chains": CHAINS, "protocol": SEEDS})
