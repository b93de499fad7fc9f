"""The stages of a selector comparison: an early check of the chains, and the comparison of what they keep."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from genaug.components.blame import blaming
from genaug.components.component import Component
from genaug.components.identity import described
from genaug.contracts import Comparator, Validator
from genaug.data.comparison import EVERYTHING, Comparison, Row
from genaug.data.json_files import write_json
from genaug.errors import DataError, GenaugError, PluginFailed
from genaug.execution.before_the_fit import check_usable
from genaug.experiments.outcomes import Outcomes
from genaug.experiments.runs import Run
from genaug.experiments.selector_comparison.config import SelectorComparison
from genaug.stages import choose
from genaug.stages.evidence import gathered
from genaug.stages.stage import Stage, StageContext

USABLE = "contenders"
COMPARE = "compare"
FILE = "comparison.json"
FAILED = "failed.json"
"""File in an artifact that lacks chains: why each failed. The artifact is made again the next time."""


def usable_stage(asked: SelectorComparison) -> Stage:
    """Return the stage that checks, before anything is learned, which chains can work on these samples."""

    def work(stage: StageContext) -> None:
        refused = {}
        for name, chain in asked.chains.items():
            try:
                check_usable(chain, asked.pipeline.extractor, stage.read("audit").dataset.spec)
            except GenaugError as error:
                refused[name] = str(error)
                stage.hooks.warned(message=f"{name} takes no part: {error}")
        if len(refused) == len(asked.chains):
            said = "; ".join(f"{name}: {reason}" for name, reason in refused.items())
            raise DataError(f"none of the chains can work here: {said}")

    return Stage(USABLE, _components(asked), {}, ("audit",), work, lambda folder: None, computes=False)


def stage(asked: SelectorComparison, arms: Sequence[Run], execute: Callable[[], object]) -> Stage:
    """Return the stage that compares the chains.

    Args:
        asked: the config.
        arms: the runs of the chains.
        execute: executes the runs.
    """
    pipeline, protocol = asked.pipeline, asked.protocol
    components = {"protocol": protocol, "task": pipeline.task, **_components(asked)}
    recipe = {"chains": list(asked.chains), "if_class_empty": pipeline.if_class_empty}

    def work(stage: StageContext) -> None:
        whole = gathered(stage, None, pipeline.task, choice=pipeline.task.model.chooses)
        execute()
        outcomes = Outcomes.of(arms)
        failed = {run.arm: reason for run, reason in outcomes.lost.items()}
        for name, reason in failed.items():
            stage.hooks.warned(message=f"{name} drops out: {reason}")
        evidences = {EVERYTHING: whole} | {
            one.run.arm: replace(whole, funnel=one.funnel) for one in outcomes.finished
        }
        with blaming(protocol):
            assert isinstance(protocol, Comparator), "the config was checked"
            found = protocol.compare(evidences, stage.context)
        _check(found, protocol, list(evidences))
        comparison = _completed(found, asked, failed)
        (stage.folder / FILE).write_text(comparison.model_dump_json(indent=2), encoding="utf-8")
        if failed:
            write_json(stage.folder / FAILED, failed)

    inputs = ("split", "generate", *choose.inputs(pipeline.task))
    return Stage(COMPARE, components, recipe, inputs, work, read, judges=True)


def read(folder: Path) -> Comparison:
    """Read the artifact back."""
    return Comparison.model_validate_json((folder / FILE).read_text(encoding="utf-8"))


def _components(asked: SelectorComparison) -> dict[str, Component]:
    return {"extractor": asked.pipeline.extractor} | {
        f"{name}.{place}": one for name, chain in asked.chains.items() for place, one in enumerate(chain)
    }


def _check(found: Any, protocol: Validator, names: list[str]) -> None:
    if not isinstance(found, Comparison):
        raise PluginFailed(f"the {described(protocol)} returned {type(found).__name__}, not a Comparison")
    rows = [row.name for row in found.rows]
    missing = [name for name in names if name not in rows]
    if missing or (found.recommended is not None and found.recommended not in rows):
        raise PluginFailed(
            f"the {described(protocol)} must give a row for each contender and recommend one of them: rows "
            f"{', '.join(rows)}; contenders {', '.join(names)}; recommended {found.recommended}"
        )


def _completed(found: Comparison, asked: SelectorComparison, failed: Mapping[str, str]) -> Comparison:
    """Return the comparison with the settings of each chain, and a row for those that failed."""
    rows = (*found.rows, *(Row(name=name, problem=reason) for name, reason in failed.items()))
    settings = {
        name: tuple(one.model_dump(mode="json") for one in chain) for name, chain in asked.chains.items()
    }
    complete = tuple(row.model_copy(update={"chain": settings.get(row.name, ())}) for row in rows)
    return found.model_copy(update={"rows": complete})
