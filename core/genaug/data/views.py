"""The three views of a data set, each with its own type.

Components that learn or choose get a `TrainView`, which has its own copy of the training samples and no
reference to other samples. Only validators get all three views.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import Samples
from genaug.data.spec import SampleSpec


@dataclass(frozen=True, eq=False)
class TrainView:
    """The training view: components may learn from it.

    Attributes:
        spec: of the samples.
        samples: the labelled training samples.
        unlabelled: training samples without a class (label -1), where the data set has any. None of
            them repeats a validation or test sample, or belongs to a group of one.
        groups: ``[N]`` names of the groups of `samples` (a patient, a scene), which cross-fitting must not
            separate; None where the data set has none.
    """

    spec: SampleSpec
    samples: Samples
    unlabelled: Samples | None = None
    groups: NDArray[np.str_] | None = None


@dataclass(frozen=True, eq=False)
class ValidationView:
    """The validation view: choices are made on it."""

    spec: SampleSpec
    samples: Samples


@dataclass(frozen=True, eq=False)
class TestView:
    """The test view: it is used once, for the final measurement."""

    __test__ = False  # not a pytest class, despite its name

    spec: SampleSpec
    samples: Samples
