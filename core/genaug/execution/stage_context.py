"""The context of a stage in a run."""

from functools import cached_property
from pathlib import Path
from typing import Any, cast

from genaug.components.identity import described
from genaug.contracts import Context, Extractor
from genaug.data.seeds import derive_seed
from genaug.errors import PluginFailed
from genaug.execution.run_state import RunState
from genaug.stages.stage import Stage


class RunStageContext:
    """The context of one stage in a run; see `genaug.stages.stage.StageContext`.

    Args:
        stage: the stage.
        state: the state of the run.
        folder: the folder that the stage may write to.
    """

    def __init__(self, stage: Stage, state: RunState, folder: Path) -> None:
        self._stage = stage
        self._state = state
        self.folder = folder
        self.hooks = state.hooks

    @cached_property
    def context(self) -> Context:
        """Return the context that is passed to components."""
        stage, state = self._stage, self._state
        job, depends = state.job, state.job.dependencies[stage.name]
        return Context(
            seed=derive_seed(job.seed, stage.name),
            device=state.device,
            hooks=state.hooks,
            extractor=job.extractor if depends.uses_extractor else cast(Extractor, _Undeclared(stage)),
            embed=state.features(stage.judges),
            checkpoint=state.store.checkpoint(stage.name, depends.fingerprint),
            results=state.results[stage.judges],
            run_seed=job.seed,
            mapped=state.mapped,
        )

    def read(self, stage: str) -> Any:
        """Return the result of another stage."""
        return self._state.read(stage)

    def fingerprint(self, stage: str) -> str:
        """Return the fingerprint of another stage."""
        return self._state.job.fingerprints[stage]


class _Undeclared:
    """Placeholder for the pipeline's extractor in a stage whose fingerprint does not cover it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy and pickle look these up
            raise AttributeError(name)
        users = " or ".join(f"the {described(one)}" for one in self._stage.components.values())
        raise PluginFailed(
            f"{users} reads features of the pipeline's extractor without declaring it: give it a setting "
            "`extractor` that may be None, or let its `uses_pipeline_extractor` return True"
        )
