"""A torch data set of real and synthetic samples, for training outside of genaug."""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar, cast

import numpy as np
import torch
from torch.utils.data import Dataset

from genaug.errors import DataError

Item = TypeVar("Item")
How = Literal["append", "replace", "pretrain"]


class MixedDataset(Dataset[Item]):
    """A mix of two data sets whose items are ``(sample, label)``, with labels as numbers of classes.

    Classes are joined by name, since each data set numbers its own: of real classes ``common, rare`` and
    synthetic ones ``rare``, label 0 means two things. Items have the labels of the real data set.

    ``append``: all real samples, then all synthetic ones. ``replace``: each real sample is replaced, with
    probability `share`, by a synthetic one of its class, drawn again in every epoch. ``pretrain``: only
    synthetic samples for the first `epochs` epochs, then only real ones.

    Where synthetic samples have soft labels, the labels of all items are shares of the classes: float32
    tensors ``[classes]``, which torch's cross-entropy takes, too. ``replace`` uses the synthetic `labels`.

    Items depend on seed, epoch and index alone, so that workers and repeated runs get the same ones. Call
    `set_epoch` at each epoch, as for torch's distributed sampler::

        mixed = MixedDataset(ImageFolder("out/real"), ImageFolder("out/synthetic"), how="replace")
        for epoch in range(20):
            mixed.set_epoch(epoch)
            for images, labels in DataLoader(mixed, 64, shuffle=True): ...

    Args:
        real, synthetic: map-style data sets.
        how: ``append``, ``replace`` or ``pretrain``.
        share: for ``replace``: probability of a synthetic sample, 0 … 1.
        epochs: for ``pretrain``: number of epochs with synthetic samples.
        seed: for ``replace``: seed of the random choices.
        labels: for ``replace``: the classes of the real and of the synthetic samples, each in the numbers of
            its own data set. None: those in the data sets' `targets`, as torchvision's have.
        classes: the names of the classes of the real and of the synthetic data set, in the order of their
            labels. None: those in the data sets' `classes`, as torchvision's have.
        soft_labels: the shares of the classes in each synthetic sample, ``[N, classes]``, in the order of the
            synthetic data set's classes; None: each is of one class.

    Raises:
        DataError: where `how` or `share` is invalid, a data set is empty, ``replace`` has no labels, the
            names of classes are not known, synthetic ones are not among the real ones, or soft labels do not
            fit.
    """

    def __init__(
        self,
        real: Dataset[Item],
        synthetic: Dataset[Item],
        how: How = "append",
        *,
        share: float = 0.5,
        epochs: int = 1,
        seed: int = 0,
        labels: tuple[Sequence[int], Sequence[int]] | None = None,
        classes: tuple[Sequence[str], Sequence[str]] | None = None,
        soft_labels: Any = None,
    ) -> None:
        if how not in ("append", "replace", "pretrain"):
            raise DataError(f"how must be append, replace or pretrain, not {how!r}")
        if not 0 <= share <= 1:
            raise DataError(f"share must be from 0 to 1, not {share}")
        parts: Any = (real, synthetic)  # torch's Dataset declares no length, but map-style ones have it
        self._parts: tuple[Any, Any] = parts
        for name, part in zip(("real", "synthetic"), self._parts, strict=True):
            if not len(part):
                raise DataError(f"the {name} data set is empty")
        self._how, self._share, self._epochs, self._seed, self._epoch = how, share, epochs, seed, 0
        own_names, other_names = classes or map(_names, ("real", "synthetic"), self._parts)
        unknown = [name for name in other_names if name not in own_names]
        if unknown:
            raise DataError(
                f"the synthetic class {unknown[0]!r} is not among those of the real data set: "
                f"{', '.join(map(repr, own_names))}"
            )
        self._real_label = [list(own_names).index(name) for name in other_names]
        self._shares: torch.Tensor | None = None
        if soft_labels is not None:
            self._shares = _real_shares(soft_labels, len(self._parts[1]), self._real_label, len(own_names))
        if how == "replace":
            own, others = (np.asarray(part) for part in labels or map(_targets, self._parts))
            if len(own) != len(self._parts[0]) or len(others) != len(self._parts[1]):
                raise DataError(
                    f"{len(own)} and {len(others)} labels do not fit {len(self._parts[0])} real and "
                    f"{len(self._parts[1])} synthetic samples"
                )
            others = np.asarray(self._real_label)[others]
            self._labels = own
            self._of_class = {label: np.flatnonzero(others == label) for label in np.unique(own).tolist()}

    def set_epoch(self, epoch: int) -> None:
        """Set the number of the next epoch, from 0 on."""
        self._epoch = epoch

    def __len__(self) -> int:
        real, synthetic = map(len, self._parts)
        if self._how == "append":
            return real + synthetic
        return synthetic if self._pretraining else real

    def __getitem__(self, index: int) -> Item:
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} of {len(self)} samples")
        index %= len(self)
        part = 0  # real; 1: synthetic
        if self._how == "append" and index >= (real := len(self._parts[0])):
            part, index = 1, index - real
        elif self._how == "pretrain":
            part = int(self._pretraining)
        elif self._how == "replace":
            candidates = self._of_class[self._labels[index].item()]
            rng = np.random.default_rng([self._seed, self._epoch, index])
            if len(candidates) and rng.random() < self._share:
                part, index = 1, int(rng.choice(candidates))
        item = self._parts[part][index]
        if self._shares is not None:
            sample, label, *rest = item
            shares = self._shares[index] if part else torch.eye(self._shares.shape[1])[int(label)]
            return cast(Item, (sample, shares, *rest))
        if part == 0:
            return cast(Item, item)
        sample, label, *rest = item  # the sum keeps the type of the label, a number or a tensor
        return cast(Item, (sample, label + (self._real_label[int(label)] - int(label)), *rest))

    @property
    def _pretraining(self) -> bool:
        return self._how == "pretrain" and self._epoch < self._epochs


def _real_shares(given: Any, samples: int, real_label: Sequence[int], classes: int) -> torch.Tensor:
    """Return soft labels in the order of the real classes, float32 ``[samples, classes]``."""
    found = np.asarray(given, dtype=np.float32)
    if found.shape != (samples, len(real_label)) or not (found >= 0).all():
        raise DataError(
            f"soft_labels must be {samples} x {len(real_label)} shares, a row for each synthetic sample and "
            f"a column for each of its classes, not {list(found.shape)}, and none may be below 0"
        )
    shares = np.zeros((samples, classes), dtype=np.float32)
    shares[:, list(real_label)] = found
    return torch.from_numpy(shares)


def _names(which: str, data: Any) -> Sequence[str]:
    names: Sequence[str] | None = getattr(data, "classes", None)
    if names is None:
        raise DataError(
            f"the {which} data set, a {type(data).__name__}, has no `classes`: the labels of two data sets "
            "can be joined by the names of their classes only. Give classes=(names of the real one, names of "
            "the synthetic one), each in the order of its labels"
        )
    return names


def _targets(data: Any) -> Sequence[int]:
    targets: Sequence[int] | None = getattr(data, "targets", None)
    if targets is None:
        raise DataError(
            f"replace needs the class of each sample, and a {type(data).__name__} has no `targets`: "
            "give `labels`"
        )
    return targets
