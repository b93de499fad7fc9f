"""MiniRocket features of signals: the share of times at which fixed convolutions exceed a threshold."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.contracts import Embedder, LearnedExtractor
from genaug.data import SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

TAPS = 9
KERNELS = tuple(itertools.combinations(range(TAPS), 3))
"""The 84 kernels: the positions of the weight 2; the other six weights are -1, so that they sum to 0."""
_MOST_DILATIONS = 32
_GOLDEN = (5**0.5 + 1) / 2


class MinirocketEmbedder(Embedder):
    """Embed signals ``[B, C, T]`` by proportions of positive values.

    For kernel w at dilation d, C = x * w_d, and each feature is PPV(C - b), the share of times at which
    C > b. Every other kernel is applied beyond the ends of the signal, with zero padding. Of several channels
    a kernel sums a random subset. Everything is computed in float64, as otherwise rounding decides values at
    the threshold.
    """

    def __init__(self, train: TrainView, count: int, batch_size: int, seed: int, device: str) -> None:
        import torch

        self.batch_size = batch_size
        self._device = device
        channels, length = train.spec.shape
        rng = np.random.default_rng(seed)
        self._parts = []
        made = 0
        for dilation, features in _dilations(length, count // len(KERNELS)):
            weights = torch.from_numpy(_kernel_weights(channels, rng)).to(device)
            biases = self._thresholds(train.samples.values, weights, dilation, features, made, rng)
            self._parts.append((dilation, weights, torch.from_numpy(biases).to(device)))
            made += features * len(KERNELS)
        self.record = {
            "model": f"MiniRocket, {made} features of {len(KERNELS)} kernels at {len(self._parts)} dilations",
            "weights": f"thresholds are quantiles on {len(train.samples)} training samples",
            "resize": "none",
            "normalization": "none",
            "precision": "float64, rounded to float32",
        }

    def embed(self, values: FloatArray) -> FloatArray:
        """Return ``[batch_size, D]``, shares between 0 and 1."""
        import torch

        signals = torch.from_numpy(np.ascontiguousarray(values)).to(self._device).double()
        shares = []
        with torch.inference_mode():
            for number, (dilation, weights, biases) in enumerate(self._parts):
                convolved = _convolved(signals, weights, dilation)  # [B, 84, T]
                inner = convolved[:, :, _margin(dilation) : convolved.shape[2] - _margin(dilation)]
                padded = _padded(number).to(self._device)
                for bias in biases.T:  # [84]
                    whole = (convolved > bias[:, None]).double().mean(dim=2)
                    shares.append(torch.where(padded, whole, (inner > bias[:, None]).double().mean(dim=2)))
        return torch.cat(shares, dim=1).float().cpu().numpy()

    def _thresholds(
        self,
        values: FloatArray,
        weights: Tensor,
        dilation: int,
        features: int,
        made: int,
        rng: np.random.Generator,
    ) -> NDArray[np.float64]:
        """Return thresholds ``[84, features]``: quantiles of the convolution of a kernel with one training
        signal.
        """
        import torch

        rows = rng.integers(len(values), size=len(KERNELS))
        signals = torch.from_numpy(values[rows]).to(self._device).double()
        with torch.inference_mode():
            found = [
                _convolved(signal[None], weights[k : k + 1], dilation)[0, 0]
                for k, signal in enumerate(signals)
            ]
            convolved = torch.stack(found).cpu().numpy()  # [84, T]
        padded = _padded(len(self._parts)).numpy()
        # A sequence of low discrepancy spreads the quantiles evenly over all features.
        places = (np.arange(made + 1, made + features * len(KERNELS) + 1) * _GOLDEN) % 1
        margin, length = _margin(dilation), convolved.shape[1]
        return np.stack(
            [
                np.quantile(row if pad else row[margin : length - margin], place)
                for row, pad, place in zip(convolved, padded, places.reshape(len(KERNELS), -1), strict=True)
            ]
        )


class MinirocketExtractor(LearnedExtractor):
    """Compare signals by MiniRocket's features (Dempster, Schmidt and Webb 2021, arXiv 2012.08791).

    84 fixed kernels of length 9 with the weights -1 and 2, at dilations from 1 to the length of the
    signal; thresholds are quantiles of the convolved training signals. Written from the paper, with several
    channels treated as in its authors' code: the packages that provide it need an older numpy.
    """

    name: ClassVar[str] = "minirocket"
    modalities: ClassVar[frozenset[str]] = frozenset({"signal"})

    features: int = Field(default=1008, ge=84, le=50_000)
    """Approximate number of features, rounded to a multiple of 84. The paper uses 9,996; distances and
    covariances cost more with more features."""
    batch_size: int = Field(default=32, ge=1, le=4096)
    """Number of signals that are convolved at once."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not signals of at least nine values."""
        super().check_usable(spec)
        if spec.shape[1] < TAPS:
            raise DataError(
                f"extractor minirocket convolves {TAPS} values at a time, but these signals have "
                f"{spec.shape[1]}: use {{use: standardized}} or {{use: pixels}}"
            )

    def learn(self, train: TrainView, seed: int, device: str) -> MinirocketEmbedder:
        """Find the thresholds.

        Raises:
            DataError: if there are no training samples, or they are too short.
        """
        self.check_usable(train.spec)
        if len(train.samples) == 0:
            raise DataError("extractor minirocket: there are no training samples to take thresholds from")
        return MinirocketEmbedder(train, self.features, self.batch_size, seed, device)


def _dilations(length: int, per_kernel: int) -> list[tuple[int, int]]:
    """Return dilations, evenly spaced on a logarithmic scale, and the number of features of a kernel at
    each.
    """
    most = min(per_kernel, _MOST_DILATIONS)
    highest = np.log2((length - 1) / (TAPS - 1))
    found, times = np.unique(np.logspace(0, highest, most, base=2).astype(np.int64), return_counts=True)
    features = (times * (per_kernel / most)).astype(np.int64)
    features[: per_kernel - features.sum()] += 1  # the remainder of rounding down is added to the smallest
    return list(zip(found.tolist(), features.tolist(), strict=True))


def _kernel_weights(channels: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return ``[84, C, 9]``; the weights of channels that a kernel does not use are 0."""
    kernels = np.full((len(KERNELS), TAPS), -1.0)
    for row, places in zip(kernels, KERNELS, strict=True):
        row[list(places)] = 2.0
    seen = np.zeros((len(KERNELS), channels))
    for row in seen:
        # The number of channels is 2 to the power of a uniform number, at most nine.
        many = int(2 ** rng.uniform(0, np.log2(min(channels, TAPS) + 1)))
        row[rng.choice(channels, size=min(many, channels), replace=False)] = 1.0
    weights: NDArray[np.float64] = seen[:, :, None] * kernels[:, None, :]
    return weights


def _convolved(signals: Tensor, weights: Tensor, dilation: int) -> Tensor:
    """Return ``[B, kernels, T]`` of signals ``[B, C, T]``, zeros beyond their ends."""
    from torch.nn import functional

    return functional.conv1d(signals, weights, padding=_margin(dilation), dilation=dilation)


def _margin(dilation: int) -> int:
    return dilation * (TAPS // 2)


def _padded(number: int) -> Tensor:
    """Return for each kernel whether it is padded at the dilation with this index, ``[84]``."""
    import torch

    return (torch.arange(len(KERNELS)) + number) % 2 == 0
