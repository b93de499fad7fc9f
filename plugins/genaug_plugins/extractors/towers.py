"""The interface of image–text models of different libraries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from genaug_plugins.extractors.preparation import Preparation


@dataclass(frozen=True)
class Towers:
    """A loaded image–text model.

    Attributes:
        name: for the record.
        model: the whole model, both towers.
        images: from prepared images ``[B, 3, size, size]`` to ``[B, D]``, of any length.
        texts: from T texts to ``[T, D]``, of any length.
        logit_scale: factor of the cosines.
        preparation: of images for the image tower.
    """

    name: str
    model: nn.Module
    images: Callable[[Tensor], Tensor]
    texts: Callable[[Sequence[str]], Tensor]
    logit_scale: float
    preparation: Preparation
