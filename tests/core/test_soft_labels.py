"""Soft labels: from requests to samples, files and models."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional

from genaug.adapters import SklearnModel, TorchModel
from genaug.adapters.soft_labels import balanced, weighted_copies
from genaug.data import Origin, Pool, Request, Samples, SampleSpec
from genaug.data.pool_files import load_pool, save_shard
from genaug.data.sample_files import load_samples, save_samples

SPEC = SampleSpec(modality="vector", shape=(3,), class_names=("a", "b", "c"))
SOFT = np.array([[0.7, 0.3, 0], [0, 0, 1], [0.2, 0.35, 0.45], [0, 0.5, 0.5]], dtype=np.float32)


def soft_samples(n: int = 60) -> Samples:
    """Return samples of three classes; every third has a soft label of two or three classes."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 3
    values = rng.normal(size=(n, 3)).astype(np.float32) + np.eye(3, dtype=np.float32)[labels] * 2
    shares = np.eye(3, dtype=np.float32)[labels]
    some = np.arange(0, n, 2)
    shares[some] = 0.6 * shares[some] + 0.4 * rng.dirichlet(np.ones(3), len(some)).astype(np.float32)
    return Samples(values, shares.argmax(1), soft_labels=shares)


def test_a_part_without_soft_labels_gets_whole_ones() -> None:
    values = np.zeros((2, 3), dtype=np.float32)
    hard, soft = Samples(values, np.array([2, 0])), Samples(values, np.array([0, 2]), soft_labels=SOFT[:2])
    joined = Samples.join([hard, soft])
    assert joined.soft_labels is not None
    assert joined.soft_labels.tolist() == [[0, 0, 1], [1, 0, 0], *SOFT[:2].tolist()]
    assert joined.take(np.array([2])).class_shares(3).tolist() == SOFT[:1].tolist()
    assert Samples.join([hard, hard]).soft_labels is None
    with pytest.raises(ValueError, match=r"soft labels must be float32 \[2, classes\]"):
        Samples(values, np.array([0, 1]), soft_labels=SOFT)


@pytest.mark.parametrize(
    ("label", "soft", "made"),
    [(2, None, 2), (1, (0.6, 0.4, 0), 0), (1, (0.5, 0.5, 0), 1), (2, (0, 0.1, 0.9), 2)],
)
def test_samples_are_of_the_class_with_the_largest_share(
    label: int, soft: tuple[float, ...] | None, made: int
) -> None:
    request = Request(label, 3, soft_label=soft)
    assert request.made_label == made
    assert request.part(0, 2).soft_label == soft
    assert Origin.of(request, 0, "f" * 64, 1).asked().soft_label == soft


def test_a_pool_reads_back_where_only_some_files_have_soft_labels(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    origins = (Origin("f" * 64, 1), Origin("f" * 64, 2, soft_label=(0.7, 0.3, 0.0)))
    hard = Pool(SPEC, Samples(values, np.zeros(4, np.int64)), origins, np.zeros(4, np.int64), np.arange(4))
    shares = np.tile(SOFT[:1], (4, 1))
    soft = Pool(
        SPEC,
        Samples(values, np.zeros(4, np.int64), soft_labels=shares),
        origins,
        np.ones(4, np.int64),
        np.arange(4),
    )
    save_shard(hard, tmp_path / "0.parquet")
    save_shard(soft, tmp_path / "1.parquet")
    read = load_pool([tmp_path / "0.parquet", tmp_path / "1.parquet"], SPEC)
    assert read.samples.soft_labels is not None
    assert read.samples.soft_labels[[0, 4]].tolist() == [[1, 0, 0], *SOFT[:1].tolist()]
    assert read.origins == origins
    assert [b.soft_labels is not None for b in read.take(np.arange(2, 6)).batches(2)] == [True, True]
    assert load_pool([tmp_path / "0.parquet"], SPEC).samples.soft_labels is None


def test_samples_read_back_with_soft_labels(tmp_path: Path) -> None:
    samples = soft_samples(9)
    save_samples(samples, tmp_path / "samples", SPEC)
    again = load_samples(tmp_path / "samples", SPEC).take(np.arange(3, 9))
    assert samples.soft_labels is not None
    assert np.array_equal(again.class_shares(3), samples.soft_labels[3:])


class Logistic(SklearnModel):
    name = "test-logistic"
    standardize = False
    weights: str | None = None

    def estimator(self, seed: int) -> Any:
        return LogisticRegression(C=1.0, class_weight=self.weights, tol=1e-9, max_iter=5000)


class Linear(TorchModel):
    name = "test-linear"

    def module(self, spec: SampleSpec, trainings: Any) -> nn.Module:
        return nn.Linear(3, spec.classes)


def test_weighted_copies_are_the_soft_cross_entropy_of_a_linear_model() -> None:
    samples = soft_samples()
    rows, labels, weights = weighted_copies(samples, 3)
    assert np.allclose(np.bincount(rows, weights), 1)
    x, p = torch.from_numpy(samples.values).double(), torch.from_numpy(samples.class_shares(3)).double()
    w = torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    soft = functional.cross_entropy(x @ w, p, reduction="sum")
    hard = functional.cross_entropy((x @ w)[rows], torch.from_numpy(labels), reduction="none")
    copies = (hard * torch.from_numpy(weights)).sum()
    assert torch.allclose(soft, copies)
    assert torch.allclose(*(torch.autograd.grad(loss, w)[0] for loss in (soft, copies)))


def test_a_scikit_learn_model_minimizes_the_soft_cross_entropy() -> None:
    """At its minimum the gradient of Σ CE(p, softmax(Wx + b)) + ‖W‖² / 2 is zero."""
    samples = soft_samples()
    predicted = Logistic().fit(SPEC, samples, 0, "cpu").predict(samples)
    wrong = predicted - samples.class_shares(3)  # gradient of the loss in the logits
    assert np.abs(wrong.sum(axis=0)).max() < 1e-4  # in b
    free = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    x = torch.cat([torch.from_numpy(samples.values).double(), torch.ones(60, 1, dtype=torch.float64)], 1)
    optimizer = torch.optim.LBFGS([free], max_iter=200, tolerance_grad=1e-10, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        shares = torch.from_numpy(samples.class_shares(3)).double()
        value = functional.cross_entropy(x @ free, shares, reduction="sum") + free[:3].square().sum() / 2
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    assert np.abs((x @ free).softmax(1).detach().numpy() - predicted).max() < 1e-4


def test_whole_soft_labels_teach_what_labels_teach() -> None:
    samples = soft_samples()
    hard = Samples(samples.values, samples.labels)
    whole = Samples(samples.values, samples.labels, soft_labels=hard.class_shares(3))
    for model in (Logistic(), Logistic(weights="balanced"), Linear(steps=5, batch_size=8)):
        assert model.learns_soft_labels(SPEC)
        one, other = (model.fit(SPEC, training, 0, "cpu").predict(samples) for training in (hard, whole))
        assert np.allclose(one, other, atol=1e-5)
        soft = model.fit(SPEC, samples, 0, "cpu").predict(samples)
        assert not np.allclose(one, soft, atol=1e-3)


def test_balanced_weights_give_each_class_the_same_sum() -> None:
    _, labels, weights = weighted_copies(
        Samples(np.zeros((4, 3), np.float32), SOFT.argmax(1), soft_labels=SOFT), 3
    )
    even = balanced(labels, weights)
    assert np.allclose(np.bincount(labels, even), 4 / 3)
    assert np.allclose(
        even[labels == 0] / even[labels == 0].sum(), weights[labels == 0] / weights[labels == 0].sum()
    )
