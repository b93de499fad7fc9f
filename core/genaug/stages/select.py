"""The stages `select.…`: one for each selector, on the candidates that the previous ones kept."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np

from genaug.components.blame import blaming
from genaug.components.identity import described
from genaug.contracts import Candidates, ChainPosition, Context, Generator, Selector, Strategy
from genaug.data import Funnel, Pool, Selection, TrainView
from genaug.data.funnel_files import load_funnel, save_funnel
from genaug.data.samples import BoolArray
from genaug.data.seeds import derive_seed
from genaug.errors import DataError, PluginFailed
from genaug.stages.stage import Stage, StageContext, labelled
from genaug.stages.surplus import SURPLUS, surplus

IfEmpty = Literal["warn", "error"]
"""What happens where a selector drops all candidates of a class."""


def stages(
    selectors: tuple[Selector, ...],
    if_class_empty: IfEmpty = "warn",
    candidates: str = "generate",
    strategy: Strategy | None = None,
) -> Iterator[Stage]:
    """Yield a stage for each selector of a chain.

    Args:
        selectors: the chain.
        if_class_empty: warn, or raise an error.
        candidates: name of the stage that made the pool.
        strategy: the last selector leaves no more of a class than it wants; None: as many as pass.
    """
    before: str | None = None
    for place, (label, selector) in enumerate(labelled(selectors), start=1):
        inputs = ("split", candidates, *([before] if before else []))
        trims = strategy if place == len(selectors) and strategy and strategy.oversamples else None
        yield _stage(f"select.{label}", label, selector, before, if_class_empty, inputs, trims)
        before = f"select.{label}"


def check_places(selectors: tuple[Selector, ...], generator: Generator) -> None:
    """Check that each selector of a chain can work at its position.

    Raises:
        ValueError: raised by the first selector that cannot.
    """
    before: tuple[str, ...] = ()
    for label, selector in labelled(selectors):
        selector.check_place(ChainPosition(generator.name, generator.given_scores, before))
        before += (label,)


def _stage(
    name: str,
    label: str,
    selector: Selector,
    before: str | None,
    if_class_empty: IfEmpty,
    inputs: tuple[str, ...],
    strategy: Strategy | None,
) -> Stage:
    def work(stage: StageContext) -> None:
        pool: Pool = stage.read(inputs[1])
        funnel: Funnel = stage.read(before) if before else Funnel.of(len(pool))
        left = pool.take(funnel.kept)
        selection = _decided(selector, left, funnel, stage.read("split").train, stage.context)
        emptied = _emptied(left, selection)
        if emptied and if_class_empty == "error":
            raise DataError(
                f"the selector {label!r} left {emptied}, and `if_class_empty` is `error`: lower its bar, ask "
                "the strategy for more candidates, set `min_per_class` where the selector has it (the best "
                "of a class are then kept), or set `if_class_empty: warn`"
            )
        if emptied:
            selection = replace(selection, warnings=(*selection.warnings, f"left {emptied}"))
        _tell(stage, label, selection)
        funnel = funnel.then(label, selection)
        if strategy is not None:
            train: TrainView = stage.read("split").train
            with blaming(strategy):
                wanted = strategy.wanted(train.samples.per_class(train.spec.classes))
            extra = surplus(left, selection, wanted, stage.context.seed)
            _tell(stage, SURPLUS, extra)
            funnel = funnel.then(SURPLUS, extra)
        save_funnel(funnel, stage.folder)

    recipe = {"label": label, "if_class_empty": if_class_empty}
    components = {"selector": selector, **({"strategy": strategy} if strategy is not None else {})}
    return Stage(name, components, recipe, inputs, work, load_funnel)


def _tell(stage: StageContext, selector: str, selection: Selection) -> None:
    """Notify the hooks of the warnings and the remarks of a selection."""
    for warning in selection.warnings:
        stage.hooks.warned(message=f"{selector}: {warning}")
    for remark in selection.remarks:
        stage.hooks.noted(message=f"{selector}: {remark}")


def kept_by(selectors: tuple[Selector, ...], pool: Pool, train: TrainView, context: Context) -> BoolArray:
    """Return which candidates a chain keeps, bool ``[N]``: those that its stages would keep.

    Args:
        selectors: the chain.
        pool: the candidates.
        train: the training view.
        context: of any stage of the run.
    """
    funnel = Funnel.of(len(pool))
    for label, selector in labelled(selectors):
        seed = context.seed if context.run_seed is None else derive_seed(context.run_seed, f"select.{label}")
        left, own = pool.take(funnel.kept), replace(context, seed=seed)
        if not len(left):
            break
        funnel = funnel.then(label, _decided(selector, left, funnel, train, own))
    return funnel.kept


def _decided(selector: Selector, left: Pool, funnel: Funnel, train: TrainView, context: Context) -> Selection:
    """Return a selector's decision on the candidates that the funnel has kept so far.

    Raises:
        PluginFailed: where it returns no decision on each of them.
    """
    scores = {score: column[funnel.kept] for score, column in funnel.scores.items()}
    scores |= {f"generator.{score}": column for score, column in left.scores.items()}
    candidates = Candidates(left, scores)
    with blaming(selector):
        selection = selector.select(candidates, train, context)
    if not isinstance(selection, Selection) or len(selection.kept) != len(candidates):
        raise PluginFailed(
            f"the {described(selector)} must return a Selection of {len(candidates)} candidates"
        )
    return selection


def _emptied(left: Pool, selection: Selection) -> str:
    """Return which classes lost all their candidates; "" where there are none."""
    classes = left.spec.classes
    before = np.bincount(left.labels, minlength=classes)
    after = np.bincount(left.labels[selection.kept], minlength=classes)
    empty = np.flatnonzero((before > 0) & (after == 0))
    if len(empty) > 1 and not after.any():
        return f"none of {len(left)} candidates, of any class"
    return " and ".join(
        f"none of {before[c]} candidates of class {left.spec.class_names[c]!r}" for c in empty
    )
