"""Models of timm: their configuration, and their weights from a file."""

import difflib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import timm
import timm.models
from torch import nn

from genaug.errors import ConfigError, MissingWeights
from genaug_plugins.weights.tensor_file import read_safely


def timm_configuration(network: str, reader: str, aliases: Iterable[str] = ()) -> dict[str, Any]:
    """Return timm's configuration of a model: `input_size` (channels, height, width), `mean`, `std`, ….

    Args:
        network: name of the model, without or with the tag of its weights: ``resnet50.a1_in1k``.
        reader: name of the component for errors, e.g. ``extractor timm``.
        aliases: further names that the component accepts, to suggest.

    Raises:
        ConfigError: if timm has no such model or tag, with similar names.
    """
    tagged = timm.list_pretrained()
    if not (network in tagged if "." in network else timm.is_model(network)):
        near = difflib.get_close_matches(network, [*aliases, *timm.list_models(), *tagged], n=3)
        hint = f", did you mean {' or '.join(near)}?" if near else "; timm.list_models() lists them"
        raise ConfigError(f"{reader}: timm has no network {network!r}{hint}")
    known = timm.get_pretrained_cfg(network)
    assert known is not None, "a known model has a configuration"
    return known.to_dict()  # type: ignore[no-untyped-call, no-any-return]


def load_weights(
    model: nn.Module,
    path: Path,
    network: str,
    reader: str,
    *,
    channels: int = 3,
    new_last_layer: bool = False,
) -> None:
    """Load a file into a model as timm loads from the hub, but strictly.

    Checkpoints of other sources or sizes are converted as timm converts them, the first convolution to
    another number of channels; the last layer of the file is not used.

    Args:
        model: created by timm.
        path: a .safetensors or torch file.
        network: its name for errors.
        reader: name of the component for errors, e.g. ``extractor timm``.
        channels: of the model's input.
        new_last_layer: whether the model has a last layer, which keeps its initial weights.

    Raises:
        MissingWeights: if the file cannot be read, or a tensor is missing or unexpected.
    """
    tensors = dict(
        read_safely(lambda: timm.models.load_state_dict(str(path), weights_only=True), path, reader)
    )
    cfg: dict[str, Any] = model.pretrained_cfg  # type: ignore[assignment]  # a plain attribute, not a module
    # Many of timm's modules define how to convert checkpoints of other sources or sizes.
    convert = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", lambda given, _: given)
    last = tuple(f"{layer}." for layer in _listed(cfg["classifier"]))
    try:
        tensors = convert(tensors, model)
        for layer in _listed(cfg["first_conv"]):
            weight = tensors[f"{layer}.weight"]
            if weight.shape != model.get_submodule(layer).weight.shape:
                tensors[f"{layer}.weight"] = timm.models.adapt_input_conv(channels, weight)
        kept = {key: tensor for key, tensor in tensors.items() if not key.startswith(last)}
        found = model.load_state_dict(kept, strict=False)
    except (RuntimeError, KeyError, AttributeError, NotImplementedError) as error:
        raise MissingWeights(
            f"{reader}: the weights in {path} do not fit {network!r} with {channels} channels: {error}"
        ) from error
    missing = [key for key in found.missing_keys if not (new_last_layer and key.startswith(last))]
    if wrong := missing + found.unexpected_keys:
        raise MissingWeights(
            f"{reader}: the weights in {path} do not fit {network!r}: missing or unexpected are "
            f"{len(wrong)} tensors, the first is {wrong[0]}"
        )


def _listed(layers: str | Sequence[str] | None) -> Sequence[str]:
    return [layers] if isinstance(layers, str) else (layers or ())
