"""What there is to carry out: a pipeline's stages, and what they need around them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from genaug.components.component import Component
from genaug.components.identity import fingerprint, referred
from genaug.components.registry import Registry
from genaug.contracts import Exporter, Extractor
from genaug.data import SampleSpec
from genaug.hooks import Hook
from genaug.stages.stage import Stage, at_work


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
        registry: where components were looked up.
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
    registry: Registry

    def check_usable(self, spec: SampleSpec) -> None:
        """Ask every component, and those that they refer to, whether it can work on such samples.

        The pipeline's extractor is asked where a selector or validator leaves its own open.

        Raises:
            GenaugError: from the first that cannot.
        """
        check_usable(self.components, self.extractor, spec)

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprint of each stage, by name."""
        fingerprints: dict[str, str] = {}
        for stage in self.stages:
            fingerprints[stage.name] = fingerprint(
                {
                    "stage": stage.name,
                    "version": stage.version,
                    "recipe": stage.recipe,
                    "inputs": [fingerprints[name] for name in stage.inputs],
                    "seed": self.seed,
                }
            )
        return fingerprints


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
    readers = (part for part in asked if part.kind in ("selector", "validator"))
    if any(getattr(reader, "extractor", reader) is None for reader in readers):
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
