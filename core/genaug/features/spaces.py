"""The feature spaces of a run: loaded or learned once, each with the fingerprint of its features."""

from collections.abc import Callable

from genaug.components.identity import NUMERIC, fingerprint, identity, source_code, version
from genaug.contracts import Embedder, Extractor
from genaug.data import SampleSpec, TrainView
from genaug.training.processes import device_type

CACHE = "genaug.features.cache"
"""The module that computes features: its code is part of their fingerprint."""


class Spaces:
    """The feature spaces of a run, each loaded or learned once.

    Args:
        spec: what a sample is.
        device: torch device.
        train: reads the training view, from which spaces that need training are learned.
        split: fingerprint of the split.
        seed: for spaces that need training.
        threads: CPU threads of the numeric libraries.
    """

    def __init__(
        self,
        spec: SampleSpec,
        device: str,
        train: Callable[[], TrainView],
        split: str,
        seed: int,
        threads: int = 1,
    ) -> None:
        self.spec = spec
        self._device = device
        self._train = train
        self._learned_from = {"split": split, "seed": seed}
        self._seed = seed
        self._computed_by = {
            "device": device_type(device),
            "threads": threads,
            "numeric": {name: version(name) for name in NUMERIC},
            "code": source_code().closure(CACHE).digest,
        }
        self._loaded: dict[str, Embedder] = {}
        self._fingerprints: dict[str, str] = {}

    def fingerprint(self, extractor: Extractor) -> str:
        """Return the fingerprint of a space: everything its features depend on, except the samples."""
        recipe = f"{type(extractor).__module__}.{type(extractor).__qualname__} {extractor.model_dump_json()}"
        if recipe not in self._fingerprints:  # reads whole files of weights: once a run is enough
            learned = self._learned_from if extractor.needs_training else {}
            parts = {**identity(extractor), **learned, **self._computed_by}
            self._fingerprints[recipe] = fingerprint(parts)
        return self._fingerprints[recipe]

    def embedder(self, extractor: Extractor) -> Embedder:
        """Return the loaded space.

        Raises:
            MissingWeights, DataError: raised by the extractor.
        """
        found = self.fingerprint(extractor)
        if found not in self._loaded:
            if extractor.needs_training:
                self._loaded[found] = extractor.learn(self._train(), self._seed, self._device)
            else:
                self._loaded[found] = extractor.load(self.spec, self._device)
        return self._loaded[found]
