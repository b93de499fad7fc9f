"""Validators measure the quality and the usefulness of the kept candidates."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from genaug.components.component import Component
from genaug.contracts.context import Context
from genaug.contracts.task import Task
from genaug.data import DataFacts, Findings, Funnel, Pool, SampleSpec, TestView, TrainView, ValidationView


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


@dataclass(frozen=True)
class Forecast:
    """What a validator can find out with a split, before anything is learned.

    Attributes:
        metric: what its verdict is about.
        test_samples: those behind the verdict.
        seeds: paired fits of each arm.
        fits: size of the training set of each fit of the task, as far as it is known.
        minimum_detectable_effect: smallest true gain that would be found 4 times in 5; None: not known.
        obstacles: why no verdict is possible, each with what to change; empty where one is.
        assumed: what the estimate assumes.
    """

    metric: str
    test_samples: int
    seeds: int
    fits: tuple[int, ...] = ()
    minimum_detectable_effect: float | None = None
    obstacles: tuple[str, ...] = ()
    assumed: str = ""


class Validator(Component):
    """Base class of validators. The test view may only be measured on: nothing may be chosen by it."""

    kind: ClassVar[str] = "validator"
    title: ClassVar[str] = ""
    """What it asks, as the heading of its findings in a report; empty: its name."""

    reads_task: ClassVar[bool] = True
    """Whether `measure` uses the task of the evidence. Where no component of a run does, no model is chosen
    for the task (`genaug.contracts.model_choice`)."""

    def forecast(self, facts: DataFacts, task: Task, error: float | None = None) -> Forecast | None:
        """Return what the verdict of this validator can find out; None, the default: it gives none.

        Args:
            facts: of the data; ``facts.candidates`` are those that can be kept.
            task: the pipeline's.
            error: error rate of the task's model on training samples it was not fitted to, in [0, 1]; None:
                not measured.
        """
        return None

    def measure_folds(self, folds: Sequence[tuple[Evidence, Context]]) -> Findings | None:
        """Return joint findings over folds (`Split.folds`), which `measure` has measured one by one.

        Every sample of the data is in the test view of exactly one fold. What was chosen must not depend on
        test samples of any fold. Expensive results of `measure` are found in ``context.results`` of each
        fold. None, the default: the findings of each fold stand alone.

        Args:
            folds: the evidence of each fold, with its context.
        """
        return None

    @abstractmethod
    def measure(self, evidence: Evidence, context: Context) -> Findings:
        """Return the findings; where there are too few data, report this in a warning, and do not raise.

        (It cannot be called `validate`: pydantic has a method of that name.)
        """
