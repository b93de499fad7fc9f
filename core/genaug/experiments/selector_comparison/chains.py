"""The steps of a chain, which may fail without losing the other chains."""

import json
import shutil
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genaug.components.identity import identity
from genaug.components.registry import Registry
from genaug.contracts import Extractor, Selector
from genaug.data.json_files import write_json
from genaug.errors import DataError, GenaugError, StoreError
from genaug.execution.job import check_usable
from genaug.stages import select
from genaug.stages.step import Bench, Step

USABLE = "contenders"
"""The step that asks all chains, before anything is learned, whether they can work here."""
FAILURE = "failure.json"
"""Marks an artifact that lacks a chain which failed: it is made again the next time."""


@dataclass(frozen=True)
class Failed:
    """Stand for what a step would have made.

    Attributes:
        reason: why there is none.
        trace: the traceback, for a plugin's author.
    """

    reason: str
    trace: str = ""


def usable_step(chains: Mapping[str, tuple[Selector, ...]], extractor: Extractor, registry: Registry) -> Step:
    """Return the step that finds out, early, which chains cannot work on such samples."""
    recipe = {
        "chains": {name: [identity(one, registry) for one in chain] for name, chain in chains.items()},
        "extractor": identity(extractor, registry),
    }

    def work(bench: Bench) -> None:
        spec = bench.read("audit").dataset.spec
        refused = {}
        for name, chain in chains.items():
            try:
                check_usable(chain, extractor, spec)
            except GenaugError as error:
                refused[name] = str(error)
                bench.hooks.warned(message=f"{name} takes no part: {error}")
        if len(refused) == len(chains):
            said = "; ".join(f"{name}: {reason}" for name, reason in refused.items())
            raise DataError(f"none of the chains can work here: {said}")
        write_json(bench.folder / "refused.json", refused)
        if refused:
            write_json(bench.folder / FAILURE, {"reason": ", ".join(refused)})

    return Step(USABLE, 1, recipe, ("audit",), work, _refused)


def steps(
    name: str,
    selectors: tuple[Selector, ...],
    extractor: Extractor,
    registry: Registry,
    if_class_empty: select.IfEmpty,
) -> Iterator[Step]:
    """Yield the steps of a chain; each makes a funnel or is `Failed`."""
    for step in select.steps(selectors, extractor, registry, f"select.{name}", if_class_empty):
        yield _fallible(step, name)


def _fallible(step: Step, chain: str) -> Step:
    def work(bench: Bench) -> None:
        failed = _failed_before(step, chain, bench)
        if failed is None:
            try:
                return step.work(bench)
            except StoreError:
                raise
            except GenaugError as error:
                failed = Failed(str(error), "".join(traceback.format_exception(error)))
                bench.hooks.warned(message=f"{chain} drops out: {error}")
        for left in bench.folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        write_json(bench.folder / FAILURE, {"reason": failed.reason, "trace": failed.trace})
        return None

    return replace(step, work=work, read=lambda folder: _read(step, folder))


def _failed_before(step: Step, chain: str, bench: Bench) -> Failed | None:
    refused: Mapping[str, str] = bench.read(USABLE)
    if chain in refused:
        return Failed(refused[chain])
    before = [bench.read(name) for name in step.inputs if name.startswith("select.")]
    return next((made for made in before if isinstance(made, Failed)), None)


def _read(step: Step, folder: Path) -> Any:
    if not (folder / FAILURE).exists():
        return step.read(folder)
    said = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
    return Failed(said["reason"], said["trace"])


def _refused(folder: Path) -> dict[str, str]:
    refused: dict[str, str] = json.loads((folder / "refused.json").read_text(encoding="utf-8"))
    return refused
