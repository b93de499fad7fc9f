"""What a comparison of arms needs, and what limits it."""

from collections.abc import Iterator

from genaug.contracts import Evidence
from genaug.errors import DataError


def refused_training(evidence: Evidence) -> str:
    """Return why the task cannot learn the training view; empty where it can."""
    try:
        evidence.task.check_training(evidence.spec, evidence.train.samples)
    except DataError as error:
        return str(error)
    return ""


def unequal_work(evidence: Evidence) -> Iterator[str]:
    """Yield a warning where larger training sets also get more work."""
    model = evidence.task.model.for_spec(evidence.spec)
    if not model.equal_work:
        yield (
            f"arms are not compared at equal work: the work of a fit of {model.name!r} grows with the "
            "training set, so that larger arms get more of it"
        )
