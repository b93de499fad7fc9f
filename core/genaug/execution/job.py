"""A job: the stages of a pipeline with everything that an executor needs to execute them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from genaug.components.blame import blaming
from genaug.components.component import Component
from genaug.components.identity import (
    NUMERIC,
    fingerprint,
    identity,
    parts,
    referred,
    source_code,
    version,
    versions,
    versions_of,
)
from genaug.components.source_code import SourceCode
from genaug.contracts import Exporter, Extractor
from genaug.data import SampleSpec
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
        device: torch device, or `auto`.
        threads: CPU threads; None: as many as the libraries choose.
        components: those that work on samples; `check_usable` checks them before anything is learned.
        extractor: the feature space of components that name none.
        exporters: their artifacts are copied to the output folder when all stages are finished.
        hooks: observers of the run.
        config: the complete config, as plain JSON.
        versions: versions of Python and of each distribution that takes part, by name.
    """

    stages: Sequence[Stage]
    seed: int
    device: str
    threads: int | None
    components: tuple[Component, ...]
    extractor: Extractor
    exporters: tuple[Exporter, ...]
    hooks: tuple[Hook, ...]
    config: Mapping[str, Any]
    versions: Mapping[str, str]

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


def check_usable(components: Iterable[Component], extractor: Extractor, spec: SampleSpec) -> None:
    """Check that components, and those that they refer to, can work on samples of this spec.

    Args:
        components: those to check.
        extractor: checked too, where a selector or validator names none.
        spec: what a sample is.

    Raises:
        GenaugError: raised by the first component that cannot.
    """
    checked = [part for component in components for part in _checked(component)]
    if any(part.uses_pipeline_extractor for part in checked):
        checked.append(extractor)
    for part in checked:
        with blaming(part):
            part.check_usable(spec)


def _checked(component: Component) -> Iterator[Component]:
    """Yield a component and those that it refers to, except those that it checks itself."""
    yield component
    if not component.checks_its_parts:
        for part in referred(component):
            yield from _checked(part)
