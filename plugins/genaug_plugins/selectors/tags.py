"""Selection by the tags that a person gave to candidates, in the report."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from genaug.contracts import Candidates, Context, Selector
from genaug.data import SampleSpec, Selection, TrainView
from genaug.data.summary import some
from genaug.errors import ConfigError

KEEP, DROP = "keep", "drop"
HOW_TO = "the report of a run (html-report) writes one: tag candidates there, and save the tags"


class TagsSelector(Selector):
    """Keep the candidates that a person tagged `keep`.

    The report of a run writes the file: there, candidates are filtered, sorted and tagged. Tags are stored by
    content id, so that they fit every run that makes the same candidates again.

    The file is JSON, `{"tags": {"<content id>": "keep", "<content id>": "drop"}}`, or CSV with the columns
    `id` and `tag`.
    """

    name: ClassVar[str] = "tags"

    path: Path
    """The file with the tags: .json or .csv."""
    untagged: Literal["keep", "drop"] = "drop"
    """What happens to candidates without a tag. `keep`: only those tagged `drop` are dropped."""
    missing: Literal["error", "ignore"] = "error"
    """What happens where a tagged candidate does not reach this selector: the tags are of other candidates,
    or an earlier selector dropped it. `ignore`: it is noted."""

    def reads(self) -> tuple[Path, ...]:
        """Return the file with the tags."""
        return (self.path,)

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse a file that is missing or cannot be read."""
        read_tags(self.path)

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Compare the content ids of the candidates with the tags.

        Raises:
            ConfigError: if the file cannot be read, or if candidates are missing (setting `missing`).
        """
        tags = read_tags(self.path)
        ids = [str(id_) for id_ in candidates.pool.ids]
        absent = sorted(set(tags) - set(ids))
        # Of those to be dropped it is enough that some are here: the others are gone already.
        lacking = [id_ for id_ in absent if tags[id_] == KEEP or len(absent) == len(tags)]
        said = ""
        if lacking and ids:
            said = (
                f"{len(lacking)} of the {len(tags)} candidates tagged in {self.path} are not among the "
                f"{len(ids)} that reach this selector: {some([id_[:12] for id_ in lacking])}"
            )
            if self.missing == "error":
                raise ConfigError(
                    f"tags: {said}. Either the tags are of other candidates: run with the config, data and "
                    "seed of the report in which they were given, or tag again. Or an earlier selector "
                    "dropped them: put `tags` first. Set `missing: ignore` to select by the tags that fit"
                )
        found = [tags.get(id_, "") for id_ in ids]
        kept = np.array([(tag or self.untagged) == KEEP for tag in found], dtype=np.bool_)
        reasons = ["tagged drop" if tag == DROP else "it has no tag" for tag in found]
        return Selection(
            kept, np.where(kept, "", np.array(reasons, dtype=object)), warnings=(said,) if said else ()
        )


def read_tags(path: Path) -> Mapping[str, str]:
    """Return the tag of each content id in a file.

    Raises:
        ConfigError: with the reason, if the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"tags: there is no file {path}; {HOW_TO}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"tags: {path} cannot be read as text: {error}; {HOW_TO}") from error
    pairs = _from_csv(text, path) if path.suffix.lower() == ".csv" else _from_json(text, path)
    tags: dict[str, str] = {}
    for id_, tag in pairs:
        if tag not in (KEEP, DROP):
            raise ConfigError(f"tags: {path} tags {id_[:12]!r} as {tag!r}; a tag is `keep` or `drop`")
        if tags.setdefault(id_, tag) != tag:
            raise ConfigError(f"tags: {path} tags {id_[:12]!r} both as keep and as drop: remove one of them")
    if not tags:
        raise ConfigError(f"tags: {path} has no tags; {HOW_TO}")
    return tags


def _from_json(text: str, path: Path) -> list[tuple[str, str]]:
    try:
        stored = json.loads(text, object_pairs_hook=lambda pairs: pairs)
    except ValueError as error:
        raise ConfigError(f"tags: {path} is not JSON: {error}. A file with columns ends in .csv") from error
    found = [pair[1] for pair in _pairs(stored) if pair[0] == "tags"]
    tags = _pairs(found[0]) if len(found) == 1 else []
    if len(found) != 1 or tags != found[0]:
        raise ConfigError(f'tags: {path} must hold {{"tags": {{"<content id>": "keep"}}}}; {HOW_TO}')
    return [(str(id_), str(tag)) for id_, tag in tags]


def _pairs(stored: object) -> list[tuple[object, object]]:
    """Return the entries of a JSON object that was read as a list of pairs; none of anything else."""
    return [pair for pair in stored if isinstance(pair, tuple)] if isinstance(stored, list) else []


def _from_csv(text: str, path: Path) -> list[tuple[str, str]]:
    rows = csv.DictReader(text.splitlines())
    if not {"id", "tag"} <= set(rows.fieldnames or ()):
        raise ConfigError(
            f"tags: {path} needs the columns id and tag; it has {', '.join(rows.fieldnames or ()) or 'none'}"
        )
    return [((row["id"] or "").strip(), (row["tag"] or "").strip()) for row in rows]
