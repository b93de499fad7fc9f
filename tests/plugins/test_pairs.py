"""Every strategy with every generator, on samples of every modality: it runs, or is refused in one line.

The components are those of the installed entry points, so that new ones come in by themselves.
"""

import runpy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug import Generator, Sampler, Strategy
from genaug.components.component import Component
from genaug.data import Origin
from genaug.errors import MissingRequirement, MissingWeights
from genaug.stages.guarded_sampler import GuardedSampler
from genaug.stages.making import make
from genaug.stages.requests import asked
from genaug.stages.sources import TrainingSamples
from genaug.testing import Material
from genaug_plugins import InMemorySource, ReadyMadeGenerator

PAIRS = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "pairs.py"))
GENERATORS: dict[str, Component | None] = dict(PAIRS["components"]("generator"))
STRATEGIES: dict[str, Component | None] = dict(PAIRS["components"]("strategy"))
MOST = 2
"""Requests, and samples of a request, that are made."""


@cache
def fitted(name: str, modality: str) -> tuple[Generator, Sampler, Material]:
    """Return a generator with next to no work in its fit, its sampler, and what it learned."""
    generator = GENERATORS[name]
    assert isinstance(generator, Generator)
    if isinstance(generator, ReadyMadeGenerator):
        generator = held(modality)
    material = Material(PAIRS["specs"](generator)[modality].shape, modality)
    generator = generator.shortened() or generator
    return generator, generator.fit(material.train(), material.context()), material


def held(modality: str) -> Generator:
    """Return a generator of samples that are held in memory."""
    material = Material(*next((shape, kind) for shape, kind in PAIRS["OFFERED"] if kind == modality))
    samples = material.pool().samples
    names = np.array(material.spec.class_names)[samples.labels]
    if modality == "text":
        return ReadyMadeGenerator(source=InMemorySource.of(samples.values.astype(np.str_), names))
    return ReadyMadeGenerator(source=InMemorySource.of(samples.values, names, modality=modality))


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield each generator, each modality that it reads, and each strategy."""
    for name, generator in GENERATORS.items():
        for modality in PAIRS["specs"](generator) if isinstance(generator, Generator) else ():
            if not (isinstance(generator, ReadyMadeGenerator) and modality == "table"):
                yield from ((name, modality, strategy) for strategy in STRATEGIES)


@pytest.mark.parametrize(("generator", "modality", "strategy"), list(cases()))
def test_a_pair_runs_or_is_refused_in_one_line(generator: str, modality: str, strategy: str) -> None:
    asks = STRATEGIES[strategy]
    if asks is None:
        pytest.skip("it needs settings that are not in docs/pairs.py")
    assert isinstance(asks, Strategy)
    try:
        made_by, sampler, material = fitted(generator, modality)
    except (MissingWeights, MissingRequirement) as error:
        pytest.skip(str(error))
    refusal: str = PAIRS["obstacle"](made_by, asks, material.spec)
    if refusal:
        assert "\n" not in refusal
        assert asks.name in refusal
        return
    context: Any = replace(material.context(), confused=material.confusion)
    requests = asked(asks, made_by, sampler, material.train(), context)
    assert requests
    training = TrainingSamples(material.train())
    for number, request in enumerate(requests[:MOST]):
        origin = Origin.of(request.part(0, min(request.count, MOST)), number, "0" * 64, number)
        made = make(origin, number, GuardedSampler(sampler, made_by), training)
        assert made.tally.bad == 0
        assert set(made.samples.labels.tolist()) == {request.made_label}
