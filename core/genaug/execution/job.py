"""What there is to carry out: a pipeline's stages, and what they need around them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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
from genaug.stages.stage import Stage, at_work
from genaug.training.processes import device_type, thread_count

HANDED = ("genaug.features.cache", "genaug.contracts.context")
"""The modules behind what a stage is handed to compute with."""


@dataclass(frozen=True)
class Dependencies:
    """What the artifact of a stage depends on.

    Attributes:
        fingerprint: sha256 of all of it.
        memory: sha256 of what its checkpoint depends on, where that is less; see `Stage.memory`.
        versions: of Python and the distributions that take part, by name.
        uses_extractor: whether the pipeline's extractor is part of it.
    """

    fingerprint: str
    memory: str | None
    versions: dict[str, str]
    uses_extractor: bool


@dataclass(frozen=True, eq=False)
class Job:
    """Hold everything an executor needs to know of a run.

    Attributes:
        stages: each behind those it reads.
        seed: the run's seed.
        device: torch device, or `auto`.
        threads: CPU threads; None: as many as the libraries choose.
        components: those that work on samples; each is asked whether it can before anything is learned.
        extractor: the feature space of components that name none.
        exporters: what is published when all stages stand.
        hooks: who is told.
        config: the complete config, as plain JSON.
        versions: of Python and of each distribution with a part.
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

    def check_usable(self, spec: SampleSpec) -> None:
        """Ask every component, and those that they refer to, whether it can work on such samples.

        The pipeline's extractor is asked where a selector or validator leaves its own open.

        Raises:
            GenaugError: from the first that cannot.
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
        memory = {role: identities[role] for role in stage.memory}
        return Dependencies(
            fingerprint(whole),
            fingerprint({"memory": memory, "versions": used, **machine}) if memory else None,
            dict(sorted((made | used | versions(components.values())).items())),
            uses_extractor,
        )


def check_usable(components: Iterable[Component], extractor: Extractor, spec: SampleSpec) -> None:
    """Ask components, and those that they refer to, whether they can work on such samples.

    Args:
        components: those asked.
        extractor: asked too, where a selector or validator leaves its own open.
        spec: what a sample is.

    Raises:
        GenaugError: from the first that cannot.
    """
    asked = [part for component in components for part in _asked(component)]
    if any(part.uses_pipeline_extractor for part in asked):
        asked.append(extractor)
    for part in asked:
        with at_work(part):
            part.check_usable(spec)


def _asked(component: Component) -> Iterator[Component]:
    """Yield a component and those that it refers to, but for those that it asks itself."""
    yield component
    if not component.checks_its_parts:
        for part in referred(component):
            yield from _asked(part)
