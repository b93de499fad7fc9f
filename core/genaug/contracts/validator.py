"""Validators measure the quality and the usefulness of the kept candidates."""

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
    """Everything that validators and exporters get of a run.

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
    """Base class of validators. The test view may only be measured on: nothing may be chosen by it."""

    kind: ClassVar[str] = "validator"

    @abstractmethod
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Return the findings; where there are too few data, report this in a warning, and do not raise.

        (It cannot be called `validate`: pydantic has a method of that name.)
        """
