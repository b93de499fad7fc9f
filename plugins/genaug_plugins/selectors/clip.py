"""Selection of images by a joint embedding of images and class names."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from genaug.components.frozen_dict import FrozenDict
from genaug.components.references import Use
from genaug.contracts import Candidates, Context, Extractor, RankingSelector, TextEmbedder
from genaug.data import SampleSpec, Scores, TrainView
from genaug.data.folds import random_keys
from genaug.errors import ConfigError, DataError, PluginFailed

_BLOCK = 4096


class ClipSelector(RankingSelector):
    """Keep an image iff CLIP gives its class a probability above 1/classes.

    With p = softmax(logit scale · cos(image, text)) over the data set's classes, an image made for
    class c passes iff p[c] > 1/classes (the CLIP filter of He et al. 2023, arXiv 2210.07574). Of
    those that pass, `max_per_class` are kept, by rank or at random.

    The class names are used as text: names like "3" or "class_b" have no meaning. Describe such classes in
    `describe`, or write `prompts`. Another joint space may be used: `extractor: {use: concept}` needs no
    download, is not a CLIP model, and its scores have other names.
    """

    name: ClassVar[str] = "clip"

    extractor: Use[Extractor] = Field(default={"use": "clip"}, validate_default=True)
    """The space of images and texts."""
    templates: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Prompts with {} as placeholder of the class; their embeddings are averaged. None: the space's default,
    `a photo of a {}.` for CLIP, the class name alone for `concept`."""
    describe: FrozenDict[str, str] = FrozenDict()
    """Replacements of class names in the templates, for names that are not descriptive."""
    prompts: FrozenDict[str, tuple[str, ...]] = FrozenDict()
    """All prompts of a class, instead of the templates."""
    quota_by: Literal["rank", "sampling"] = "rank"
    """Which of those that pass are kept up to `max_per_class`: the most probable, or a random draw."""

    @field_validator("templates")
    @classmethod
    def _check_templates(cls, templates: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for template in templates or ():
            if template.count("{}") != 1:
                raise ValueError(
                    f"the template {template!r} must contain {{}} once, as placeholder of the class"
                )
        return templates

    @field_validator("prompts")
    @classmethod
    def _check_prompts(cls, prompts: FrozenDict[str, tuple[str, ...]]) -> FrozenDict[str, tuple[str, ...]]:
        for name, own in prompts.items():
            if not own:
                raise ValueError(f"no prompts for class {name!r}: write one, or leave the class out")
        return prompts

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for a space without texts, samples it cannot read, a single class, or unknown
        classes.
        """
        if not self.extractor.reads_text:
            raise ConfigError(
                f"selector clip: the extractor {self.extractor.name!r} embeds no texts: use {{use: clip}} or "
                "{use: concept}"
            )
        self.extractor.check_usable(spec)
        if spec.classes < 2:
            raise DataError("selector clip compares classes, and there is only one: use 'realism'")
        for field, named in (("describe", self.describe), ("prompts", self.prompts)):
            if strange := named.keys() - set(spec.class_names):
                raise ConfigError(
                    f"selector clip: {field} names {', '.join(sorted(strange))}; the classes are "
                    f"{', '.join(spec.class_names)}"
                )

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        """Score each candidate: p and the cosine of its own class.

        Raises:
            ConfigError: if the space has no texts, or a class is unknown.
            DataError: if samples are not images, or there is only one class.
            MissingWeights: if the weights are not available.
        """
        self.check_usable(train.spec)
        pool, classes = candidates.pool, train.spec.classes
        if len(pool) == 0:
            empty = np.zeros(0)
            return Scores(empty.astype(np.bool_), empty, "", {"probability": empty, "similarity": empty})
        space = context.embedder(self.extractor)
        if not isinstance(space, TextEmbedder):
            raise PluginFailed(
                f"the extractor {self.extractor.name!r} declares that it reads texts, but does not"
            )
        texts = self._texts(space, train.spec.class_names)
        images = context.features(self.extractor, pool)
        probability, similarity = _own_class(images, texts, space.logit_scale, pool.labels)
        record = context.record(self.extractor)
        scored_by = f"scored by {record['model']}"
        if "weights_sha256" in record:
            scored_by += f", weights {record['weights_sha256'][:12]}"
        return Scores(
            probability > 1 / classes,
            probability,
            f"{space.score}: probability of its class at most 1/{classes}",
            {"probability": probability, "similarity": similarity},
            random_keys=random_keys(pool.ids, context.seed, "clip") if self.quota_by == "sampling" else None,
            remarks=(scored_by,),
        )

    def _texts(self, space: TextEmbedder, class_names: tuple[str, ...]) -> NDArray[np.float64]:
        """Return ``[classes, D]``: for each class the mean of its prompts' embeddings, of unit length."""
        rows = []
        for name in class_names:
            known = self.describe.get(name, name)
            templates = self.templates or (space.template,)
            prompts = self.prompts.get(name) or tuple(template.format(known) for template in templates)
            mean = space.embed_texts(prompts).astype(np.float64).mean(axis=0)
            rows.append(mean / np.linalg.norm(mean))
        return np.stack(rows)


def _own_class(
    images: NDArray[np.float32], texts: NDArray[np.float64], scale: float, labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the probability and the cosine of each image's own class, ``[N]`` each, block by block."""
    from scipy.special import softmax

    probability, similarity = np.zeros(len(images)), np.zeros(len(images))
    for start in range(0, len(images), _BLOCK):
        block = slice(start, start + _BLOCK)
        cosine = images[block].astype(np.float64) @ texts.T  # [block, classes]
        rows = np.arange(len(cosine))
        similarity[block] = cosine[rows, labels[block]]
        probability[block] = softmax(scale * cosine, axis=1)[rows, labels[block]]
    return probability, similarity
