"""Time the extraction of features against the bare network; measure what precision and layout do to metrics.

Run: python docs/benchmarks/feature_speed.py --out docs/benchmarks

It writes ``feature-speed.json`` and ``.md``; a few minutes on two cores.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

from genaug.data import Samples, SampleSpec, TrainView
from genaug.experiments.measuring import Script, in_turns
from genaug.features.cache import FeatureCache
from genaug.features.spaces import Spaces
from genaug.hooks import open_hooks
from genaug_plugins.extractors.efficientnet_lite0 import EfficientNetLite0Extractor
from genaug_plugins.extractors.image_embedder import ImageModelEmbedder
from genaug_plugins.metrics.frechet import frechet_distance
from genaug_plugins.metrics.kernel import kernel_distance
from genaug_plugins.metrics.neighbourhood import neighbourhood
from genaug_plugins.sources.image_folder import ImageFolderSource

CLOCKS = {"processor": time.process_time, "wall": time.perf_counter}
BAR = 0.9
"""Share of the bare network's throughput that extraction is to keep."""
WAYS: dict[str, dict[str, object]] = {
    "float32": {},
    "channels last": {"channels_last": True},
    "bfloat16": {"precision": "bfloat16"},
    "bfloat16, channels last": {"precision": "bfloat16", "channels_last": True},
}


@dataclass(frozen=True)
class Case:
    """What is timed: a folder of so many square images, read at a network size, computed in a way."""

    images: int
    side: int
    size: int
    way: str = "float32"


CASES = (
    Case(256, 64, 64),
    Case(256, 64, 64, "channels last"),
    Case(64, 64, 64, "bfloat16"),
    Case(64, 64, 64, "bfloat16, channels last"),
    Case(64, 256, 224),
    Case(64, 256, 224, "channels last"),
)


def main() -> None:
    """Measure, write the record and the page."""
    script = Script(__file__, __doc__)
    script.options.add_argument("--rounds", type=int, default=5)
    script.options.add_argument("--threads", type=int, default=1)
    script.options.add_argument("--clock", choices=CLOCKS, default="processor")
    script.options.add_argument("--compared", type=int, default=400, help="images on either side of a metric")
    asked = script.options.parse_args()
    torch.set_num_threads(asked.threads)
    speeds = [speed_row(case, asked.rounds, CLOCKS[asked.clock]) for case in CASES]
    results = {"bar": BAR, "speeds": as_rows(speeds), "shifts": as_rows(shift_rows(asked.compared))}
    script.publish(asked, results)


def speed_row(case: Case, rounds: int, clock: Callable[[], float]) -> dict[str, str]:
    """Time one case; ratios are taken within a round."""
    extractor = EfficientNetLite0Extractor(size=case.size, **WAYS[case.way])
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "images"
        write_images(folder, case)
        source = ImageFolderSource(path=folder, size=case.side)
        dataset = source.load()
        embedder = extractor.load(dataset.spec, "cpu")
        values = dataset.samples.values
        prepared = [embedder.prepared(values[i : i + 64]) for i in range(0, len(values), 64)]
        spaces = spaces_of(dataset.spec)
        spaces.embedder(extractor)  # loading is not timed
        kept: list[FeatureCache] = []

        def compute() -> None:
            """Write features to a folder of their own, and remember a cache that reads them again."""
            features = [Path(home) / f"features-{len(kept)}"]
            kept.append(FeatureCache(features, spaces_of(dataset.spec), open_hooks([])))
            FeatureCache(features, spaces, open_hooks([]))(extractor, dataset.samples)

        steps: dict[str, Callable[[], object]] = {
            "bare": partial(bare_network, embedder, prepared),
            "whole": compute,
            "read": source.load,
            "again": lambda: kept[-1](extractor, dataset.samples),
        }
        bare, whole, read, again = in_turns(steps, rounds, clock).values()
    share = statistics.median(b / w for b, w in zip(bare, whole, strict=True))
    folder_share = statistics.median(b / (w + r) for b, w, r in zip(bare, whole, read, strict=True))
    middle = statistics.median
    print(case, f"{share:.3f} {folder_share:.3f}", file=sys.stderr, flush=True)
    return {
        "images": f"{case.side}²",
        "network at": f"{case.size}²",
        "computed in": case.way,
        "bare": f"{case.images / middle(bare):.0f}",
        "features": f"{case.images / middle(whole):.0f}",
        "of bare": f"{share:.0%}{'' if share >= BAR else ' (below the bar)'}",
        "from the folder": f"{case.images / middle(w + r for w, r in zip(whole, read, strict=True)):.0f}",
        "of bare ": f"{folder_share:.0%}{'' if folder_share >= BAR else ' (below the bar)'}",
        "again": f"{100 * middle(a / w for a, w in zip(again, whole, strict=True)):.2f} %",
    }


