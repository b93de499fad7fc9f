"""The folder of an autoencoder of diffusers, looked at before anything is loaded."""

import json
from pathlib import Path

from genaug.data import SampleSpec
from genaug.errors import DataError, MissingWeights

CONFIG, WEIGHTS = "config.json", "diffusion_pytorch_model.safetensors"


def check_folder(folder: Path, spec: SampleSpec) -> None:
    """Refuse a folder without an AutoencoderKL, or one that cannot read the images.

    Raises:
        MissingWeights: where a file does not exist.
        DataError: where the samples are not images, or have other channels.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise MissingWeights(
                f"autoencoder: {name} does not exist in {folder}: name the folder that "
                "`AutoencoderKL.save_pretrained` wrote (of a pipeline its subfolder `vae`)"
            )
    if spec.modality != "image":
        raise DataError(
            f"autoencoder: an AutoencoderKL reads images, not {spec.modality} samples: leave it out"
        )
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise DataError(f"autoencoder: {folder / CONFIG} is not JSON as diffusers writes it")
    if config.get("_class_name") != "AutoencoderKL":
        raise DataError(
            f"autoencoder: {folder / CONFIG} describes a {config.get('_class_name')}, not an AutoencoderKL"
        )
    reads, channels = config.get("in_channels", 3), spec.shape[0]
    if channels not in (1, reads):
        raise DataError(
            f"autoencoder: it reads images of {reads} channels, and these have {channels}: convert them, or "
            "leave it out"
        )


def files(folder: Path) -> tuple[Path, ...]:
    """Return the files that an AutoencoderKL is read from."""
    return folder / CONFIG, folder / WEIGHTS
