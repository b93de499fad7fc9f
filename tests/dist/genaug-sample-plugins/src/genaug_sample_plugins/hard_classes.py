"""A strategy in a few lines: more of the classes that the task confuses."""

import math

from pydantic import Field

from genaug import Strategy
from genaug.data import Request


class HardClassesStrategy(Strategy):
    """Divide a number of samples over the classes by their error rates on training data."""

    name = "hard-classes"
    needs = frozenset({"class-conditional"})
    reads_confusion = True

    total: int = Field(default=60, ge=1)
    """Samples of all classes together, about: each class's number is rounded up."""
    floor: float = Field(default=0.05, gt=0)
    """Added to every error rate, so that classes without errors get samples, too."""

    def requests(self, train, sampler, rng, context):
        """Yield a request for each class."""
        weights = context.confusion().error_rates + self.floor
        for label, share in enumerate((weights / weights.sum()).tolist()):
            yield Request(label, math.ceil(self.total * share))
