"""The old form of the classification task, before models were components: supported for one release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genaug.settings import Renaming, report

_TRAINING = {"steps", "batch_size", "learning_rate", "weight_decay", "label_smoothing", "augment", "balance"}
USED = {
    "small-cnn": _TRAINING | {"width"},
    "timm": _TRAINING | {"network", "weights", "size"},
    "logistic-regression": {"extractor", "balance", "strength"},
    "ridge": {"extractor", "balance"},
    "gradient-boosting": {"extractor", "balance", "iterations", "learning_rate"},
}
"""The settings of each model that were settings of the task."""
_FLAT = set[str]().union(*USED.values())


def nested(given: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Return the settings of a classification task with its model's settings inside `model`.

    ``{model: small-cnn, steps: 100}`` becomes ``{model: {use: small-cnn, steps: 100}}``. Without a model, or
    with `auto`, settings are passed to the two models that `auto` chooses from.

    Args:
        given: the settings of the task.
        context: of the validation; flat settings are reported to it.

    Raises:
        ValueError: if the named model does not use a setting.
    """
    flat = {name: value for name, value in given.items() if name in _FLAT}
    model = given.get("model", "auto")
    if not isinstance(model, str) or not (flat or "model" in given):
        return dict(given)  # the current form; an unknown setting is rejected later
    rest = {name: value for name, value in given.items() if name not in flat and name != "model"}
    if model == "auto" and flat.get("extractor") is not None:
        model = "logistic-regression"
        flat = {name: value for name, value in flat.items() if name not in USED["small-cnn"] - USED[model]}
    choices = ("small-cnn", "logistic-regression") if model == "auto" else (model,)
    for name in flat:
        if model in (*USED, "auto") and not any(name in USED[choice] for choice in choices):
            users = " or ".join(choice for choice, used in USED.items() if name in used)
            raise ValueError(f"model: {model} does not use {name}: remove {name}, or set model: {users}")
    made: dict[str, Any] = {"use": model, **flat}
    if model == "auto":
        network, columns = (
            {"use": choice, **{name: value for name, value in flat.items() if name in USED[choice]}}
            for choice in choices
        )
        made = {"use": "auto", "network": network, "columns": columns}
    old = "model" if "model" in given else next(iter(flat))
    message = f"the settings of a task's model are now inside it: {_written(made)}"
    report(Renaming(given, old, "model", message), context)
    return {**rest, "model": made}


def _written(made: Mapping[str, Any]) -> str:
    """Return a model in the notation of a config, without nested settings."""
    inside = ", ".join(
        f"{name}: {{use: {value['use']}, …}}" if isinstance(value, Mapping) else f"{name}: {value}"
        for name, value in made.items()
    )
    return f"model: {{{inside}}}"
