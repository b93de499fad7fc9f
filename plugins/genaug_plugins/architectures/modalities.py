"""The modality that an architecture makes, and which to name for others."""

from genaug.data import SampleSpec
from genaug.errors import DataError

MADE = {"image": "images", "signal": "signals [C, T]", "vector": "vectors [D]"}
"""What the architectures make, by modality."""
NAMED = {"image": "dcgan, resnet, fastgan or stylegan2", "signal": "conv1d", "vector": "mlp"}
"""The architectures, by modality."""


def check_modality(spec: SampleSpec, architecture: str, makes: str) -> None:
    """Raise an error for samples of another modality, with an architecture that makes those.

    Args:
        spec: of the samples.
        architecture: its name.
        makes: modality of what it makes.

    Raises:
        DataError: where the samples are of another one.
    """
    if spec.modality == makes:
        return
    instead = (
        f"name an architecture that does ({NAMED[spec.modality]})"
        if spec.modality in NAMED
        else "no architecture makes these: name a generator that does (genaug plugins list --kind generator; "
        "for tables gaussian-copula, for texts markov)"
    )
    raise DataError(f"{architecture} makes {MADE[makes]}, not {spec.modality} samples: {instead}")
