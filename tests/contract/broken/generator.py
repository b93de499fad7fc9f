"""Generators that break exactly one rule of the contract."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from safetensors.torch import load_file, save_file
from torch import Tensor

from genaug import Context, Generator, Sampler
from genaug.data import Request, Samples, SampleSpec, TrainView

STEPS = 6


class MeansSampler(Sampler):
    capabilities = frozenset({"class-conditional"})

    def __init__(self, spec: SampleSpec, means: Tensor, history: dict[str, Sequence[float]]) -> None:
        self.spec, self.means, self.history = spec, means, history

    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        noise = 0.1 * rng.standard_normal((request.count, *self.spec.shape), dtype=np.float32)
        values = (self.means[request.label].numpy() + noise).clip(-1, 1)
        return Samples(values, np.full(request.count, request.label))

    def save(self, folder: Path) -> None:
        save_file({"means": self.means}, folder / "means.safetensors")
        known = {"spec": self.spec.model_dump(mode="json"), "history": self.history}
        (folder / "known.json").write_text(json.dumps(known))


class MeansGenerator(Generator):
    name: ClassVar[str] = "means"
    sampler: ClassVar[type[MeansSampler]] = MeansSampler

    def fit(self, train: TrainView, context: Context) -> Sampler:
        kept = context.checkpoint.load()
        tensors, state = kept or (self._start(train), {"step": 0, "moved": []})
        means, moved = tensors["means"], list(state["moved"])
        for step in range(self._next(state["step"]), STEPS):
            goal = torch.stack([self._mean(train, label) for label in range(train.spec.classes)])
            moved.append(float((goal - means).abs().mean()))
            means = means + 0.5 * (goal - means)
            context.checkpoint.save({"means": means}, {"step": step + 1, "moved": moved})
        return self.sampler(train.spec, means, {"step": list(range(len(moved))), "moved": moved})

    def load(self, folder: Path, context: Context) -> Sampler:
        known = json.loads((folder / "known.json").read_text())
        means = load_file(folder / "means.safetensors")["means"]
        return self.sampler(SampleSpec.model_validate(known["spec"]), means, known["history"])

    def _start(self, train: TrainView) -> dict[str, Tensor]:
        return {"means": torch.zeros(train.spec.classes, *train.spec.shape)}

    def _next(self, done: int) -> int:
        return done

    def _mean(self, train: TrainView, label: int) -> Tensor:
        return torch.from_numpy(train.samples.values[train.samples.labels == label].mean(axis=0))


class OldGenerator(MeansGenerator):
    """A generator without a context in `load`, as before the contract had one."""

    def load(self, folder: Path) -> Sampler:  # type: ignore[override]
        return super().load(folder, cast(Context, None))


ALL = frozenset({"class-conditional", "latent", "encode", "prompt", "image-to-image", "inpaint"})


class AbleOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    noise: float = Field(default=0.1, ge=0)


class AbleSampler(MeansSampler):
    capabilities = ALL
    latent_dim = 1
    options_model = AbleOptions

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:  # type: ignore[override]
        options = AbleOptions.model_validate(request.options)
        clean = self.means[request.label].numpy()[None].repeat(request.count, axis=0)
        if request.source_samples is not None:
            clean = request.one_source_each().values
        shift = np.zeros((request.count, 1), dtype=np.float32) if request.latents is None else request.latents
        shift = shift.reshape(-1, *(1,) * len(self.spec.shape)) + len(request.prompt or "") / 100
        noise = options.noise * rng.standard_normal(clean.shape, dtype=np.float32)
        values = (clean + shift + noise).clip(-1, 1).astype(np.float32)
        if request.mask is not None:
            values = np.where(self.shown(request), values, clean)
        for row in range(request.count):
            yield Samples(values[row : row + 1], np.array([request.label]))

    def shown(self, request: Request) -> np.ndarray:
        return request.mask_over(self.spec)

    def encode(self, samples: Samples) -> np.ndarray:
        away = samples.values - self.means.numpy()[samples.labels]
        return away.reshape(len(away), -1).mean(axis=1, keepdims=True).astype(np.float32)


class AbleGenerator(MeansGenerator):
    given_capabilities: ClassVar[frozenset[str]] = ALL
    given_options: ClassVar[type[BaseModel] | None] = AbleOptions
    sampler: ClassVar[type[MeansSampler]] = AbleSampler


class BoastfulGenerator(MeansGenerator):
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional", "prompt"})


class MisspelledGenerator(MeansGenerator):
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class conditional"})


class DimensionlessGenerator(MeansGenerator):
    class sampler(MeansSampler):  # noqa: N801
        capabilities = frozenset({"class-conditional", "latent"})


class RawGenerator(MeansGenerator):
    """Its values are from 0 to 255."""

    class sampler(MeansSampler):  # noqa: N801
        def sample(self, request: Request, rng: np.random.Generator) -> Samples:
            made = super().sample(request, rng)
            return Samples((made.values + 1) * np.float32(127.5), made.labels)


class DeafGenerator(MeansGenerator):
    class sampler(MeansSampler):  # noqa: N801
        capabilities = frozenset({"class-conditional", "prompt"})


class MaskBlindGenerator(AbleGenerator):
    class sampler(AbleSampler):  # noqa: N801
        def shown(self, request: Request) -> np.ndarray:
            return np.ones_like(request.mask_over(self.spec))


class DoubleEncodingGenerator(AbleGenerator):
    class sampler(AbleSampler):  # noqa: N801
        def encode(self, samples: Samples) -> np.ndarray:
            return super().encode(samples).astype(np.float64)


class OneClassGenerator(MeansGenerator):
    class sampler(MeansSampler):  # noqa: N801
        def sample(self, request: Request, rng: np.random.Generator) -> Samples:
            return super().sample(Request(0, request.count), rng)


class CountingGenerator(MeansGenerator):
    class sampler(MeansSampler):  # noqa: N801
        asked = 0

        def sample(self, request: Request, rng: np.random.Generator) -> Samples:
            self.asked += 1
            return super().sample(request, np.random.default_rng(self.asked))


class UnseededGenerator(MeansGenerator):
    def fit(self, train: TrainView, context: Context) -> Sampler:
        noise = np.random.default_rng().standard_normal((3, *train.spec.shape), dtype=np.float32)
        return self.sampler(train.spec, 0.1 * torch.from_numpy(noise), {})


class ForgetfulGenerator(MeansGenerator):
    def load(self, folder: Path, context: Context) -> Sampler:
        loaded = super().load(folder, context)
        loaded.means = loaded.means.half().float()
        return loaded


class CoarseScoresGenerator(MeansGenerator):
    given_scores: ClassVar[frozenset[str]] = frozenset({"size"})

    class sampler(MeansSampler):  # noqa: N801
        def scores(self, samples: Samples) -> dict[str, np.ndarray]:
            return {"size": samples.values.mean(axis=tuple(range(1, samples.values.ndim)))}


class InfiniteScoresGenerator(MeansGenerator):
    given_scores: ClassVar[frozenset[str]] = frozenset({"size"})

    class sampler(MeansSampler):  # noqa: N801
        def scores(self, samples: Samples) -> dict[str, np.ndarray]:
            return {"size": np.full(len(samples), np.inf)}


class UnevenScoresGenerator(MeansGenerator):
    given_scores: ClassVar[frozenset[str]] = frozenset({"label"})

    class sampler(MeansSampler):  # noqa: N801
        def scores(self, samples: Samples) -> dict[str, np.ndarray]:
            return {"label": samples.labels.astype(np.float64)} if len(samples) else {}


class MoodyScoresGenerator(MeansGenerator):
    given_scores: ClassVar[frozenset[str]] = frozenset({"mood"})

    class sampler(MeansSampler):  # noqa: N801
        asked = 0

        def scores(self, samples: Samples) -> dict[str, np.ndarray]:
            self.asked += 1
            return {"mood": np.full(len(samples), float(self.asked))}


class ScoringGenerator(MeansGenerator):
    """A generator that scores samples by the distance from the class's mean."""

    given_scores: ClassVar[frozenset[str]] = frozenset({"away"})

    class sampler(MeansSampler):  # noqa: N801
        def scores(self, samples: Samples) -> dict[str, np.ndarray]:
            away = samples.values.astype(np.float64) - self.means.numpy()[samples.labels]
            return {"away": np.abs(away).sum(axis=tuple(range(1, away.ndim)))}


