"""The data set that a source returns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import Samples
from genaug.data.spec import SampleSpec


@dataclass(frozen=True, eq=False)
class Dataset:
    """A whole data set before it is split.

    Attributes:
        spec: what a sample is.
        samples: all of them; label -1 where the class is not known.
        groups: ``[N]`` names of groups (a patient, a scene) that are never split; None where samples are
            independent.
        origins: ``[N]`` origin of each sample (a file's path); None where there is none.
        problems: problems while reading, one sentence each, e.g. a corrupt file that was skipped.
    """

    spec: SampleSpec
    samples: Samples
    groups: NDArray[np.str_] | None = None
    origins: NDArray[np.str_] | None = None
    problems: tuple[str, ...] = ()
