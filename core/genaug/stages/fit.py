"""Fit: the generator learns the training view."""

from genaug.components.identity import described, identity
from genaug.components.registry import Registry
from genaug.contracts import Generator, Sampler
from genaug.errors import PluginFailed
from genaug.stages.step import Bench, Step, at_work

VERSION = 1


def step(generator: Generator, registry: Registry) -> Step:
    """Return the step that fits a generator."""

    def work(bench: Bench) -> None:
        with at_work(generator):
            sampler = generator.fit(bench.read("split").train, bench.context)
            if not isinstance(sampler, Sampler):
                raise PluginFailed(f"the {described(generator)} returned no Sampler")
            sampler.save(bench.folder)

    return Step("fit", VERSION, identity(generator, registry), ("split",), work, generator.load)