def bare_network(embedder: ImageModelEmbedder, prepared: Sequence[torch.Tensor]) -> list[np.ndarray]:
    """Compute the network alone, on prepared batches."""
    with torch.inference_mode():
        return [embedder.computed(batch).float().numpy() for batch in prepared]


def spaces_of(spec: SampleSpec) -> Spaces:
    """Return spaces without a run."""
    nothing = Samples(np.zeros((0, *spec.shape), dtype=np.float32), np.zeros(0, dtype=np.int64))
    return Spaces(spec, "cpu", lambda: TrainView(spec, nothing), "benchmark", 0)


def write_images(folder: Path, case: Case) -> None:
    """Write random cuts of two photographs, a class each."""
    rng = np.random.default_rng(0)
    for name, photo in zip(("pavilion", "flower"), load_sample_images().images, strict=True):
        (folder / name).mkdir(parents=True)
        for number in range(case.images // 2):
            top, left = (int(rng.integers(0, side - case.side + 1)) for side in photo.shape[:2])
            cut = photo[top : top + case.side, left : left + case.side]
            Image.fromarray(cut).save(folder / name / f"{number}.png")


def shift_rows(count: int) -> list[dict[str, str]]:
    """Compute the same metrics in each way."""
    digits = load_digits().images.astype(np.float32)[:, None] / 8 - 1  # [1797, 1, 8, 8]
    rows = np.random.default_rng(0).permutation(len(digits))[: 2 * count]
    real, fake = torch.from_numpy(digits[rows]).split(count)
    kernel = torch.tensor([[1.0, 2.0, 1.0], [2.0, 8.0, 2.0], [1.0, 2.0, 1.0]])[None, None] / 20
    fake = torch.nn.functional.conv2d(torch.nn.functional.pad(fake, (1, 1, 1, 1), value=-1), kernel)
    spec = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("digit",), value_range=(-1.0, 1.0))
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for way, settings in WAYS.items():
        embedder = EfficientNetLite0Extractor(size=32, **settings).load(spec, "cpu")
        both = torch.cat([real, fake]).numpy()
        features = embedder.embed_all(both)
        found[way] = features[:count], features[count:]
    found["mixed"] = found["float32"][0], found["bfloat16"][1]
    exact = np.concatenate(found["float32"]).astype(np.float64)
    lines, first = [], None
    for way, (one, other) in found.items():
        near = neighbourhood(one, other, 5)
        values = {
            "Fréchet distance": frechet_distance(one, other),
            "kernel distance": kernel_distance(one, other),
            "precision": near.precision,
            "coverage": near.coverage,
        }
        first = first or values
        shift = np.linalg.norm(np.concatenate([one, other]) - exact) / np.linalg.norm(exact)
        told = {name: f"{value:.5g} ({value / first[name] - 1:+.2%})" for name, value in values.items()}
        lines.append({"computed in": way, "shift of a feature": f"{shift:.1e}", **told})
    return lines


def as_rows(found: list[dict[str, str]]) -> list[list[str]]:
    """Return the columns' names, and a row for each mapping."""
    return [list(found[0]), *(list(row.values()) for row in found)]


if __name__ == "__main__":
    main()
