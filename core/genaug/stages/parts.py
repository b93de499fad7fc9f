"""Parts of an unfinished shard, saved so that little work is lost by a kill."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from genaug.data import SampleSpec
from genaug.data.acceptance import Tally
from genaug.data.json_files import write_json
from genaug.data.sample_files import load_samples, save_samples
from genaug.stages.making import Made


def part_folder(folder: Path, stem: str, number: int) -> Path:
    """Return the folder of part `number`, from 1 on, of the shard `stem`."""
    return folder / f"{stem}.part-{number:04d}"


def saved_parts(folder: Path, stem: str) -> list[Path]:
    """Return the folders of the parts of a shard that were saved, in order."""
    return sorted(path for path in folder.glob(f"{stem}.part-*") if path.suffix != ".new")


def save_part(made: Made, folder: Path, spec: SampleSpec) -> None:
    """Write a part atomically."""
    from safetensors.numpy import save_file

    fresh = folder.with_suffix(folder.suffix + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    save_samples(made.samples, fresh / "samples", spec)
    save_file({"origin": made.origin, "position": made.position}, fresh / "lineage.safetensors")
    write_json(fresh / "part.json", {"chunks": made.chunks, "tally": asdict(made.tally)})
    fresh.rename(folder)


def load_part(folder: Path, spec: SampleSpec) -> Made:
    """Read a part that `save_part` wrote."""
    from safetensors.numpy import load_file

    lineage = load_file(folder / "lineage.safetensors")
    record = json.loads((folder / "part.json").read_text(encoding="utf-8"))
    samples = load_samples(folder / "samples", spec)
    return Made(samples, lineage["origin"], lineage["position"], Tally(**record["tally"]), record["chunks"])
