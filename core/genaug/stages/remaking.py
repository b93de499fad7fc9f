"""The remaking of candidates from their lineage."""

from dataclasses import replace

import numpy as np

from genaug.contracts import Generator, Sampler
from genaug.data import Pool, Samples, TrainView
from genaug.data.resampling import at_spec
from genaug.data.samples import IntArray
from genaug.stages.guarded_sampler import GuardedSampler
from genaug.stages.making import make
from genaug.stages.sources import TrainingSamples


def remade(pool: Pool, rows: IntArray, generator: Generator, sampler: Sampler, train: TrainView) -> Pool:
    """Make rows of a pool again from their origins.

    They are equal to the bit for the same fitted generator on the same kind of device, with the same
    number of threads and the same versions of the numeric libraries.

    Args:
        pool: has the origins.
        rows: int64 ``[N]``, which candidates.
        generator: the generator that the sampler belongs to.
        sampler: loaded from the artifact that the origins name.
        train: the training view, with the sources of the requests.

    Returns:
        The pool of these rows, in their order, with samples made anew and without scores.
    """
    guarded, training = GuardedSampler(sampler, generator), TrainingSamples(train)
    parts: list[Samples] = []
    places: list[IntArray] = []
    for number in np.unique(pool.origin[rows]).tolist():
        made = make(pool.origins[number], number, guarded, training)
        wanted = np.flatnonzero(pool.origin[rows] == number)
        at = np.searchsorted(made.position, pool.position[rows[wanted]])
        parts.append(made.samples.take(at))
        places.append(wanted)
    order = np.argsort(np.concatenate(places))
    native = Samples.join(parts).take(order)
    view = native
    if sampler.spec.shape != pool.spec.shape:
        view = replace(native, values=at_spec(native.values, sampler.spec, pool.spec))
    again = pool.take(rows)
    return Pool(
        pool.spec,
        view,
        pool.origins,
        again.origin,
        again.position,
        {},
        native,
        sampler.spec,
        pool.notes,
        again.metadata,
    )
