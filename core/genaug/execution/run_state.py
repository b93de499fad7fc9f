"""The state of a run: what its stages have in common."""

from functools import cached_property, partial
from pathlib import Path
from typing import Any

from genaug.contracts.context import Map
from genaug.data import TrainView
from genaug.data.seeds import derive_seed
from genaug.execution.job import Job
from genaug.execution.results import ResultFiles
from genaug.execution.store import STORE, Artifact, Store
from genaug.features.cache import FeatureCache
from genaug.features.spaces import Spaces
from genaug.stages.split import Views
from genaug.stages.stage import Stage
from genaug.training.processes import thread_count, torch_device


class RunState:
    """The state of a run.

    Args:
        job: the stages, and what they depend on.
        folder: the output folder.
        hooks: the run's hook caller.
        mapped: for the independent work of the stages.

    Attributes:
        store: contains the artifacts.
        artifacts: of the finished stages, by name.
    """

    def __init__(self, job: Job, folder: Path, hooks: Any, mapped: Map) -> None:
        self.job = job
        self.folder = folder
        self.hooks = hooks
        self.mapped = mapped
        self.store = Store(folder / STORE)
        self.artifacts: dict[str, Artifact] = {}
        self._read: dict[str, Any] = {}
        self._features: dict[bool, FeatureCache] = {}

    @cached_property
    def device(self) -> str:
        """Return the torch device."""
        return torch_device(self.job.device)

    def find(self, stage: str) -> Artifact | None:
        """Return the artifact of a stage, which is then one of `artifacts`; None where there is none."""
        artifact = self.store.find(stage, self.job.fingerprints[stage])
        if artifact is not None:
            self.artifacts[stage] = artifact
        return artifact

    def read(self, stage: str) -> Any:
        """Return the result of a finished stage; it is read from disk once."""
        if stage not in self._read:
            self._read[stage] = self.job.stage(stage).read(self.artifacts[stage].folder)
        return self._read[stage]

    def forget(self, stage: str) -> None:
        """Forget the artifact of a stage, which is about to be replaced."""
        self.artifacts.pop(stage, None)
        self._read.pop(stage, None)

    def release_after(self, stage: Stage) -> None:
        """Free results that no later stage reads, e.g. funnels of a million candidates."""
        stages = self.job.stages
        wanted = {name for later in stages[stages.index(stage) + 1 :] for name in later.inputs}
        for name in set(self._read) - wanted - {"split", "fit"}:
            del self._read[name]

    def features(self, judges: bool) -> FeatureCache:
        """Return the feature cache of the stages that judge, or of those that learn and choose."""
        if judges not in self._features:
            folders = [self.store.folder / "features" / name for name in ("learning", "judging")]
            self._features[judges] = FeatureCache(
                folders if judges else folders[:1], self._spaces, self.hooks, self.mapped
            )
        return self._features[judges]

    @cached_property
    def results(self) -> dict[bool, ResultFiles]:
        """Return the results shared by the stages that judge (True), and by those that learn and choose."""
        folder = self.store.folder / "results"
        return {
            judges: ResultFiles(folder / name, self.device)
            for judges, name in ((False, "learning"), (True, "judging"))
        }

    @cached_property
    def _spaces(self) -> Spaces:
        return Spaces(
            self.read("split").spec,
            self.device,
            partial(_training_view, self.artifacts["split"].folder),
            self.job.fingerprints["split"],
            derive_seed(self.job.seed, "features"),
            thread_count(self.job.threads),
        )


def _training_view(folder: Path) -> TrainView:
    """Read the training view from disk: the caller cannot access the other views."""
    return Views(folder).train
