"""What measures whether the kept candidates are good, and good for anything."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from genaug.components.component import Component
from genaug.contracts.context import Context
from genaug.contracts.task import Task
from genaug.data import Findings, Funnel, Pool, SampleSpec, TestView, TrainView, ValidationView
from genaug.data.comparison import Comparison
from genaug.errors import WrongContract


@dataclass(frozen=True, eq=False)
class Evidence:
    """Hold everything a run has, for those who judge it.

    Attributes:
        train, validation, test: the three views.
        pool: all candidates.
        funnel: what became of each.
        task: the downstream job.
    """

    train: TrainView
    validation: ValidationView
    test: TestView
    pool: Pool
    funnel: Funnel
    task: Task

    @property
    def spec(self) -> SampleSpec:
        """Return what a sample is."""
        return self.train.spec

    @cached_property
    def selected(self) -> Pool:
        """Return the kept candidates."""
        return self.pool.take(self.funnel.kept)


class Validator(Component):
    """Promise findings. Nothing may be chosen on the test view; it is only measured on."""

    kind: ClassVar[str] = "validator"

    @abstractmethod
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Measure; where there is too little to measure, say so in a warning, and do not raise.

        (`validate` is taken: pydantic still has a method of that name.)
        """

    def compare(self, evidences: Mapping[str, Evidence], context: Context) -> Comparison:
        """Compare contenders, and recommend one: a comparison's protocol. Offered by few validators.

        The recommendation is chosen on the validation view alone; the test view only reports on it.
        Where there is too little to compare by, say so in the comparison, and do not raise.

        Args:
            evidences: the contenders by name, with the same views, pool and task; among them
                `genaug.data.comparison.EVERYTHING`, whose funnel drops nothing.
            context: its checkpoint outlasts the comparison: what is kept there under keys made of
                content is still there when a contender is added.

        Raises:
            WrongContract: where this validator compares nothing.
        """
        raise WrongContract(
            f"the validator {self.name!r} compares nothing: a comparison needs one with its own `compare`"
        )

    @classmethod
    def can_compare(cls) -> bool:
        """Tell whether it offers `compare`."""
        return cls.compare is not Validator.compare
