"""Sentences about what the split did with the views that a source assigns."""

from collections.abc import Iterator, Mapping

import numpy as np

from genaug.data.dataset import VIEWS, Dataset
from genaug.data.samples import IntArray
from genaug.data.split import COUNTS, Split, assigned_views
from genaug.data.summary import count


def split_notes(dataset: Dataset, split: Split, rows: Mapping[str, IntArray]) -> Iterator[str]:
    """Yield what was changed in the views that a source assigns, a sentence each.

    Args:
        dataset: the data set.
        split: the settings of its split.
        rows: the rows of each view; see `split_rows`.
    """
    views = assigned_views(dataset, split)
    if dataset.views is None or views is None:
        return
    if views is not dataset.views:
        missing = " and ".join(view for view in VIEWS if not (dataset.views == view).any())
        yield f"no sample is assigned to {missing}: it is cut from the samples assigned to train"
    home = np.full(len(views), "", dtype="<U10")
    for view in VIEWS:
        home[rows[view]] = view
    labelled = dataset.samples.labels >= 0
    names = dataset.origins if dataset.origins is not None else np.arange(len(views)).astype(np.str_)
    lost = names[(views != "") & labelled & (home == "")]
    if len(lost):
        yield (
            f"left out: {count(len(lost), 'sample')} that the source assigns to a view, for repeating a "
            f"sample of a later view (test, validation) or sharing its group; the first: {lost[0]}"
        )
    for view in VIEWS[1:]:
        if (views == view).any() and (len(moved := names[(views == "") & (home == view)])):
            yield (
                f"{count(len(moved), 'sample')} joined the {view} view, as they repeat one assigned to it "
                f"or share its group; the first: {moved[0]}"
            )
    for name in COUNTS:
        view = name.removesuffix("_per_class")
        if getattr(split, name) and (views == view).any():
            yield f"split.{name} is not used: the source assigns the samples of the {view} view"
