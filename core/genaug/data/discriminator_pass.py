"""The old place of `genaug.adversarial.discriminator_pass`, until the next release."""

from typing import Any

from genaug.renamed import import_old_name

_NAMES = ("Batch", "Discriminate", "DiscriminatorPass", "Generate", "GeneratorPass", "Logits", "Rows")


def __getattr__(name: str) -> Any:
    homes = {old: f"genaug.adversarial.discriminator_pass:{old}" for old in (*_NAMES, "input_gradient")}
    return import_old_name(__name__, name, homes)
