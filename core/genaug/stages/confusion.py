"""The confusion of a pipeline's task on training data, for strategies that declare `reads_confusion`."""

import hashlib
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genaug.components.blame import blaming
from genaug.components.identity import described
from genaug.contracts import Context, Strategy, Task, cross_fitting
from genaug.data import Confusion, TrainView
from genaug.data.folds import assign_folds, units_per_class
from genaug.data.samples import IntArray
from genaug.data.seeds import derive_seed
from genaug.errors import DataError, PluginFailed

FOLDS = 5
"""Most folds; each class is in all of them."""


def confusion_of(task: Task, train: TrainView, context: Context) -> Confusion:
    """Cross-fit a task on the training view, and return its confusion.

    There are `FOLDS` folds, fewer where a class has fewer samples; copies and groups share a fold. The
    predictions are stored in the context's results, under everything that they depend on.

    Args:
        task: of classes.
        train: the only samples that are read.
        context: device, run seed, results, parallel work and progress.

    Raises:
        DataError: where the samples of a class cannot be distributed over two folds.
        PluginFailed: where the task predicts no classes, or its model fails.
    """
    if task.predicts != "classes":
        raise PluginFailed(f"the task {task.name!r} predicts {task.predicts}: it has no confusion of classes")
    seed = derive_seed(context.seed if context.run_seed is None else context.run_seed, "confusion")
    folds, fold = _folds(train, seed)
    key = {"confusion": _key(train, fold), "seed": seed}
    kept = context.results.find(task, key)
    if kept is None:
        p = np.empty((len(fold), train.spec.classes))
        fits = partial(_held_out, task, train, fold, seed, context.device)
        numbers = context.track(range(folds), f"confusion of the task ({task.name})")
        with blaming(task):
            for f, found in enumerate(context.map(fits, numbers, total=folds)):
                p[fold == f] = found
        kept = {"probabilities": p}
        context.results.keep(task, key, kept)
    probabilities = np.asarray(kept["probabilities"], dtype=np.float64)
    return Confusion(train.spec.class_names, train.samples.ids, train.samples.labels, probabilities, fold)


def refuse_undeclared(strategy: Strategy) -> Confusion:
    """Refuse the confusion to a strategy that does not declare that it reads it.

    Raises:
        PluginFailed: always.
    """
    raise PluginFailed(
        f"the {described(strategy)} reads the task's confusion without declaring it: write "
        "`reads_confusion = True` in its class, so that another task makes a new pool"
    )


def _folds(train: TrainView, seed: int) -> tuple[int, IntArray]:
    """Return the number of folds, and the fold of each sample; every training set has all classes.

    Raises:
        DataError: where a class has samples that cannot be separated.
    """
    names, units, sizes = (
        train.spec.class_names,
        units_per_class(train),
        train.samples.per_class(train.spec.classes),
    )
    if (units == 1).any():
        label = int((units == 1).argmax())
        count = (
            "1 training sample"
            if sizes[label] == 1
            else f"{sizes[label]} training samples of one group or content"
        )
        raise DataError(
            f"class {names[label]!r} has {count}, and the task's confusion needs 2 that can be separated: "
            "one to learn from, one to predict. Add samples, raise split.train_per_class, or choose a "
            "strategy that does not read the confusion"
        )
    folds, fold = assign_folds(train, min(FOLDS, *(int(count) for count in units if count)), seed)
    for f in range(folds):
        missing = (train.samples.take(fold != f).per_class(train.spec.classes) == 0) & (sizes > 0)
        if missing.any():
            raise DataError(
                f"class {names[int(missing.argmax())]!r} shares its groups with other classes, and no two "
                "folds have it: the task's confusion cannot be computed. Add samples of other groups"
            )
    return folds, fold


def _held_out(
    task: Task, train: TrainView, fold: IntArray, seed: int, device: str, held_out: int
) -> NDArray[np.float64]:
    fit_seed = derive_seed(seed, "fold", str(held_out))
    model = cross_fitting.fit_without(task, train, fold, held_out, fit_seed, device)
    return cross_fitting.held_out_probabilities(model, task, train, fold, held_out)


def _key(train: TrainView, fold: IntArray) -> str:
    """Return a hash of everything but the task, the seed and the machine that the predictions depend on."""
    digest = hashlib.sha256(train.spec.model_dump_json().encode())
    for file in (__file__, cross_fitting.__file__):
        digest.update(Path(file).read_bytes())
    targets = train.samples.targets
    for array in (train.samples.ids, train.samples.labels, fold, *(() if targets is None else (targets,))):
        digest.update(array.tobytes())
    return digest.hexdigest()
