"""A bake-off from its file to its page: the real thing, on digits, small."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import yaml

from genaug import Pipeline, Registry
from genaug.bake_off.carry_out import TRACES, Baked, carry_out
from genaug.bake_off.config import BakeOff
from genaug.bake_off.pages import write
from genaug.contracts import Candidates, Context, Selector
from genaug.data import Selection, TrainView
from genaug.data.comparison import EVERYTHING, REAL
from genaug.data.spec import SampleSpec
from genaug.errors import ConfigError, DataError

PIPELINE: dict[str, Any] = {
    "threads": 1,
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 4, "validation_per_class": 10, "test_per_class": 10},
    "extractor": {"use": "pixels"},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 8},
    "task": {"use": "classification", "model": "logistic-regression"},
    "hooks": [],
}
CHAINS: dict[str, Any] = {
    "half": [{"use": "random", "share": 0.5}],
    "half of half": [{"use": "random", "share": 0.5}, {"use": "random", "share": 0.5}],
}
SEEDS = {"use": "downstream", "seeds": 3}


class FirstSelector(Selector):
    """Keep the first candidates; or break, when told to."""

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


def asked(**changes: Any) -> BakeOff:
    given = {"pipeline": PIPELINE, "chains": CHAINS, "protocol": SEEDS, "pictures": 4}
    return BakeOff.model_validate(given | changes)


def done(bake_off: BakeOff, folder: Path) -> Baked:
    baked = carry_out(bake_off, folder, Registry.installed())
    assert baked is not None
    return baked


def reused(baked: Baked) -> dict[str, bool]:
    return {stage.step: stage.reused for stage in baked.record.stages}


def test_a_bake_off_compares_writes_and_is_not_done_again(tmp_path: Path) -> None:
    baked = done(asked(), tmp_path)
    comparison = baked.comparison
    assert {row.name for row in comparison.rows} == {REAL, EVERYTHING, "half", "half of half"}
    assert comparison.recommended is not None
    assert comparison.row("half").kept == 40
    assert comparison.row("half of half").kept == 20
    assert comparison.row("half").chain[0]["use"] == "random"
    assert (comparison.validation_samples, comparison.test_samples) == (100, 100)

    written = write(baked, tmp_path, "bake-off", "comparison.json", "genaug bake-off x.yaml")
    assert [path.name for path in written] == [
        "bake-off.md",
        "comparison.json",
        "bake-off.svg",
        "bake-off.png",
    ]
    page = written[0].read_text(encoding="utf-8")
    assert comparison.sentence in page.replace("**R", "**r")
    assert "genaug bake-off x.yaml" in page
    assert f"**{comparison.recommended}**" in page
    said = json.loads(written[1].read_text(encoding="utf-8"))
    assert said["comparison"]["recommended"] == comparison.recommended
    assert BakeOff.model_validate(said["bake_off"]) == asked()
    drawing = ElementTree.fromstring(written[2].read_text(encoding="utf-8"))
    assert len(drawing.findall(".//{*}circle")) == 7  # two chains over three each, everything over real

    again = done(asked(), tmp_path)
    assert all(reused(again).values())
    assert again.comparison == comparison
    assert again.record.manifest == baked.record.manifest


def test_another_chain_reuses_the_pool_and_the_other_selections(tmp_path: Path) -> None:
    before = done(asked(), tmp_path)
    after = done(asked(chains={**CHAINS, "first": (FirstSelector(),)}), tmp_path)
    fresh = {step for step, found in reused(after).items() if not found}
    assert fresh == {"contenders", "select.first.first", "compare"}
    assert after.comparison.row("half").test == before.comparison.row("half").test
    assert "first: a note" in after.comparison.row("first").notes


def test_the_run_of_the_pipeline_is_reused(tmp_path: Path) -> None:
    Pipeline.model_validate(PIPELINE).run(tmp_path)
    baked = done(asked(), tmp_path)
    assert {step for step, found in reused(baked).items() if found} == {"audit", "split", "fit", "generate"}


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
    baked = done(asked(chains=chains), folder)
    rows = {row.name: row for row in baked.comparison.rows}
    assert "ZeroDivisionError: divided by nothing" in rows["broken"].problem
    assert rows["refused"].problem == "no such samples"
    assert rows["empty"].problem == "kept none of 80 candidates"
    assert rows["half"].test is not None
    assert "ZeroDivisionError" in (folder / TRACES).read_text(encoding="utf-8")
    page = write(baked, folder, "bake-off", "comparison.json", "")[0].read_text(encoding="utf-8")
    assert "- refused: no such samples" in page
    assert "Made by a command" not in page

    (tmp_path / "cpu.mended").touch()
    mended = done(asked(chains=chains), folder)
    assert mended.comparison.row("broken").test is not None
    assert mended.comparison.row("half").test == rows["half"].test
    assert not (folder / TRACES).exists()
    assert reused(mended)["select.half.random"]


def test_chains_that_all_refuse_stop_it_before_anything_is_learned(tmp_path: Path) -> None:
    chains = {"one": (FirstSelector(refuses=True),), "two": (FirstSelector(refuses=True),)}
    with pytest.raises(DataError, match="none of the chains can work here: one: no such samples; two"):
        done(asked(chains=chains), tmp_path)
    assert not list((tmp_path / "store").glob("fit-*"))


def test_a_plain_pipeline_enters_its_chain_its_parts_and_all_installed() -> None:
    selectors = [{"use": "random", "share": 0.25}, {"use": "random", "per_class": 2}]
    pipeline = Pipeline.model_validate(
        {**PIPELINE, "selectors": selectors, "validators": [{"use": "fidelity"}, SEEDS]}
    )
    registry = Registry.installed()
    bake_off = BakeOff.of(pipeline, registry)
    assert list(bake_off.chains)[:3] == ["random+random-2", "random", "random-2"]
    assert bake_off.chains["random+random-2"] == pipeline.selectors
    assert bake_off.chains["random"] == pipeline.selectors[:1]
    installed = {entry.name for entry in registry.entries("selector")}
    assert installed <= set(bake_off.chains) | set(bake_off.left_out)
    assert bake_off.left_out["threshold"].startswith("cannot be made with its default settings: score is")
    assert bake_off.protocol == pipeline.validators[1]
    assert BakeOff.of(Pipeline.model_validate(PIPELINE), registry).protocol.name == "downstream"


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
    path = tmp_path / "bake.yaml"
    given = {"pipeline": PIPELINE, "chains": CHAINS, "protocol": SEEDS} | changes
    path.write_text(yaml.safe_dump(given, sort_keys=True, default_flow_style=False), encoding="utf-8")
    with pytest.raises(ConfigError, match=message.replace("2: ", r"\d+: ")):
        BakeOff.from_file(path)


def test_a_file_is_read_with_overrides(tmp_path: Path) -> None:
    path = tmp_path / "bake.yaml"
    given = {"pipeline": PIPELINE, "chains": CHAINS, "protocol": SEEDS}
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    read = BakeOff.from_file(path, ["protocol.seeds=7", "pipeline.seed=3", "chains.half[0].share=0.25"])
    assert read.protocol.model_dump()["seeds"] == 7
    assert read.pipeline.seed == 3
    assert read.chains["half"][0].model_dump()["share"] == 0.25
    path.write_text(yaml.safe_dump(PIPELINE), encoding="utf-8")
    assert "random" in BakeOff.from_file(path, ["seed=4"]).chains
