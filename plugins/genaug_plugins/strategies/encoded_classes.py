"""The latents of the training samples of the classes that lack samples."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug import Context, Sampler
from genaug.data import TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError


def encoded_classes(
    amounts: Iterable[tuple[int, int]], train: TrainView, sampler: Sampler, context: Context
) -> Iterator[tuple[int, int, NDArray[Any], FloatArray]]:
    """Yield label, number of candidates, ids ``[n]`` and latents ``[n, Z]`` of each class.

    Args:
        amounts: labels and numbers of candidates.
        train: the training view.
        sampler: encodes its samples.
        context: shows progress.

    Raises:
        DataError: where one of the classes has no training sample.
    """
    samples = train.samples
    for label, count in context.track(list(amounts), "encode training samples"):
        own = samples.take(np.flatnonzero(samples.labels == label))
        if not len(own):
            raise DataError(
                f"class {train.spec.class_names[label]!r} has no training sample to encode: ask for some in "
                "`split`, or choose another strategy"
            )
        yield label, count, own.ids, sampler.encode(own)
