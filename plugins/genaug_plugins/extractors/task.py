"""Features of a classifier trained on the data's classes."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.components.identity import described
from genaug.components.references import Use
from genaug.contracts import Embedder, LearnedExtractor, Predictor, Task
from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug.errors import PluginFailed


class TaskEmbedder(Embedder):
    """Embeds samples by the penultimate layer of a fitted model."""

    batch_size = 256

    def __init__(self, task: Task, model: Predictor, train: TrainView) -> None:
        self.record = {
            "model": f"{task.name}, fitted to {len(train.samples)} training samples; its penultimate layer",
            "settings": task.model_dump_json(exclude_defaults=True),
            "resize": "none",
            "normalization": "the model's own",
            "precision": "float32",
        }
        self._task = task
        self._model = model

    def embed(self, values: FloatArray) -> FloatArray:
        """Return ``[batch_size, D]``."""
        features = self._model.features(Samples(values, np.zeros(len(values), dtype=np.int64)))
        if features is None:
            raise PluginFailed(
                f"extractor task: the {described(self._task.model)} has no features: add "
                "`Predictor.features`; or use another extractor"
            )
        return features


class TaskExtractor(LearnedExtractor):
    """Compare samples by the penultimate layer of a classifier trained on the training view.

    The space represents what separates the classes in the training samples, and nothing else. Results in it
    are only comparable within one run, not between runs.
    """

    name: ClassVar[str] = "task"
    modalities: ClassVar[frozenset[str]] = frozenset({"image", "signal", "vector"})

    task: Use[Task] = Field(default={"use": "classification"}, validate_default=True)
    """The task whose model is trained; it must provide features (`Predictor.features`)."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that the task does not accept."""
        super().check_usable(spec)
        self.task.check_usable(spec)

    def learn(self, train: TrainView, seed: int, device: str) -> TaskEmbedder:
        """Fit the task's model to the training view.

        Raises:
            DataError: if the task cannot be trained on these samples.
            TrainingDiverged: from the task.
        """
        self.check_usable(train.spec)
        model = self.task.fit(train.spec, train.samples, derive_seed(seed, "extractor"), device)
        return TaskEmbedder(self.task, model, train)
