"""The runs of a study: an ordinary pipeline for each arm, value and seed, each in its own folder."""

import copy
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from genaug import config
from genaug.components.identity import fingerprint
from genaug.components.registry import Registry
from genaug.config import ConfigFile
from genaug.config.place import Place, parsed
from genaug.data.json_files import write_json
from genaug.errors import ConfigError
from genaug.execution.record import RunRecord
from genaug.execution.store import RECORD
from genaug.experiments.study.study import BUILT_IN, Study, Value
from genaug.pipeline import Pipeline
from genaug.stages.stage import labelled

CONFIG = "config.yaml"
"""The config of a run, for `genaug run`."""
MACHINE = "machine.json"
"""The machine of a run, beside its record."""
LOG = "log.txt"
"""The output of a run."""
SHOWN = 16
THREADS = 1
"""CPU threads of a run where the base sets none."""


@dataclass(frozen=True, eq=False)
class Run:
    """A run of a study.

    Attributes:
        arm, value, seed: its place in the study.
        data: its pipeline, as plain data.
        pipeline: the same, validated.
        folder: its output folder, named by the hash of `data`, so that studies share runs.
    """

    arm: str
    value: Value
    seed: int
    data: dict[str, Any]
    pipeline: Pipeline
    folder: Path

    @property
    def label(self) -> str:
        """Return the run's name in lines of progress."""
        return ", ".join(filter(None, (self.arm, self.value.title, f"seed {self.seed}")))

    @property
    def training_steps(self) -> int | None:
        """Return the number of training steps of its generator; None where it is not trained in steps."""
        return getattr(self.pipeline.generator, "steps", None)

    def record(self) -> RunRecord | None:
        """Return the run's record; None where it never began."""
        try:
            return RunRecord.model_validate_json((self.folder / "run.json").read_bytes())
        except FileNotFoundError:
            return None

    def finished(self) -> bool:
        """Return whether the run is finished with the present code and settings."""
        record = self.record()
        if record is None or record.status != "finished":
            return False
        return {stage.name: stage.fingerprint for stage in record.stages} == self._fingerprints

    def why_unfinished(self) -> str:
        """Return why there are no results; "" where there are."""
        record, log = self.record(), self.folder / LOG
        if record is not None and record.status != "running":
            return "" if record.status == "finished" else f"{record.status}: {record.error}"
        said = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        if record is None:
            return f"failed before it began: {last}" if last else "not run"
        return f"ended on its way; the last it said: {last}"

    @cached_property
    def _fingerprints(self) -> dict[str, str]:
        return self.pipeline.job().fingerprints

    def prepare(self, sibling: "Run | None") -> None:
        """Write the run's config, and link artifacts of a finished run with the same split.

        Only the audited data, the split and the features of real samples are shared, by fingerprint:
        the results of the run are the same without them.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / CONFIG, self.data)  # JSON is YAML
        if sibling is None or (self.folder / "store").exists():
            return
        made = sibling.folder / "store"
        shared = [folder for step in ("audit", "split") for folder in made.glob(f"{step}-*")]
        for folder in [*(one for one in shared if (one / RECORD).exists()), made / "features"]:
            if folder.is_dir():
                target = self.folder / "store" / folder.name
                shutil.copytree(folder, target, copy_function=_linked, dirs_exist_ok=True)

    def shares_split_with(self, other: "Run") -> bool:
        """Return whether two runs have the same data and split."""
        mine, its = self.pipeline, other.pipeline
        return (mine.seed, mine.source, mine.split) == (its.seed, its.source, its.split)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)


def planned(study: Study, file: ConfigFile, work: Path) -> list[Run]:
    """Return the runs of a study: all arms at the first seed before any at the second.

    Raises:
        ConfigError: where an arm is not a valid pipeline, or a figure names none of its stages; with file,
            line and arm.
    """
    runs = []
    for value in study.values():
        for arm in study.arms:
            made = _pipeline(study, file, arm, value)
            _check_figures(study, file, made[1])
            for seed in study.seeds:
                data = {"threads": THREADS, **made[0], "seed": seed}
                pipeline = made[1].model_copy(update={"seed": seed, "threads": data["threads"]})
                folder = work / fingerprint(data)[:SHOWN]
                runs.append(Run(arm, value, seed, data, pipeline, folder))
    return sorted(runs, key=lambda run: study.seeds.index(run.seed))


def _pipeline(study: Study, file: ConfigFile, arm: str, value: Value) -> tuple[dict[str, Any], Pipeline]:
    """Return the pipeline of an arm at a value, as plain data and validated."""
    built = ConfigFile(file.name, copy.deepcopy(study.base), dict(_below(file.lines, ("base",))))
    built.overrides = dict(_below(file.overrides, ("base",)))
    try:
        if value.path:
            place: Place = ("vary", value.path)
            _replace(built, file, place, (*place, value.position), value.path, value.value)
        for path, setting in study.arms[arm].items():
            _replace(built, file, ("arms", arm, path), ("arms", arm, path), path, setting)
        return built.data, config.validated(Pipeline, built, Registry.installed())
    except ConfigError as error:
        error.add_note(f"in the arm {arm!r} of the study" + (f", at {value.title}" if value.path else ""))
        raise


def _replace(
    built: ConfigFile, file: ConfigFile, key: Place, written: Place, path: str, setting: object
) -> None:
    """Set a setting of a pipeline, and record its place in the study."""
    if (place := parsed(path)) is None:
        raise ConfigError(f"{file.where(key)}: expected a path like generator.steps, not {path!r}")
    if place == ("seed",):
        raise ConfigError(f"{file.where(key)}: the study's `seeds` set the seed")
    text = f"{path}={json.dumps(setting)}"
    try:
        built.override(text)
    except ConfigError as error:
        raise ConfigError(f"{file.where(key)}: {str(error).removeprefix(f'--set {text}: ')}") from error
    for made in [one for one, by in built.overrides.items() if by == text]:
        del built.overrides[made]
        place = max(place, made, key=len)
        if key in file.lines:
            built.lines[made] = file.lines[key]
    for rest, line in _below(file.lines, written):
        built.lines[*place, *rest] = line


def _below(lines: dict[Place, Any], top: Place) -> Iterator[tuple[Place, Any]]:
    """Yield the values below a place, with the rest of their paths."""
    for place, said in lines.items():
        if place[: len(top)] == top and place != top:
            yield place[len(top) :], said


def _check_figures(study: Study, file: ConfigFile, pipeline: Pipeline) -> None:
    stages = stage_names(pipeline)
    validators = [stage.removeprefix("validate.") for stage in stages if stage.startswith("validate.")]
    for index, figure in enumerate(study.figures):
        group, _, name = figure.partition(".")
        where = f"{file.where(('figures', index))}: figures[{index}]"
        if group not in (*BUILT_IN, *validators):
            known = ", ".join((*validators, *BUILT_IN))
            raise ConfigError(f"{where}: {figure!r} begins with none of {known}")
        if group == "seconds" and name not in stages:
            raise ConfigError(f"{where}: there is no stage {name!r}; the stages are {', '.join(stages)}")


def stage_names(pipeline: Pipeline) -> list[str]:
    """Return the names of a pipeline's stages without building its job, which reads the source's data."""
    chains = {
        "select": pipeline.selectors,
        "validate": pipeline.validators,
        "export": pipeline.exporters,
    }
    labels = [f"{stage}.{label}" for stage, components in chains.items() for label, _ in labelled(components)]
    return ["audit", "split", "fit", "generate", *labels]
