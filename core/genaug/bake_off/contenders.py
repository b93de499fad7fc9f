"""Which chains compete where none are named."""

from collections.abc import Sequence

from pydantic import ValidationError

from genaug.contracts import Selector, Validator
from genaug.errors import PluginError
from genaug.registry import Registry
from genaug.stages.step import labelled

Chains = dict[str, tuple[Selector, ...]]


def contenders(own: tuple[Selector, ...], registry: Registry) -> tuple[Chains, dict[str, str]]:
    """Return chains by name, and the selectors that cannot compete, with the reason.

    The pipeline's own chain and each beginning of it; each of its selectors alone; and every
    other installed selector alone, with its default settings, whoever it comes from.
    """
    labels = [label for label, _ in labelled(own)]
    chains: Chains = {"+".join(labels[:end]): own[:end] for end in range(len(own), 0, -1)}
    for label, selector in zip(labels, own, strict=True):
        chains.setdefault(label, (selector,))
    left_out = {}
    for entry in registry.entries(Selector.kind):
        ambiguous = registry.is_ambiguous(Selector.kind, entry.name)
        name = entry.full_name.replace(":", "-") if ambiguous else entry.name
        if name in chains:
            continue
        try:
            component = registry.get(Selector.kind, entry.full_name)
            made = component.model_validate({}, context={"registry": registry})
        except PluginError as error:
            left_out[name] = str(error)
        except ValidationError as error:
            left_out[name] = (
                f"cannot be made with its default settings: {_wanting(error)}; name it in a chain"
            )
        else:
            assert isinstance(made, Selector)
            chains[name] = (made.referred_to_as(entry.full_name) if ambiguous else made,)
    return chains, left_out


def protocol_of(validators: Sequence[Validator]) -> Validator | None:
    """Return the first validator that can compare."""
    return next((one for one in validators if one.can_compare()), None)


def _wanting(error: ValidationError) -> str:
    said = []
    for detail in error.errors(include_url=False):
        place = ".".join(map(str, detail["loc"]))
        message = "is missing" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")
        said.append(f"{place} {message}".strip())
    return ", ".join(said)
