"""The stages of a chain, whose failure does not stop the other chains."""

import json
import shutil
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genaug.components.component import Component
from genaug.contracts import Extractor, Selector
from genaug.data.json_files import write_json
from genaug.errors import DataError, GenaugError, StoreError
from genaug.execution.job import check_usable
from genaug.stages import select
from genaug.stages.stage import Stage, StageContext

USABLE = "contenders"
"""The stage that checks all chains before anything is learned."""
FAILURE = "failure.json"
"""File in an artifact that lacks a failed chain: the artifact is made again the next time."""


@dataclass(frozen=True)
class Failed:
    """Placeholder for the result of a failed stage.

    Attributes:
        reason: of the failure.
        trace: the traceback.
    """

    reason: str
    trace: str = ""


def usable_stage(chains: Mapping[str, tuple[Selector, ...]], extractor: Extractor) -> Stage:
    """Return the stage that checks early which chains cannot work on samples of this spec."""
    components: dict[str, Component] = {"extractor": extractor} | {
        f"{name}.{place}": one for name, chain in chains.items() for place, one in enumerate(chain)
    }

    def work(stage: StageContext) -> None:
        spec = stage.read("audit").dataset.spec
        refused = {}
        for name, chain in chains.items():
            try:
                check_usable(chain, extractor, spec)
            except GenaugError as error:
                refused[name] = str(error)
                stage.hooks.warned(message=f"{name} takes no part: {error}")
        if len(refused) == len(chains):
            said = "; ".join(f"{name}: {reason}" for name, reason in refused.items())
            raise DataError(f"none of the chains can work here: {said}")
        write_json(stage.folder / "refused.json", refused)
        if refused:
            write_json(stage.folder / FAILURE, {"reason": ", ".join(refused)})

    return Stage(USABLE, components, {}, ("audit",), work, _refused, computes=False)


def stages(
    name: str,
    selectors: tuple[Selector, ...],
    extractor: Extractor,
    if_class_empty: select.IfEmpty,
) -> Iterator[Stage]:
    """Yield the stages of a chain; the result of each is a funnel or `Failed`."""
    for stage in select.stages(selectors, f"select.{name}", if_class_empty):
        yield _fallible(stage, name)


def _fallible(inner: Stage, chain: str) -> Stage:
    def work(stage: StageContext) -> None:
        failed = _failed_before(inner, chain, stage)
        if failed is None:
            try:
                return inner.work(stage)
            except StoreError:
                raise
            except GenaugError as error:
                failed = Failed(str(error), "".join(traceback.format_exception(error)))
                stage.hooks.warned(message=f"{chain} drops out: {error}")
        for left in stage.folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        write_json(stage.folder / FAILURE, {"reason": failed.reason, "trace": failed.trace})
        return None

    return replace(inner, work=work, read=lambda folder: _read(inner, folder))


def _failed_before(inner: Stage, chain: str, stage: StageContext) -> Failed | None:
    refused: Mapping[str, str] = stage.read(USABLE)
    if chain in refused:
        return Failed(refused[chain])
    before = [stage.read(name) for name in inner.inputs if name.startswith("select.")]
    return next((made for made in before if isinstance(made, Failed)), None)


def _read(stage: Stage, folder: Path) -> Any:
    if not (folder / FAILURE).exists():
        return stage.read(folder)
    said = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
    return Failed(said["reason"], said["trace"])


def _refused(folder: Path) -> dict[str, str]:
    refused: dict[str, str] = json.loads((folder / "refused.json").read_text(encoding="utf-8"))
    return refused
