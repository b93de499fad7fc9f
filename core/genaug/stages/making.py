"""One chunk of samples: made by a sampler, checked, and converted to the precision of the pool."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from genaug.data import Origin, Request, Samples, SampleSpec
from genaug.data.acceptance import Tally, accepted
from genaug.data.encoding import as_stored
from genaug.data.samples import IntArray
from genaug.errors import PluginFailed
from genaug.stages.guarded_sampler import GuardedSampler
from genaug.stages.sources import TrainingSamples


@dataclass(frozen=True, eq=False)
class Made:
    """The samples of one chunk, or of several consecutive ones.

    Attributes:
        samples: the N valid ones, at the sampler's resolution and the pool's precision.
        origin: int64 ``[N]``, the number of the chunk of each.
        position: int64 ``[N]``, the index of each among all samples of its chunk.
        tally: counts of the invalid ones.
        chunks: how many chunks these are.
    """

    samples: Samples
    origin: IntArray
    position: IntArray
    tally: Tally
    chunks: int = 1

    @classmethod
    def join(cls, parts: Sequence["Made"]) -> "Made":
        """Return the parts, joined in order."""
        return cls(
            Samples.join([part.samples for part in parts]),
            np.concatenate([part.origin for part in parts]),
            np.concatenate([part.position for part in parts]),
            sum((part.tally for part in parts), Tally()),
            sum(part.chunks for part in parts),
        )


def make(
    origin: Origin,
    number: int,
    sampler: GuardedSampler,
    training: TrainingSamples,
    progressed: Callable[[int], None] = lambda count: None,
) -> Made:
    """Make one chunk.

    Args:
        origin: the request and its seed; the same origin gives the same samples, to the bit.
        number: of the chunk.
        sampler: makes the samples.
        training: the training samples that the request may start from.
        progressed: called after each batch with its number of samples.

    Raises:
        PluginFailed: naming the generator, where its sampler returns something else than was requested.
    """
    request, spec = training.fill_in(origin.asked()), sampler.spec
    parts: list[Samples] = []
    positions: list[IntArray] = []
    tally = Tally()
    for batch in sampler.sample(request, np.random.default_rng(origin.seed)):
        if wrong := _wrong(batch, request, spec):
            raise PluginFailed(f"the sampler of the {sampler.owner} broke its contract: {wrong}")
        values, good, counts = accepted(batch.values, spec)
        kept = _labelled(Samples(values, batch.labels, batch.targets), request)
        parts.append(as_stored(kept if good.all() else kept.take(good), spec))
        positions.append(tally.made + np.flatnonzero(good))
        tally += counts
        progressed(len(batch))
    tally += Tally(refused=dict(sampler.refused))
    if tally.made != request.count:
        raise PluginFailed(
            f"the sampler of the {sampler.owner} was asked for {request.count} samples of class "
            f"{spec.class_names[request.label]!r} and gave {tally.made}"
        )
    position = np.concatenate(positions).astype(np.int64)
    return Made(Samples.join(parts), np.full(len(position), number), position, tally)


def _labelled(samples: Samples, request: Request) -> Samples:
    """Return samples with the soft label of their request, where it has one."""
    if request.soft_label is None:
        return samples
    shares = np.tile(np.array(request.soft_label, dtype=np.float32), (len(samples), 1))
    return replace(samples, labels=np.full(len(samples), request.made_label), soft_labels=shares)


def _wrong(batch: Samples, request: Request, spec: SampleSpec) -> str:
    """Return what is wrong with dtype, shape or labels of a batch; "" where nothing is."""
    values, labels = batch.values, batch.labels
    if values.dtype != spec.dtype or values.shape[1:] != spec.shape:
        return (
            f"its values are {values.dtype} {list(values.shape)}, and its spec says "
            f"{spec.dtype} {['N', *spec.shape]}"
        )
    if labels.shape != (len(values),):
        return f"its labels have the shape {list(labels.shape)}, not [{len(values)}]"
    if (labels != request.label).any():
        return f"asked for class {request.label}, it gave classes {sorted(set(labels.tolist()))}"
    return ""
