"""Checks before anything is learned: components against the data, their packages and their weights."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from genaug.components.blame import blaming, failed
from genaug.components.component import Component
from genaug.components.identity import referred
from genaug.contracts import Extractor, Forecast, Generator, Selector, Strategy, Task, Validator
from genaug.data.facts import DataFacts
from genaug.data.samples import IntArray
from genaug.data.spec import SampleSpec
from genaug.errors import DataError
from genaug.stages.generate import refuse_held_out


def used_components(components: Iterable[Component], extractor: Extractor) -> list[Component]:
    """Return components and those that they refer to, with the pipeline's extractor where one uses it.

    Those that a component checks itself (`Component.checks_its_parts`) are left out.
    """
    used = [part for component in components for part in _with_parts(component)]
    if any(part.uses_pipeline_extractor for part in used):
        used.append(extractor)
    return used


def _with_parts(component: Component) -> Iterator[Component]:
    yield component
    if not component.checks_its_parts:
        for part in referred(component):
            yield from _with_parts(part)


def check_usable(components: Iterable[Component], extractor: Extractor, spec: SampleSpec) -> None:
    """Check that components, and those that they refer to, can work on samples of this spec.

    Args:
        components: those to check.
        extractor: checked too, where a selector or validator names none.
        spec: what a sample is.

    Raises:
        GenaugError: raised by the first component that cannot.
    """
    for part in used_components(components, extractor):
        with blaming(part):
            part.check_usable(spec)


def check_prerequisites(components: Iterable[Component], extractor: Extractor) -> None:
    """Check that the packages and weights that components declare are there.

    Raises:
        MissingRequirement: naming the first missing package.
        MissingWeights: naming the first missing weights.
    """
    for part in used_components(components, extractor):
        with blaming(part):
            for prerequisite in part.prerequisites():
                prerequisite.check(f"{part.kind} {part.name!r}")


def check_data(components: Iterable[Component], extractor: Extractor, facts: DataFacts) -> list[str]:
    """Check components, in the order in which they work, against the numbers of samples.

    Args:
        components: generator, strategy, selectors and so on; those that work on the data as it is come first.
        extractor: checked too, where a component names none.
        facts: of the data, without candidates.

    Returns:
        The components' remarks.

    Raises:
        DataError: raised by the first component that cannot work on these numbers, or where the strategy
            asks for nothing.
    """
    remarks: list[str] = []
    for component in components:
        for part in used_components((component,), extractor):
            with blaming(part):
                remarks += part.check_data(facts) or ()
        if isinstance(component, Strategy):
            with blaming(component):
                facts = facts.with_candidates(_counts(component, component.candidates(facts), facts))
            _check_existing(component, facts)
            if facts.candidates is not None and not facts.candidates.any():
                raise DataError(
                    f"the strategy {component.name!r} asks for nothing: every class has what it wants "
                    f"already. The training view has {facts.of_classes(facts.train)}. Ask for more"
                )
        elif isinstance(component, Selector):
            with blaming(component):
                facts = facts.with_candidates(_counts(component, component.most_kept(facts), facts))
    return list(dict.fromkeys(remarks))


def forecasts(
    components: Iterable[Component], task: Task, facts: DataFacts, error: float | None = None
) -> dict[str, Forecast]:
    """Return what the validators with a verdict can find out, by their name; see `Validator.forecast`.

    Args:
        components: as for `check_data`, which must have accepted them.
        task: the pipeline's.
        facts: of the data, without candidates.
        error: of the task's model, where it is measured.
    """
    found = {}
    for component in components:
        if isinstance(component, Strategy):
            facts = facts.with_candidates(component.candidates(facts))
        elif isinstance(component, Selector):
            facts = facts.with_candidates(component.most_kept(facts))
        elif isinstance(component, Validator):
            with blaming(component):
                forecast = component.forecast(facts, task, error)
            if forecast is not None:
                found[component.name] = forecast
    return found


def read_existing(
    components: Iterable[Component], facts: DataFacts, views: Mapping[str, NDArray[np.str_]]
) -> tuple[DataFacts, list[str]]:
    """Read the samples of a generator that can only return existing ones, and refuse those of no use.

    Args:
        components: with one generator.
        facts: of the data.
        views: content ids of the samples of each view.

    Returns:
        The facts with the number of such samples, and the generator's remarks.

    Raises:
        DataError: where they do not go with the data, or are validation or test samples.
    """
    remarks: list[str] = []
    for component in components:
        if isinstance(component, Generator):
            with blaming(component):
                found = component.existing(facts.spec)
            if found is not None:
                refuse_held_out(found.ids, views, component)
                facts = replace(facts, existing=_counts(component, found.counts, facts))
                remarks += [f"{component.name}: {remark}" for remark in found.remarks]
    return facts, remarks


def _check_existing(strategy: Strategy, facts: DataFacts) -> None:
    """Refuse a strategy that asks for more of a class than exist."""
    if facts.existing is None or facts.candidates is None:
        return
    short = np.flatnonzero(facts.candidates > facts.existing)
    if len(short):
        label = short[0]
        raise DataError(
            f"the strategy {strategy.name!r} asks for {facts.candidates[label]:,} candidates of class "
            f"{facts.spec.class_names[label]!r}, and there are {facts.existing[label]:,}: ask for fewer, or "
            "name a strategy that takes what there is (genaug plugins list --kind strategy)"
        )


def _counts(component: Component, counts: IntArray | None, facts: DataFacts) -> IntArray | None:
    if counts is None:
        return None
    found = np.asarray(counts)
    if found.shape != (facts.spec.classes,) or (found < 0).any():
        raise failed(
            component,
            f"must count the candidates of each of {facts.spec.classes} classes, 0 or more, not {counts!r}",
        )
    return found.astype(np.int64)
