"""The data set of texts with the names of their classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.encoding import object_array
from genaug.data.samples import UNLABELLED
from genaug.data.summary import count


def text_dataset(
    texts: list[str],
    labels: list[str],
    details: dict[str, str],
    origins: NDArray[np.str_],
    problems: Sequence[str],
    *,
    groups: NDArray[np.str_] | None = None,
    views: NDArray[np.str_] | None = None,
    times: NDArray[np.float64] | None = None,
    files: NDArray[np.str_] | None = None,
) -> Dataset:
    """Return the data set of some texts.

    Args:
        texts: none of them empty.
        labels: names of their classes, empty where unknown.
        details: of the spec.
        origins: of each text; this and the following see `Dataset`.
        problems: sentences; one is added for texts that differ in case or white space only.
        groups: of each text.
        views: of each text.
        times: of each text.
        files: of each text.
    """
    alike = len(set(texts)) - len({" ".join(text.casefold().split()) for text in set(texts)})
    if alike:
        problems = (*problems, f"{count(alike, 'text')} like another one but for case or white space")
    classes = sorted(set(labels) - {""})
    spec = SampleSpec(modality="text", shape=(), class_names=tuple(classes), details=details)
    places = {name: place for place, name in enumerate(classes)} | {"": UNLABELLED}
    codes = np.array([places[label] for label in labels], dtype=np.int64)
    return Dataset(
        spec, Samples(object_array(texts), codes), groups, origins, tuple(problems), views, times, files
    )
