"""The stage `audit`: read the source, and check its data."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genaug.components.blame import blaming
from genaug.components.identity import described
from genaug.contracts import Source
from genaug.data import Dataset, SampleSpec
from genaug.data.audit import Audit, audit
from genaug.data.json_files import write_json
from genaug.data.sample_files import load_samples, save_samples
from genaug.errors import DataError, PluginFailed
from genaug.stages.original_files import below_root, from_root
from genaug.stages.stage import Stage, StageContext

PER_SAMPLE = {"groups": np.str_, "origins": np.str_, "views": np.str_, "times": np.float64, "files": np.str_}
"""What a data set may say of each sample, beside its label."""


@dataclass(frozen=True, eq=False)
class Audited:
    """A data set with its audit."""

    dataset: Dataset
    audit: Audit


def stage(source: Source, state: str | None = None) -> Stage:
    """Return the stage that reads and audits a source.

    Args:
        source: of the data.
        state: hash of the data; None: the source computes it.

    Raises:
        DataError: where the source's data is not there.
    """
    with blaming(source):
        recipe = {"state": source.state() if state is None else state}
    return Stage(
        "audit", {"source": source}, recipe, (), lambda stage: _work(source, stage), read, computes=False
    )


def audited(source: Source) -> Audited:
    """Read and audit a source.

    Raises:
        DataError: where nothing can be learned from the data.
    """
    with blaming(source):
        dataset = source.load()
    if not isinstance(dataset, Dataset):
        raise PluginFailed(f"the {described(source)} returned {type(dataset).__name__}, not a Dataset")
    try:
        found = audit(dataset)
    except DataError as error:
        raise DataError(f"the data of the {described(source)} cannot be used: {error}") from error
    return Audited(dataset, found)


def _work(source: Source, stage: StageContext) -> None:
    result = audited(source)
    dataset = result.dataset
    save_samples(dataset.samples, stage.folder / "samples", dataset.spec)
    names: dict[str, Any] = {"spec": dataset.spec.model_dump(mode="json")}
    for name in PER_SAMPLE:
        values = getattr(dataset, name)
        names[name] = None if values is None else values.tolist()
    if dataset.files is not None:
        names |= below_root(names["files"], stage.folder.parent.parent)
    write_json(stage.folder / "dataset.json", names)
    write_json(stage.folder / "audit.json", result.audit.model_dump(mode="json"))
    for sentence in (*result.audit.problems, *result.audit.notes):
        stage.hooks.warned(message=sentence)


def read(folder: Path) -> Audited:
    """Read the artifact back."""
    names = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    if "root" in names:  # earlier versions stored absolute paths
        names["files"] = from_root(names, folder.parent.parent)
    found = Audit.model_validate_json((folder / "audit.json").read_text(encoding="utf-8"))
    spec = SampleSpec.model_validate(names["spec"])
    dataset = Dataset(
        spec,
        load_samples(folder / "samples", spec),
        problems=found.problems,
        **{
            name: None if names.get(name) is None else np.array(names[name], dtype=dtype)
            for name, dtype in PER_SAMPLE.items()
        },
    )
    return Audited(dataset, found)
