"""A job: the stages of a pipeline with everything that an executor needs to execute them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.components.component import Component
from genaug.components.identity import (
    NUMERIC,
    fingerprint,
    identity,
    parts,
    source_code,
    version,
    versions,
    versions_of,
)
from genaug.components.source_code import SourceCode
from genaug.contracts import Exporter, Extractor, Forecast, Task
from genaug.data import DataFacts, SampleSpec
from genaug.data.split import Split
from genaug.execution.before_the_fit import (
    check_data,
    check_prerequisites,
    check_usable,
    forecasts,
    read_existing,
)
from genaug.hooks import Hook
from genaug.stages.stage import Stage
from genaug.training.processes import device_type, thread_count

HANDED = ("genaug.features.cache", "genaug.contracts.context")
"""The modules that implement the `Context` of a stage: their code is part of its fingerprint."""


@dataclass(frozen=True)
class Dependencies:
    """The dependencies of a stage's artifact.

    Attributes:
        fingerprint: sha256 of all of it.
        versions: versions of Python and of the distributions that take part, by name.
        uses_extractor: whether the pipeline's extractor is one of them.
    """

    fingerprint: str
    versions: dict[str, str]
    uses_extractor: bool


@dataclass(frozen=True, eq=False)
class Job:
    """Everything that an executor needs for a run.

    Attributes:
        stages: in an order in which each follows the stages it reads.
        seed: the run's seed.
        split: the settings of the split.
        device: torch device, or `auto`.
        threads: CPU threads; None: as many as the libraries choose.
        components: those that work on samples; `check_usable` checks them before anything is learned.
        extractor: the feature space of components that name none.
        exporters: their artifacts are copied to the output folder when all stages are finished.
        hooks: observers of the run.
        config: the complete config, as plain JSON.
        versions: versions of Python and of each distribution that takes part, by name.
        stored: fingerprints and versions of artifacts that are used whatever the code is now, by stage.
        remark: for the user: that the data are gone, and the samples that the run stored are used.
    """

    stages: Sequence[Stage]
    seed: int
    split: Split
    device: str
    threads: int | None
    components: tuple[Component, ...]
    extractor: Extractor
    exporters: tuple[Exporter, ...]
    hooks: tuple[Hook, ...]
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    stored: Mapping[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    remark: str = ""

    def stage(self, name: str) -> Stage:
        """Return the stage of this name."""
        return next(stage for stage in self.stages if stage.name == name)

    def check_usable(self, spec: SampleSpec) -> None:
        """Check that every component, and those that they refer to, can work on samples of this spec.

        The pipeline's extractor is checked where a selector or validator names none.

        Raises:
            GenaugError: raised by the first component that cannot.
        """
        check_usable(self.components, self.extractor, spec)

    def check_prerequisites(self) -> None:
        """Check that the packages and weights that the components declare are there.

        Raises:
            MissingRequirement, MissingWeights: naming the first that is missing, and what to do.
        """
        check_prerequisites((*self.components, *self.hooks), self.extractor)

    def read_existing(
        self, facts: DataFacts, views: Mapping[str, NDArray[np.str_]]
    ) -> tuple[DataFacts, list[str]]:
        """Read the samples of a generator that makes none; see `before_the_fit.read_existing`."""
        return read_existing(self.components, facts, views)

    def check_data(self, facts: DataFacts) -> list[str]:
        """Check the components against the numbers of samples, and return their remarks.

        Raises:
            DataError: raised by the first component that cannot work on them.
        """
        return check_data(self.components, self.extractor, facts)

    def forecasts(self, facts: DataFacts, error: float | None = None) -> dict[str, Forecast]:
        """Return what the validators with a verdict can find out with this split, by their name.

        Args:
            facts: of the data.
            error: error rate of the task's model on samples it was not fitted to; None: not measured.
        """
        task = next((one for one in self.components if isinstance(one, Task)), None)
        return {} if task is None else forecasts(self.components, task, facts, error)

    @property
    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprint of each stage, by name."""
        return {name: one.fingerprint for name, one in self.dependencies.items()}

    @cached_property
    def dependencies(self) -> dict[str, Dependencies]:
        """Return what each stage depends on, by name."""
        code = source_code()
        found: dict[str, Dependencies] = {}
        for stage in self.stages:
            inputs = [found[name].fingerprint for name in stage.inputs]
            found[stage.name] = self._dependencies(stage, inputs, code)
            if stage.name in self.stored:
                mark, made = self.stored[stage.name]
                found[stage.name] = replace(found[stage.name], fingerprint=mark, versions=made)
        return found

    def _dependencies(self, stage: Stage, inputs: list[str], code: SourceCode) -> Dependencies:
        components = dict(stage.components)
        uses_extractor = any(
            part.uses_pipeline_extractor for component in components.values() for part in parts(component)
        )
        if uses_extractor:
            components["extractor"] = self.extractor
        identities = {role: identity(component, code) for role, component in components.items()}
        own = [code.closure(name) for name in (stage.module, *(HANDED if stage.computes else ()))]
        used = versions_of({name for closure in own for name in closure.others})
        if stage.computes:
            used |= {name: version(name) for name in NUMERIC}
        machine = {"device": device_type(self.device), "threads": thread_count(self.threads)}
        whole = {
            "stage": stage.name,
            "components": identities,
            "recipe": stage.recipe,
            "inputs": inputs,
            "seed": self.seed,
            "code": [closure.digest for closure in own],
            "versions": used,
            "machine": machine if stage.computes else {},
        }
        made = {name: number for one in identities.values() for name, number in one["versions"].items()}
        return Dependencies(
            fingerprint(whole),
            dict(sorted((made | used | versions(components.values())).items())),
            uses_extractor,
        )
