"""The surplus of an oversampling strategy: kept candidates beyond the wanted number of their class."""

import numpy as np

from genaug.data import Pool, Selection
from genaug.data.folds import random_keys
from genaug.data.samples import IntArray
from genaug.data.summary import some

SURPLUS = "wanted number"
"""The name under which the funnel lists what was dropped as surplus."""


def surplus(pool: Pool, selection: Selection, wanted: IntArray, seed: int) -> Selection:
    """Return the decision on the candidates that the last selector kept.

    Args:
        pool: the candidates that reached the last selector.
        selection: its decision on them; the best by its ranking stay, or random ones where it has none.
        wanted: most candidates to keep of each class, ``[classes]``.
        seed: of the random choice.
    """
    rows = np.flatnonzero(selection.kept)
    labels, ids = pool.labels[rows], pool.ids[rows]
    if selection.ranking is None:
        key, how = random_keys(ids, seed, SURPLUS), "drawn"
    else:
        ranking = selection.ranking[rows]
        key, how = -np.where(np.isnan(ranking), -np.inf, ranking), "best"
    reasons = np.full(len(rows), "", dtype=np.object_)
    short = []
    for label, name in enumerate(pool.spec.class_names):
        own, most = np.flatnonzero(labels == label), int(wanted[label])
        extra = own[np.lexsort((ids[own], key[own]))][most:]
        reasons[extra] = f"passed, but not among the {most} {how} of its class, which the strategy wants"
        if len(own) < most:
            short.append(f"{name!r} {len(own)} of {most}")
    warnings = (f"selectors left fewer than the strategy wants: {some(short)}",) if short else ()
    return Selection(reasons == "", reasons, warnings=warnings)
