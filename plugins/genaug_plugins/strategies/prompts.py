"""Requests with prompts: templates, attributes, sentences."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue, model_validator

from genaug import Context, Sampler
from genaug.components.frozen_dict import FrozenDict
from genaug.contracts import StrategyPlace
from genaug.data import Request, SampleSpec, TrainView
from genaug.errors import DataError
from genaug_plugins.strategies import class_prompts
from genaug_plugins.strategies.amounts import AmountsStrategy
from genaug_plugins.strategies.class_prompts import CLASS, ENHANCED, WORDS


class PromptsStrategy(AmountsStrategy):
    """Request samples by prompts: templates × attributes × the word for the class, or written sentences.

    More different prompts give more different samples (He et al. 2023, arXiv 2210.07574, "language
    enhancement"). Every prompt names the class; sentences that do not are left out.
    """

    name: ClassVar[str] = "prompts"
    needs: ClassVar[frozenset[str]] = frozenset({"prompt"})

    templates: tuple[str, ...] = ("a photo of a {class}",)
    """Prompts; ``{class}`` becomes the word for the class, ``{NAME}`` each value of the attribute NAME."""
    attributes: FrozenDict[str, tuple[str, ...]] = FrozenDict({})
    """Values by the name of an attribute: ``{place: [in snow, on sand]}``."""
    words: FrozenDict[str, str] = FrozenDict({})
    """Word for a class, by its name; without one it is the name with spaces for ``_``."""
    sentences: Path | None = None
    """File with further prompts, e.g. of a language model: JSON ``{class: [sentence, …]}``, or a text with a
    sentence with ``{class}`` in each line."""
    enhance: bool = False
    """Add prompts from a built-in list of views, places and light: 125 for each class."""
    writer: str | None = None
    """A language model that writes further sentences, each checked for the word of its class: a folder of
    transformers' `save_pretrained`, a GGUF file, or `gemma3-270m` of the extra `gemma`."""
    written: int = Field(default=20, ge=1)
    """With writer: number of sentences for each class."""
    order: Literal["cycle", "sample"] = "cycle"
    """cycle: every prompt equally often, in random order; sample: each sample's prompt at random."""
    start: Literal["noise", "samples"] = "noise"
    """noise: from the prompt alone; samples: from each training sample of the class in turn."""
    strength: float | None = Field(default=None, gt=0, le=1)
    """With `start: samples`: share of the way from the sample to pure generation; None: the generator's."""
    negative_prompt: str | None = None
    """What samples must not show; None: as the generator's settings say."""
    guidance: float | None = Field(default=None, ge=0)
    """Scale of guidance; None: as the generator's settings say."""
    steps: int | None = Field(default=None, ge=1)
    """Denoising steps; None: as the generator's settings say."""

    @model_validator(mode="after")
    def _filled(self) -> Self:
        if self.strength is not None and self.start == "noise":
            raise ValueError("`strength` is for `start: samples`: set that, or leave `strength` out")
        if not (self.templates or self.sentences or self.enhance or self.writer):
            raise ValueError(
                "there are no prompts: give `templates`, `sentences`, `writer` or `enhance: true`"
            )
        for template in self.templates:
            for field in class_prompts.fields(template):
                if field != CLASS and not self.attributes.get(field):
                    known = ", ".join(f"{{{name}}}" for name in (CLASS, *self.attributes))
                    raise ValueError(f"template {template!r}: {{{field}}} has no values; there is {known}")
        used = {field for template in self.templates for field in class_prompts.fields(template)}
        if unused := sorted(self.attributes.keys() - used):
            raise ValueError(f"no template has the attribute {{{unused[0]}}}: write it into one")
        return self

    def reads(self) -> tuple[Path, ...]:
        """Return the file of sentences, and those of the language model."""
        from genaug_plugins.language.loading import model_files

        files = () if self.sentences is None else (self.sentences,)
        return files if self.writer is None else (*files, *model_files(self.writer))

    def check_place(self, place: StrategyPlace) -> None:
        """Refuse a generator that reads no prompts, or none of the options that are set."""
        super().check_place(place)
        if self.start == "samples" and "image-to-image" not in place.capabilities:
            raise ValueError(
                f"the strategy {self.name!r} with `start: samples` needs image-to-image, and the generator "
                f"{place.generator!r} offers {', '.join(sorted(place.capabilities))}: set `start: noise`"
            )
        model = place.options_model
        if missing := [name for name in self._options() if model and name not in model.model_fields]:
            raise ValueError(
                f"the strategy {self.name!r} sets {missing[0]}, which the generator {place.generator!r} does "
                "not have: leave it out"
            )

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error where a prompt does not name its class, or a word is for no class."""
        if wrong := [name for name in self.words if name not in spec.class_names]:
            raise DataError(
                f"strategy {self.name}: `words` names {wrong[0]!r}, and the data have the classes "
                f"{', '.join(spec.class_names)}"
            )
        if spec.classes > 1 and self.start == "noise":  # else a sample is of the class of its source
            for template in self.templates:
                if CLASS not in class_prompts.fields(template):
                    raise DataError(
                        f"strategy {self.name}: the template {template!r} is the same for all "
                        f"{spec.classes} classes: write {{{CLASS}}} where the class belongs"
                    )
        if self.sentences is not None:
            class_prompts.read_sentences(self.sentences, self._words(spec))
        if self.writer is not None:
            from genaug_plugins.language.loading import check_model

            check_model(self.writer, f"strategy {self.name!r}", "writer")

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each prompt of each class that lacks samples."""
        words = self._words(train.spec)
        sentences = {} if self.sentences is None else class_prompts.read_sentences(self.sentences, words)
        if self.sentences is not None:
            for name, count in class_prompts.without_the_word(self.sentences, words):
                context.hooks.warned(
                    message=f"strategy {self.name}: {count} sentences for the class {name!r} are left out, "
                    f"because they do not have the word {words[name]!r}"
                )
        amounts = list(self.amounts(train))
        written = self._written([words[train.spec.class_names[label]] for label, _ in amounts], context)
        for label, count in amounts:
            name = train.spec.class_names[label]
            prompts = class_prompts.filled(self.templates, self.attributes, words[name])
            prompts += sentences.get(name, [])
            prompts += written.get(words[name], ())
            if self.enhance:
                prompts += class_prompts.filled([ENHANCED], WORDS, words[name])
            prompts = list(dict.fromkeys(prompts))
            if self.order == "cycle":
                numbers = np.resize(rng.permutation(len(prompts)), count)
            else:
                numbers = rng.integers(len(prompts), size=count)
            sources = self._sources(train, label, count, rng)
            for number in np.unique(numbers).tolist():
                rows = np.flatnonzero(numbers == number)
                yield Request(
                    label,
                    len(rows),
                    prompt=prompts[number],
                    sources=tuple(sources[rows].tolist()) if len(sources) else (),
                    options=self._options(),
                    paired=len(sources) > 0,
                )

    def _sources(
        self, train: TrainView, label: int, count: int, rng: np.random.Generator
    ) -> NDArray[np.str_]:
        """Return the id of the training sample that each sample starts from; none without `start: samples`.

        Raises:
            DataError: where the class has no training sample.
        """
        if self.start == "noise":
            return np.empty(0, dtype=np.str_)
        rows = np.flatnonzero(train.samples.labels == label)
        if not len(rows):
            raise DataError(
                f"strategy {self.name}: class {train.spec.class_names[label]!r} has no training sample to "
                "start from: set `start: noise`"
            )
        return train.samples.ids[np.resize(rng.permutation(rows), count)]

    def _written(self, words: Sequence[str], context: Context) -> Mapping[str, Sequence[str]]:
        """Return the sentences that the language model writes for each word; none without one.

        Raises:
            DataError: where it writes none for a word, and there are no other prompts.
        """
        if self.writer is None:
            return {}
        from genaug_plugins.language.loading import load_causal
        from genaug_plugins.language.sentences import class_sentences

        model = load_causal(self.writer, context.device, f"strategy {self.name!r}")
        found: dict[str, Sequence[str]] = {}
        for word in context.track(words, "write sentences"):
            made = class_sentences(model, word, self.written, context.rng("sentences", word))
            found[word] = made.texts
            if len(made.texts) < self.written:
                reasons = ", ".join(f"{count} {reason}" for reason, count in made.refused.items())
                short = f"{len(made.texts)} of {self.written} sentences with the word {word!r} ({reasons})"
                if not made.texts and not (self.templates or self.sentences or self.enhance):
                    raise DataError(
                        f"strategy {self.name}: the language model wrote {short}: give `templates`, too, or "
                        "another word in `words`"
                    )
                context.hooks.warned(message=f"strategy {self.name}: the language model wrote {short}")
        return found

    def _words(self, spec: SampleSpec) -> dict[str, str]:
        return {name: self.words.get(name, name.replace("_", " ")) for name in spec.class_names}

    def _options(self) -> dict[str, JsonValue]:
        options: dict[str, JsonValue] = {
            "negative_prompt": self.negative_prompt,
            "guidance": self.guidance,
            "steps": self.steps,
            "strength": self.strength,
        }
        return {name: value for name, value in options.items() if value is not None}
