"""What measures whether the kept candidates are good, and good for anything."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from genaug.components.component import Component
from genaug.contracts.context import Context
from genaug.contracts.task import Task
from genaug.data import Findings, Funnel, Pool, SampleSpec, TestView, TrainView, ValidationView


@dataclass(frozen=True, eq=False)
class Evidence:
    """Everything a run has, for those who judge it.

    Attributes:
        train, validation, test: the three views.
        pool: all candidates.
        funnel: the outcome of each.
        task: the downstream task.
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
    """Base class of validators. Nothing may be chosen on the test view; it is only measured on."""

    kind: ClassVar[str] = "validator"

    @abstractmethod
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Measure; where there is too little to measure, say so in a warning, and do not raise.

        (`validate` is taken: pydantic still has a method of that name.)
        """
