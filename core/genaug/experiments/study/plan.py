"""The runs of a study: its arms at each value and seed."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genaug import config
from genaug.components.registry import Registry
from genaug.config import ConfigFile
from genaug.config.place import Place, parsed
from genaug.errors import ConfigError
from genaug.experiments.figures import BUILT_IN
from genaug.experiments.runs import Run, Value
from genaug.experiments.study.study import Study
from genaug.pipeline import Pipeline
from genaug.stages.stage import labelled

THREADS = 1
"""CPU threads of a run where the base sets none."""


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
                runs.append(Run(arm, value, seed, data, pipeline, work))
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
