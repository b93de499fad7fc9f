"""What a task predicts of single test samples: classes that are confused, and samples that changed."""

from genaug.data.record import Record


class PredictedClasses(Record):
    """The classes that were predicted after training on one arm: its confusion matrix, without zeros."""

    arm: str
    """The training set."""
    seeds: int
    """Number of fits whose predictions are counted together."""
    counts: dict[str, dict[str, int]]
    """By true class and predicted class: number of predictions, summed over fits."""


class ChangedSample(Record):
    """A sample that one training set gets right and another one wrong, by the majority of fits."""

    sample: str
    """Content id of the sample."""
    label: str
    """Its true class."""
    before: str
    """The class that most fits of the first training set predict."""
    after: str
    """The class that most fits of the second training set predict."""
    right_before: int
    """Number of fits of the first training set that are right."""
    right_after: int
    """Number of fits of the second training set that are right."""


class Changes(Record):
    """The test samples that changed between two training sets: from wrong to right, and back."""

    before: str
    """The first training set."""
    after: str
    """The second training set."""
    seeds: int
    """Number of fits of each."""
    to_right: int
    """Number of samples that changed from wrong to right."""
    to_wrong: int
    """Number of samples that changed from right to wrong."""
    samples: tuple[ChangedSample, ...] = ()
    """Some of them, those that changed in most fits first, as many of each direction as were asked for."""