class SecretScoresGenerator(ScoringGenerator):
    given_scores: ClassVar[frozenset[str]] = frozenset()


class PickledGenerator(MeansGenerator):
    class sampler(MeansSampler):  # noqa: N801
        def save(self, folder: Path) -> None:
            super().save(folder)
            torch.save(self.means, folder / "means.pt")


class DisguisedGenerator(MeansGenerator):
    class sampler(MeansSampler):  # noqa: N801
        def save(self, folder: Path) -> None:
            super().save(folder)
            torch.save(self.means, folder / "more.safetensors")


class UnevenGenerator(MeansGenerator):
    class sampler(MeansSampler):  # noqa: N801
        def __init__(self, spec: SampleSpec, means: Tensor, history: dict[str, Sequence[float]]) -> None:
            super().__init__(spec, means, {**history, "moved": history["moved"][:2]})


class RepeatingGenerator(MeansGenerator):
    def _next(self, done: int) -> int:
        return max(0, done - 1)


class WastefulGenerator(MeansGenerator):
    def fit(self, train: TrainView, context: Context) -> Sampler:
        fitted = super().fit(train, context)
        train.samples.values[:] = 0
        return fitted


class SeedingGenerator(MeansGenerator):
    def fit(self, train: TrainView, context: Context) -> Sampler:
        torch.manual_seed(context.seed)
        return super().fit(train, context)


GOOD = [MeansGenerator(), ScoringGenerator(), AbleGenerator(), OldGenerator()]

BROKEN = {
    "states_what_its_samplers_can_do": [
        BoastfulGenerator(),
        MisspelledGenerator(),
        DimensionlessGenerator(),
    ],
    "samples_what_was_requested": [OneClassGenerator(), RawGenerator()],
    "samples_of_what_else_it_takes": [DeafGenerator()],
    "keeps_what_a_mask_keeps": [MaskBlindGenerator()],
    "encodes_real_samples": [DoubleEncodingGenerator()],
    "samples_the_same_for_the_same_rng": [CountingGenerator()],
    "fits_the_same_for_the_same_seed": [UnseededGenerator()],
    "comes_back_from_its_folder": [ForgetfulGenerator()],
    "scores_what_it_made": [
        CoarseScoresGenerator(),
        InfiniteScoresGenerator(),
        UnevenScoresGenerator(),
        SecretScoresGenerator(),
    ],
    "scores_the_same_from_its_folder": [MoodyScoresGenerator()],
    "saves_without_pickle": [PickledGenerator(), DisguisedGenerator()],
    "logs_a_history_of_even_columns": [UnevenGenerator()],
    "resumes_from_any_checkpoint": [RepeatingGenerator()],
    "leaves_the_training_view_alone": [WastefulGenerator()],
    "leaves_global_randomness_alone": [SeedingGenerator()],
}
