"""The stage that compares the chains."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genaug.components.component import Component
from genaug.components.identity import described
from genaug.contracts import Comparator, Extractor, Selector, Task, Validator
from genaug.data.comparison import EVERYTHING, Comparison, Row
from genaug.data.json_files import write_json
from genaug.errors import PluginFailed
from genaug.experiments.selector_comparison.chains import FAILURE, Failed
from genaug.stages.evidence import gathered
from genaug.stages.stage import Stage, StageContext, at_work

COMPARE = "compare"
FILE = "comparison.json"
VERSION = 1


def stage(
    protocol: Validator,
    chains: Mapping[str, tuple[Selector, ...]],
    last: Mapping[str, str],
    task: Task,
    extractor: Extractor,
) -> Stage:
    """Return the stage.

    Args:
        protocol: the comparator.
        chains: by name.
        last: the last stage of each.
        task: the downstream task.
        extractor: the pipeline's feature space.
    """
    components: dict[str, Component] = {"protocol": protocol, "task": task, "extractor": extractor}
    inputs = ("split", "generate", *last.values())

    def work(stage: StageContext) -> None:
        made = {name: stage.read(end) for name, end in last.items()}
        failed = {name: one for name, one in made.items() if isinstance(one, Failed)}
        evidences = {EVERYTHING: gathered(stage, None, task)} | {
            name: gathered(stage, end, task) for name, end in last.items() if name not in failed
        }
        with at_work(protocol):
            assert isinstance(protocol, Comparator), "the config was checked"
            found = protocol.compare(evidences, stage.context)
        _check(found, protocol, list(evidences))
        comparison = _completed(found, chains, failed)
        (stage.folder / FILE).write_text(comparison.model_dump_json(indent=2), encoding="utf-8")
        if failed:
            write_json(stage.folder / FAILURE, {"reason": ", ".join(failed)})

    return Stage(COMPARE, components, {"chains": list(chains)}, inputs, work, read, judges=True)


def read(folder: Path) -> Comparison:
    """Read the artifact back."""
    return Comparison.model_validate_json((folder / FILE).read_text(encoding="utf-8"))


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


def _completed(
    found: Comparison, chains: Mapping[str, tuple[Selector, ...]], failed: Mapping[str, Failed]
) -> Comparison:
    """Return the comparison with the settings of each chain, and a row for those that failed."""
    rows = (*found.rows, *(Row(name=name, problem=one.reason) for name, one in failed.items()))
    settings = {name: tuple(one.model_dump(mode="json") for one in chain) for name, chain in chains.items()}
    complete = tuple(row.model_copy(update={"chain": settings.get(row.name, ())}) for row in rows)
    return found.model_copy(update={"rows": complete})
