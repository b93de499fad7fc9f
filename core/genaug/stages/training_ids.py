"""The training samples of a fit: recorded with it, and compared when another fit starts from it."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Generator
from genaug.data import Samples
from genaug.errors import DataError
from genaug.stages.split import Views

FILE = "training-ids.safetensors"
Hashes = NDArray[np.uint8]
"""sha256 of content ids, ``[N, 32]``: they reveal nothing about the samples."""


def save(folder: Path, views: Views, start: Path | None) -> None:
    """Write the hashed ids of the training samples of a fit and of the fit that it started from."""
    from safetensors.numpy import save_file

    train = views.train
    learned = [_hashed(train.samples)] + ([] if train.unlabelled is None else [_hashed(train.unlabelled)])
    if start is not None and (start / FILE).is_file():
        learned.append(load(start))
    save_file({"sha256": np.unique(np.concatenate(learned), axis=0)}, folder / FILE)


def load(folder: Path) -> Hashes:
    """Return the hashed ids that were written with a fit."""
    from safetensors.numpy import load_file

    hashes: Hashes = load_file(folder / FILE)["sha256"]
    return hashes


def check_start(generator: Generator, views: Views) -> str:
    """Refuse a start whose fit has learned from samples that are held out now.

    Contents are compared: a sample stored in another size or quality is not recognised.

    Returns:
        ``none``: the generator does not start from a fit. ``checked``: the fit has learned from no sample
        of the validation and test views. ``stated``: the config states this, and it cannot be checked.

    Raises:
        DataError: where it has learned from one, or where this is unknown and the config does not state it.
    """
    start = generator.starts_from
    if start is None:
        return "none"
    if not (start / FILE).is_file():
        if generator.states_disjoint_start:
            return "stated"
        raise DataError(
            f"start: the fit in {start} has no {FILE}, so it cannot be checked whether it has learned from "
            "today's validation or test samples. Fit it again with this release of genaug, or, where its "
            "training data shares no sample with this data, set generator.start_is_disjoint=true"
        )
    learned = set(map(bytes, load(start)))
    held_out = {"validation": views.validation.samples, "test": views.test.samples}
    found = {
        view: sum(one in learned for one in map(bytes, _hashed(part))) for view, part in held_out.items()
    }
    if any(found.values()):
        shared = " and ".join(f"{count} of the {view} samples" for view, count in found.items() if count)
        raise DataError(
            f"start: the fit in {start} has learned from {shared} of this split, so measurements on them "
            "would be meaningless. Begin from a fit on other data, or on the same source, split and seed"
        )
    return "checked"


def _hashed(samples: Samples) -> Hashes:
    digests = b"".join(hashlib.sha256(str(one).encode()).digest() for one in samples.ids)
    return np.frombuffer(digests, dtype=np.uint8).reshape(-1, 32)
