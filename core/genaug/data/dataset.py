"""What a source gives: samples with their spec, and what it met while reading them."""

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
        groups: ``[N]`` names of what belongs together (a patient, a scene) and is never split;
            None where samples are independent.
        origins: ``[N]`` where each sample came from (a file's path); None where there is no such place.
        problems: what was met while reading, one sentence each, e.g. a corrupt file that was skipped.
    """

    spec: SampleSpec
    samples: Samples
    groups: NDArray[np.str_] | None = None
    origins: NDArray[np.str_] | None = None
    problems: tuple[str, ...] = ()
