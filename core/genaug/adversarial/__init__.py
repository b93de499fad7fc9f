"""Adversarial training: the step that architectures and regularizers plug into.

The public names, each imported when it is first used: a regularizer's module needs no torch to be read.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genaug.adversarial.chain import Chain as Chain
    from genaug.adversarial.config import AdversarialConfig as AdversarialConfig
    from genaug.adversarial.discriminator_pass import Batch as Batch
    from genaug.adversarial.discriminator_pass import DiscriminatorPass as DiscriminatorPass
    from genaug.adversarial.discriminator_pass import GeneratorPass as GeneratorPass
    from genaug.adversarial.discriminator_pass import Logits as Logits
    from genaug.adversarial.fit import Trained as Trained
    from genaug.adversarial.fit import train as train
    from genaug.adversarial.losses import LOSSES as LOSSES
    from genaug.adversarial.losses import LossName as LossName
    from genaug.adversarial.snapshot import AdversarialSnapshot as AdversarialSnapshot
    from genaug.adversarial.start import Start as Start

_HOMES = {
    "chain": "Chain",
    "config": "AdversarialConfig",
    "discriminator_pass": "Batch DiscriminatorPass GeneratorPass Logits",
    "fit": "Trained train",
    "losses": "LOSSES LossName",
    "snapshot": "AdversarialSnapshot",
    "start": "Start",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"genaug.adversarial has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"genaug.adversarial.{_HOME[name]}"), name)
