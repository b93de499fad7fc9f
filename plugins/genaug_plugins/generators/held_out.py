"""Measurement of a generator during training, on a held-out part of the training view."""

import numpy as np
import torch
from torch import nn

from genaug import Context
from genaug.data import TrainView
from genaug.data.folds import connected_units
from genaug.data.samples import IntArray
from genaug.errors import DataError
from genaug_plugins.generators.hold_out import K, held_out_of
from genaug_plugins.generators.units import Units
from genaug_plugins.metrics.frechet import frechet_distance
from genaug_plugins.metrics.neighbourhood import neighbourhood

BY = "held_out.frechet_distance"
BATCH = 256


class HeldOut:
    """Fréchet distance and recall of a generator in the pipeline's feature space.

    As many samples are generated as held out. The Fréchet distance of few samples is biased upwards by a
    similar amount at each step. It ranks the steps of one training, and is not comparable with other
    values.

    Args:
        view: the held-out samples, `K` + 1 or more.
        context: its extractor, device and seed are used.
        units: in which the generator makes values; None: those of the data.
    """

    def __init__(self, view: TrainView, context: Context, units: Units | None = None) -> None:
        self._units = units or Units.of_data()
        self._device = torch.device(context.device)
        self._embedder = context.embedder(None)  # a trained extractor has used the entire training view
        self._labels = torch.from_numpy(view.samples.labels).to(self._device)
        self._seed = int(context.rng("latents").integers(2**62))
        self._real = self._embedder.embed_all(view.samples.values)

    @torch.no_grad()
    def __call__(self, generator: nn.Module) -> dict[str, float]:
        """Return both values by name; the latents are the same each time."""
        random = torch.Generator().manual_seed(self._seed)
        latents = torch.randn(len(self._labels), int(generator.latent_dim), generator=random)  # type: ignore[arg-type]
        pairs = zip(
            torch.split(latents.to(self._device), BATCH), torch.split(self._labels, BATCH), strict=True
        )
        made = torch.cat([generator(z, y).float().cpu() for z, y in pairs]).numpy()
        fake = self._embedder.embed_all(self._units.values(made))
        return {
            BY: frechet_distance(self._real, fake),
            "held_out.recall": neighbourhood(self._real, fake, K).recall,
        }


def split_held_out(train: TrainView, share: float, rng: np.random.Generator) -> tuple[TrainView, TrainView]:
    """Split a training view into a training part and a held-out part, class by class.

    Samples of a group, and equal samples of groups, stay together: see `_whole_units`.

    Raises:
        DataError: if fewer than `K` + 1 samples would be held out.
    """
    labels = train.samples.labels
    rows = []
    if train.groups is not None:
        rows.append(_whole_units(train, share, rng))
    else:
        for label in np.unique(labels):
            own = rng.permutation(np.flatnonzero(labels == label))
            rows.append(own[: held_out_of(len(own), share)])
    held = np.sort(np.concatenate(rows)) if rows else np.zeros(0, dtype=np.int64)
    if len(held) <= K:
        kept = "" if train.groups is None else " (samples of one group stay together)"
        raise DataError(
            f"hold_out: {share:g} of {len(labels)} training samples is {len(held)}{kept}, too few to "
            f"measure; at least {K + 1} are needed: raise it, or set it to 0"
        )
    learned = np.setdiff1d(np.arange(len(labels)), held)
    return _part(train, learned), _part(train, held)


def _whole_units(train: TrainView, share: float, rng: np.random.Generator) -> IntArray:
    """Return rows to hold out that separate no group, and leave training samples of each class.

    Of each class, the rarest first, units are drawn as long as each brings the number held out closer to the
    share.
    """
    labels = train.samples.labels
    unit = connected_units(train.samples.ids, train.groups)
    counts = train.samples.per_class(train.spec.classes)
    held = np.zeros(len(labels), dtype=np.bool_)
    for label in sorted(np.unique(labels).tolist(), key=lambda one: counts[one]):
        own = labels == label
        wanted = max(1, round(share * counts[label]))
        for drawn in rng.permutation(np.unique(unit[own])):
            more = held | (unit == drawn)
            left = np.bincount(labels[~more], minlength=len(counts))
            closer = abs(more[own].sum() - wanted) < abs(held[own].sum() - wanted)
            if closer and (left[counts > 0] > 0).all():
                held = more
    return np.flatnonzero(held)


def _part(view: TrainView, rows: IntArray) -> TrainView:
    groups = None if view.groups is None else view.groups[rows]
    return TrainView(view.spec, view.samples.take(rows), groups=groups)
