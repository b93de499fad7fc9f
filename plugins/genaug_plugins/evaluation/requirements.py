"""Requirements and limitations of a comparison of arms."""

from collections.abc import Iterator

from genaug.contracts import Evidence
from genaug.errors import DataError


def refused_training(evidence: Evidence) -> str:
    """Return the reason why the task cannot be trained on the training view; empty if it can."""
    try:
        evidence.task.check_training(evidence.spec, evidence.train.samples)
    except DataError as error:
        return str(error)
    return ""


def unequal_work(evidence: Evidence) -> Iterator[str]:
    """Yield a remark if the work of a fit grows with the training set."""
    model = evidence.task.model.for_spec(evidence.spec)
    if not model.equal_work:
        yield (
            f"arms are not compared at equal work: the work of a fit of {model.name!r} grows with the "
            "training set, so that larger arms get more of it"
        )
