"""Fit: the generator learns the training view."""

from genaug.components.identity import described, identity
from genaug.components.registry import Registry
from genaug.contracts import Generator, Sampler
from genaug.errors import PluginFailed
from genaug.stages.stage import Stage, StageContext, at_work

VERSION = 1


def stage(generator: Generator, registry: Registry) -> Stage:
    """Return the stage that fits a generator."""

    def work(stage: StageContext) -> None:
        with at_work(generator):
            sampler = generator.fit(stage.read("split").train, stage.context)
            if not isinstance(sampler, Sampler):
                raise PluginFailed(f"the {described(generator)} returned no Sampler")
            sampler.save(stage.folder)

    return Stage("fit", VERSION, identity(generator, registry), ("split",), work, generator.load)
