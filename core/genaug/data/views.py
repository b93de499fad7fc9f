"""The three parts of a data set, told apart by type.

What learns or chooses is handed a `TrainView`, which holds its own copy of the training samples
and no reference to anything else. Only validators get all three.
"""

from dataclasses import dataclass

from genaug.data.samples import Samples
from genaug.data.spec import SampleSpec


@dataclass(frozen=True, eq=False)
class TrainView:
    """Hold what may be learned from."""

    spec: SampleSpec
    samples: Samples


@dataclass(frozen=True, eq=False)
class ValidationView:
    """Hold what choices are made on."""

    spec: SampleSpec
    samples: Samples


@dataclass(frozen=True, eq=False)
class TestView:
    """Hold what is looked at once, at the end."""

    __test__ = False  # not a pytest class, whatever its name

    spec: SampleSpec
    samples: Samples
