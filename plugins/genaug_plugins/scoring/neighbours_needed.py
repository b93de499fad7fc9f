"""Whether the training view has enough samples for a number of neighbours, known before the fit."""

from collections.abc import Iterator
from typing import Literal

import numpy as np

from genaug.data import DataFacts
from genaug.errors import DataError


def check_neighbours(
    selector: str, k: int, within: Literal["all", "class"], facts: DataFacts
) -> Iterator[str]:
    """Yield a remark on classes with k training samples or fewer, where only those of a class are used.

    Args:
        selector: its name.
        k: number of neighbours; k + 1 training samples are needed.
        within: whether all training samples are used, or those of the candidate's class.
        facts: of the data.

    Raises:
        DataError: where there are k training samples or fewer, or no class has more.
    """
    most = int(facts.train.sum() if within == "all" else facts.train.max())
    if most <= k:
        where = "in all" if within == "all" else "of a class at most"
        lower = f"lower k to {most - 1} or less" if most > 1 else "take another selector"
        raise DataError(
            f"selector {selector}: k = {k} neighbours need {k + 1} training samples, and there are {most} "
            f"{where}: {lower}, or ask for more training samples in `split`"
        )
    short = np.flatnonzero(facts.train <= k)
    if within == "class" and len(short):
        names = ", ".join(repr(facts.spec.class_names[label]) for label in short[:5])
        yield (
            f"selector {selector}: {len(short)} of {facts.spec.classes} classes ({names}"
            f"{', …' if len(short) > 5 else ''}) have {k} training samples or fewer, and k = {k} neighbours "
            f"need {k + 1}: none of their candidates passes; lower k, or set within: all"
        )
