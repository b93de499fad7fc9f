"""What an extractor and its embedder must do."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Embedder, Extractor, TextEmbedder
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness

_last: list[Any] = []
"""The extractor and the material of the last check, and the embedder that was loaded for it."""


@foundation
def declares_what_it_reads(extractor: Extractor, material: Material) -> None:
    """Declare the modalities that it reads, and its batch size."""
    assert isinstance(extractor.modalities, frozenset), (
        f"`modalities` must be a frozenset of names, not a {type(extractor.modalities).__name__}"
    )
    assert extractor.modalities, "it reads no modality"
    for name in extractor.modalities:
        assert isinstance(name, str) and name, f"`modalities` contains {name!r}, which is not a name"  # noqa: PT018
    with no_error("when it is loaded"):
        size = _loaded(extractor, material).batch_size
    assert isinstance(size, int), f"batch_size is {size!r}"
    assert size >= 1, f"batch_size is {size}"


@foundation
def gives_a_row_of_features_each(extractor: Extractor, material: Material) -> None:
    """Return finite float32 features, one row for each sample."""
    embedder = _loaded(extractor, material)
    with no_error("when it embeds a batch"):
        features = embedder.embed(_batch(embedder, material))
    assert features.ndim == 2, f"features have {features.ndim} axes, not [{embedder.batch_size}, D]"
    assert len(features) == embedder.batch_size, f"{len(features)} rows for {embedder.batch_size} samples"
    assert features.shape[1] >= 1, "features have no column"
    assert features.dtype == np.float32, f"features are {features.dtype}"
    assert np.isfinite(features).all(), "features contain NaN or infinite values"


@depends_on("leaves_global_randomness_alone")
def embeds_the_same_twice(extractor: Extractor, material: Material) -> None:
    """Return the same features in each call, and after each loading."""
    embedder = _loaded(extractor, material)
    batch = _batch(embedder, material)
    first = embedder.embed(batch)
    with other_global_randomness():
        again, afresh = embedder.embed(batch), _learned(extractor, material).embed(batch)
    assert digest(again) == digest(first), "embedding a batch again gives other features"
    assert digest(afresh) == digest(first), "loading again gives other features"


@depends_on("embeds_the_same_twice")
def embeds_each_sample_alone(extractor: Extractor, material: Material) -> None:
    """Return the same features of a sample in any batch."""
    embedder = _loaded(extractor, material)
    batch = _batch(embedder, material)
    beside = batch[::-1].copy()
    beside[0] = batch[0]
    one, other = embedder.embed(batch)[0], embedder.embed(beside)[0]
    # Rounding may differ with the batch; the effect of a batch norm in training mode is far larger.
    near = 1e-4 * (1e-6 + float(np.abs(one).max()))
    assert np.abs(one - other).max() <= near, "a sample's features depend on the samples beside it"


def records_what_it_is(extractor: Extractor, material: Material) -> None:
    """Have a record: what must be reported with figures on its features."""
    record = _loaded(extractor, material).record
    assert record, "the record is empty: name at least the model"
    for key, value in record.items():
        assert isinstance(value, str), f"record[{key!r}] is a {type(value).__name__}, not text"
        assert value.strip(), f"record[{key!r}] is empty"


def leaves_the_values_alone(extractor: Extractor, material: Material) -> None:
    """Change nothing in the values it reads."""
    embedder = _loaded(extractor, material)
    batch = _batch(embedder, material)
    before = digest(batch)
    embedder.embed(batch)
    assert digest(batch) == before, "embedding changed the values"


def leaves_global_randomness_alone(extractor: Extractor, material: Material) -> None:
    """Leave the global random generators as they were, in loading and in embedding."""
    with no_global_randomness("loading"):
        embedder = _learned(extractor, material)
    with no_global_randomness("embedding"):
        embedder.embed(_batch(embedder, material))


@depends_on("embeds_the_same_twice")
def declares_whether_it_learns(extractor: Extractor, material: Material) -> None:
    """Declare by `needs_training` whether it learns, and do not change the training view."""
    train = material.train()
    before = digest(train.samples)
    learned = extractor.learn(train, 0, "cpu")
    assert digest(train.samples) == before, "learning changed the training samples"
    if not extractor.needs_training:
        batch = _batch(learned, material)
        one, other = extractor.load(material.spec, "cpu").embed(batch), learned.embed(batch)
        near = 1e-4 * (1e-6 + float(np.abs(one).max()))
        assert np.abs(one - other).max() <= near, "it learns: set `needs_training`, or runs share it"


@depends_on("embeds_the_same_twice")
def embeds_texts_beside_samples(extractor: Extractor, material: Material) -> None:
    """Embed texts independently and at unit length, like samples, where `reads_text` is true."""
    embedder = _loaded(extractor, material)
    assert isinstance(embedder, TextEmbedder) == extractor.reads_text, (
        "`reads_text` does not fit the embedder"
    )
    if not isinstance(embedder, TextEmbedder):
        return
    texts = ["a cat", "two small dogs on a lawn", "a ship"]
    found, images = embedder.embed_texts(texts), embedder.embed(_batch(embedder, material))
    assert found.dtype == np.float32, f"features of texts are {found.dtype}"
    assert found.shape == (3, images.shape[1]), f"texts give {found.shape}, samples give {images.shape}"
    assert embedder.embed_texts([]).shape == (0, images.shape[1]), "features of no texts must have D columns"
    lengths = np.linalg.norm(np.concatenate([found, images]), axis=1)
    assert np.abs(lengths - 1).max() < 1e-3, "features are not of unit length"
    alone = np.concatenate([embedder.embed_texts([text]) for text in texts])
    assert np.abs(alone - found).max() < 1e-4, "a text's features depend on the texts beside it"
    assert 0 < embedder.logit_scale < np.inf, f"logit_scale is {embedder.logit_scale}"
    assert embedder.template.count("{}") == 1, f"the template {embedder.template!r} has no place for a name"
    assert embedder.score.strip(), "the score has no name"


def _loaded(extractor: Extractor, material: Material) -> Embedder:
    """Return the extractor's embedder; loaded once, because some read hundreds of megabytes."""
    if not _last or _last[0] is not extractor or _last[1] != material:
        _last[:] = [extractor, material, _learned(extractor, material)]
    embedder: Embedder = _last[2]
    return embedder


def _learned(extractor: Extractor, material: Material) -> Embedder:
    return extractor.learn(material.train(), 0, "cpu")


def _batch(embedder: Embedder, material: Material) -> NDArray[Any]:
    values = material.dataset().samples.values
    return values[np.arange(embedder.batch_size) % len(values)]
