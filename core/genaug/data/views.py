"""The three parts of a data set, each a type of its own.

What learns or chooses is given a `TrainView`, which holds its own copy of the training samples
and no reference to anything else. Only validators get all three.
"""

from dataclasses import dataclass

from genaug.data.samples import Samples
from genaug.data.spec import SampleSpec


@dataclass(frozen=True, eq=False)
class TrainView:
    """What may be learned from.

    Attributes:
        spec: what a sample is.
        samples: the labelled training samples.
        unlabelled: training samples without a class (label -1), where the data set has any. None of
            them repeats a validation or test sample, or belongs to a group of one.
    """

    spec: SampleSpec
    samples: Samples
    unlabelled: Samples | None = None


@dataclass(frozen=True, eq=False)
class ValidationView:
    """What choices are made on."""

    spec: SampleSpec
    samples: Samples


@dataclass(frozen=True, eq=False)
class TestView:
    """What is looked at once, at the end."""

    __test__ = False  # not a pytest class, whatever its name

    spec: SampleSpec
    samples: Samples
