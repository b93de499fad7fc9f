"""Starter configs for data of any kind."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from genaug.cli.printing import printable
from genaug.cli.recognition import recognize
from genaug.components.registry import Registry
from genaug.config.explanation import explain
from genaug.config.file import ConfigFile
from genaug.config.yaml_writer import flow
from genaug.data import Dataset
from genaug.data.dataset import VIEWS
from genaug.data.samples import UNLABELLED
from genaug.data.split import Split, split_rows
from genaug.data.split_proposal import propose_split, split_with_test
from genaug.data.summary import count, some
from genaug.errors import ConfigError, DataError, PluginError
from genaug.execution.record import FILE
from genaug.stages.split import split_seed

if TYPE_CHECKING:
    from genaug.contracts import Recognition, Source

SEED = 0
LISTED = 12
"""Most classes of candidates that are named."""
LOOKED_AT = 300
"""Number of images whose size is read."""
MOST_THREADS = 8
"""Most CPU threads of a starter config: more do not make small models faster."""


@dataclass(frozen=True, eq=False)
class Found:
    """What was found at a path.

    Attributes:
        source: name of the source that reads it.
        reader: the source's class.
        recognition: how it reads it.
        settings: the source's settings, as plain values.
        dataset: the data.
        split: the best split: with a verdict, where any has one.
        views: labelled samples of each class in each view, of the first fold where there are folds.
        verdict: whether there are enough test samples for a verdict.
        candidates: samples that another tool made, which are to be judged; None: there are none.
    """

    source: str
    reader: type[Source]
    recognition: Recognition
    settings: dict[str, Any]
    dataset: Dataset
    split: Split
    views: Mapping[str, list[int]]
    verdict: bool
    candidates: Candidates | None = None

    @property
    def classes(self) -> dict[str, int]:
        """Return the number of samples of each class."""
        counts = self.dataset.samples.per_class(self.dataset.spec.classes)
        return dict(zip(self.dataset.spec.class_names, counts.tolist(), strict=True))

    @property
    def unlabelled(self) -> int:
        """Return the number of samples without a class."""
        return int((self.dataset.samples.labels == UNLABELLED).sum())

    @property
    def warnings(self) -> list[str]:
        """Return what may make results worthless, a sentence each."""
        return [printable(warning) for warning in self.recognition.warnings]

    @property
    def notes(self) -> list[str]:
        """Return what was assumed, and what was found while reading, a sentence each."""
        notes = [*self.recognition.notes]
        notes += [one for one in self.dataset.problems if one not in notes]
        if self.unlabelled:
            notes.append(
                f"{self.unlabelled:,} of {len(self.dataset.samples):,} samples have no class (an empty "
                "label): they are in no test or validation view and train no classifier; only generators "
                "that learn from samples without a class use them (capability `unlabelled`)"
            )
        return [printable(note) for note in notes]

    def said(self) -> list[str]:
        """Return what was recognized, in lines for people."""
        lines = [f"recognized: {printable(self.recognition.found)} (source {self.source})"]
        lines += [f"WARNING: {warning}" for warning in self.warnings]
        lines += [f"- {note}" for note in self.notes]
        if self.candidates is not None:
            lines.append(f"candidates: {printable(self.candidates.found)} (source {self.candidates.source})")
        if not self.verdict:
            lines.append(
                f"- no split of these {len(self.dataset.samples)} samples leaves enough for a verdict: the "
                "run generates and exports, and says so; add samples for a verdict"
            )
        return lines


def look(
    path: Path, registry: Registry, source: str | None = None, given: Mapping[str, Any] | None = None
) -> Found:
    """Recognize data and read them as a run would.

    Args:
        path: the data.
        registry: where sources are looked up.
        source: name of the source; None: the surest.
        given: settings of the source that replace the recognized ones.

    Raises:
        DataError: where nothing can be learned from them, with what can be done.
    """
    runs = sorted({found.parent for pattern in (FILE, f"*/{FILE}") for found in path.glob(f"*/{pattern}")})
    if runs:
        raise DataError(
            f"{path} contains the output of a run, {runs[0]}: it would be taken as data. Move it out, and "
            "give an output folder outside of the data with --out"
        )
    name, recognition = recognize(path, registry, source)
    reader: type[Source] = registry.get("source", name)  # type: ignore[assignment]
    settings = _merged(recognition.settings, given or {})
    try:
        dataset = reader.model_validate(settings).load()
    except ValidationError as error:
        given_settings = ConfigFile(f"the source {name}", settings)
        raise explain(error, given_settings, model=reader, registry=registry) from error
    names = dataset.spec.class_names
    if len(names) == 1:
        columned, label = "label" in reader.model_fields, settings.get("label")
        hint = (
            f"Name {'another' if label else 'the'} column of the class: genaug init {path} --source {name} "
            "--set label=COLUMN"
            if columned
            else "With one class, write a config by hand (docs/data.md)"
        )
        where = f" (the label {label!r} has this one value)" if columned and label else ""
        raise DataError(
            f"found {recognition.found}, in {path}: a single class, {names[0]!r}{where}, but a verdict "
            f"compares classes, so two are needed. {hint}"
        )
    seed = split_seed(SEED)
    split = propose_split(dataset, seed)
    rows = split_rows(dataset, split.of_fold(1), seed)
    views = {
        view: dataset.samples.take(rows[view]).per_class(dataset.spec.classes).tolist() for view in VIEWS
    }
    verdict = split_with_test(dataset, seed) is not None
    return Found(name, reader, recognition, settings, dataset, split, views, verdict)


def _merged(recognized: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given settings, else the recognized ones; what the given ones name is in no other list."""
    settings = {key: _plain(value) for key, value in {**recognized, **given}.items()}
    named = [value for value in given.values() if isinstance(value, str)]
    for key in recognized.keys() - given.keys():
        if isinstance(settings[key], list):
            settings[key] = [one for one in settings[key] if one not in named]
            if not settings[key]:
                del settings[key]
    return settings


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _side(dataset: Dataset) -> int:
    """Return the median of the shorter sides of some images: in their files' headers, else as read."""
    from PIL import Image

    files = [] if dataset.files is None else [file for file in dataset.files.tolist() if file]
    sides = []
    for path in files[:: max(1, -(-len(files) // LOOKED_AT))]:
        with Image.open(path) as image:
            sides.append(min(image.size))
    return int(statistics.median(sides)) if sides else min(dataset.spec.shape[1:])


@dataclass(frozen=True)
class Candidates:
    """Samples that another tool made, as a source reads them.

    Attributes:
        source: name of the source.
        settings: its settings, as plain values.
        found: what they are, and how they are read, one sentence.
        takes_size: whether the source has a setting ``size``.
    """

    source: str
    settings: Mapping[str, Any]
    found: str
    takes_size: bool


def look_at_candidates(
    path: Path, found: Found, registry: Registry, given: Mapping[str, Any] | None = None
) -> Candidates:
    """Recognize candidates for data: as the data are read where they can be, else on their own.

    Args:
        path: the candidates.
        found: the data.
        registry: where sources are looked up.
        given: settings of their source that replace the recognized ones.

    Raises:
        DataError: where no source reads them, or their column of the class is not certain.
    """
    given = given or {}
    if not path.expanduser().exists():
        raise DataError(f"the candidates {path} do not exist")
    like = {name: value for name, value in found.settings.items() if name not in ("path", "test")}
    like |= {"path": str(path), **given}
    try:
        dataset = found.reader.model_validate(like).load()
        name, settings = found.source, like
    except (DataError, ValidationError) as error:
        name, recognition = recognize(path, registry)
        settings = _merged(recognition.settings, given)
        reader: type[Source] = registry.get("source", name)  # type: ignore[assignment]
        dataset = reader.model_validate(settings).load()
        guess = settings.get("label")
        known = set(dataset.spec.class_names) & set(found.dataset.spec.class_names)
        if guess is not None and "label" not in given and guess != like.get("label") and not known:
            raise DataError(
                f"which column of the candidates {path} is the class? Read like the data: {error}. The "
                f"likeliest is {guess!r}, with {_listed(dataset)}, and the data have "
                f"{_listed(found.dataset)}. Name it: --set generator.source.label=COLUMN"
            ) from error
    spec = dataset.spec
    if spec.modality != found.dataset.spec.modality:
        raise DataError(
            f"the candidates {path} are {spec.modality} samples, and the data are "
            f"{found.dataset.spec.modality} samples: both must be of one kind (modality)"
        )
    counts = dataset.samples.per_class(spec.classes)
    shown = [f"{count:,} of {name!r}" for name, count in zip(spec.class_names, counts, strict=True) if count]
    more = f" and {len(shown) - LISTED} more classes" if len(shown) > LISTED else ""
    sentence = f"{count(len(dataset.samples), 'candidate')}, {', '.join(shown[:LISTED])}{more}"
    if settings.get("label") is not None:
        sentence += f"; their class is the column {settings['label']!r}"
    takes_size = "size" in registry.get("source", name).model_fields and "size" not in settings
    return Candidates(name, settings, sentence, takes_size)


def _listed(dataset: Dataset) -> str:
    return some([repr(name) for name in dataset.spec.class_names])


def starter(
    found: Found, registry: Registry, templates: Mapping[str, Path], candidates: Candidates | None = None
) -> str:
    """Return a commented YAML config.

    Args:
        found: what was found.
        registry: where the template looks components up.
        candidates: samples that another tool made, which the config is to judge; None: they are generated.
        templates: of a preset, by modality. A template may read ``found`` (one sentence), ``notes``,
            ``warnings``, and ``comments``, a phrase by setting of the source;
            ``samples``, ``classes`` (pairs of name, as YAML, and count), ``shape``; ``source``, the name of
            the source, and ``settings``, pairs of its settings and their values as YAML; ``takes(setting)``,
            whether the source has a setting; ``side``, median of the shorter sides of images, else None;
            ``training`` and ``smallest``, training samples of the largest and of the smallest class;
            ``split``, as YAML, and ``folds``, their number or None; ``fixed``, whether the data assign all
            views; ``verdict``; ``seed``; ``threads``; and ``usable(kind, name)``, whether a component is
            installed with everything that it needs.

    Raises:
        ConfigError: where there is no template for the modality.
    """
    from genaug.experiments.pages import rendered

    spec = found.dataset.spec
    template = templates.get(spec.modality)
    if template is None:
        raise ConfigError(
            f"there is no config to start from for {spec.modality} samples, only for "
            f"{', '.join(templates)}: write one by hand"
        )

    def usable(kind: str, name: str) -> bool:
        try:
            registry.get(kind, name)
        except PluginError:
            return False
        return True

    views = found.dataset.views
    return rendered(
        template.name,
        [template.parent],
        found=printable(found.recognition.found),
        notes=found.notes,
        warnings=found.warnings,
        samples=len(found.dataset.samples),
        classes=[(flow(name), count) for name, count in found.classes.items()],
        shape=list(spec.shape),
        source=found.source,
        settings=[(name, flow(value)) for name, value in found.settings.items()],
        comments={
            name: printable(comment)
            for name, comment in found.recognition.comments.items()
            if found.settings.get(name) == found.recognition.settings.get(name)
        },
        takes=lambda setting: setting in found.reader.model_fields,
        side=_side(found.dataset) if spec.modality == "image" else None,
        training=max(found.views["train"]),
        smallest=min(found.views["train"]),
        split=flow(found.split.model_dump(exclude_none=True)),
        folds=found.split.folds,
        fixed=views is not None and bool((views != "").all()),
        verdict=found.verdict,
        seed=SEED,
        threads=min(os.cpu_count() or 1, MOST_THREADS),
        usable=usable,
        candidates=candidates
        and {
            "source": candidates.source,
            "settings": [(name, flow(value)) for name, value in candidates.settings.items()],
            "found": printable(candidates.found),
            "takes_size": candidates.takes_size,
        },
    )
