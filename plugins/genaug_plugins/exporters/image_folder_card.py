"""The data set card of an image folder."""

import json
from collections.abc import Sequence
from pathlib import Path

from genaug import CompletedRun
from genaug_plugins.exporters.card import LICENCE, REAL_ONLY, column_table, recipe, summary, write_card
from genaug_plugins.exporters.rows import MEANINGS

HELD_OUT = ("validation", "test")
CONTENTS = {
    "real": "real training images",
    "synthetic": "synthetic images that were kept",
    "all": "both of these together: the folder to train on",
    "dropped": "candidates that were dropped",
    "validation": "the validation view: never train on it",
    "test": "the test view: never train on it",
}


def write_folder_card(run: CompletedRun, folder: Path, folders: Sequence[str], gone: int) -> None:
    """Write a data set card; its header declares the splits for the Hugging Face library.

    Args:
        run: that is exported.
        folder: of the export.
        folders: those in it that have class folders.
        gone: number of real images whose original file does not exist any more.
    """
    first = [one for one in folders if one not in HELD_OUT and (one != "all" or "synthetic" not in folders)]
    configs = {"default": {"train": ["metadata.jsonl", *(f"{one}/**" for one in first)]}}
    if "test" in folders:  # their metadata has other columns, so they are a configuration of their own
        configs["held_out"] = {one: [f"{one}/**"] for one in HELD_OUT}
    lines = ["---", "configs:"]
    for name, splits in configs.items():
        lines += [f"- config_name: {name}", "  data_files:"]
        lines += [f"  - split: {split}\n    path: {json.dumps(paths)}" for split, paths in splits.items()]
    header = "\n".join([*lines, "---"])
    native, task = run.evidence.pool.native()[0].shape, run.evidence.spec.shape
    files = bool(run.files)
    about = (
        f"Synthetic images have {native[1]} × {native[2]} pixels, as they were made. "
        + (
            "Real images are the original files, by name and to the byte; where the file system allows it, "
            "they are links: a program that changes one in place changes the original. "
            if files
            else f"Real images have {task[1]} × {task[2]} pixels, as the run read them. "
        )
        + (
            f"The original files of {gone} real images do not exist any more: these are PNGs of "
            f"{task[1]} × {task[2]} pixels, as the run read them. "
            if gone
            else ""
        )
        + REAL_ONLY
        + (
            " The validation and test views are apart, each with a `metadata.jsonl` of its own; "
            '`datasets.load_dataset(FOLDER, "held_out")` opens them.'
            if "test" in folders
            else ""
        )
    )
    code = "all" if "all" in folders else "synthetic"
    reading = f"""Each folder has a folder for each class, even if it is empty; `classes.json` has the
classes in their order, with the names of their folders.

```python
from torchvision.datasets import ImageFolder

# The classes are numbered by the order of their folders' names.
data = ImageFolder("{code}", allow_empty=True)
```

```python
from datasets import load_dataset

data = load_dataset(FOLDER)  # this folder, with all that is known of each image
data = load_dataset("imagefolder", data_dir="{code}")  # images and classes alone
```

Name `{code}`, and not this folder, to `imagefolder`: it passes over the header of this page."""
    meanings = {
        "file_name": "path of the image in this folder",
        "together": "path of the same image in `all/`",
        "original": "name of the original file, where it is one",
        "class": "original name of its class",
        **MEANINGS,
        "status": "real, kept or dropped",
    }
    write_card(
        folder,
        header,
        summary(run),
        column_table("folder", {one: CONTENTS[one] for one in folders}),
        about,
        reading,
        "`metadata.jsonl` has a line for each image:",
        column_table("column", meanings),
        recipe(run) if run.config.get("generator") else f"{LICENCE}.",
    )
