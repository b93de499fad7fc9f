"""The chains of a comparison that names none."""

from collections.abc import Sequence

from pydantic import ValidationError

from genaug.components.registry import Registry
from genaug.contracts import Comparator, Selector, Validator
from genaug.errors import PluginError
from genaug.pipeline import Pipeline
from genaug.stages.select import check_places
from genaug.stages.stage import labelled

Chains = dict[str, tuple[Selector, ...]]


def contenders(pipeline: Pipeline, registry: Registry) -> tuple[Chains, dict[str, str]]:
    """Return chains by name, and the selectors that cannot be included, with the reason.

    The pipeline's own chain and each beginning of it; each of its selectors alone; and every
    other installed selector alone, with its default settings.
    """
    own = pipeline.selectors
    labels = [label for label, _ in labelled(own)]
    chains: Chains = {"+".join(labels[:end]): own[:end] for end in range(len(own), 0, -1)}
    left_out: dict[str, str] = {}
    for label, selector in zip(labels, own, strict=True):
        if label not in chains:
            _entered(label, selector, pipeline, chains, left_out)
    for entry in registry.entries(Selector.kind):
        use = registry.name_of(entry)
        name = use.replace(":", "-")
        if name in chains:
            continue
        try:
            component = registry.get(Selector.kind, entry.full_name)
            made = component.model_validate({}, context={"registry": registry})
        except PluginError as error:
            left_out[name] = str(error)
        except ValidationError as error:
            faults = [
                f"{'.'.join(map(str, detail['loc']))} "
                + (
                    "is missing"
                    if detail["type"] == "missing"
                    else detail["msg"].removeprefix("Value error, ")
                )
                for detail in error.errors(include_url=False)
            ]
            left_out[name] = (
                f"cannot be made with its default settings: {', '.join(faults).strip()}; name it in a chain"
            )
        else:
            assert isinstance(made, Selector)
            made = made.referred_to_as(use) if ":" in use else made
            _entered(name, made, pipeline, chains, left_out)
    return chains, left_out


def _entered(
    name: str, selector: Selector, pipeline: Pipeline, chains: Chains, left_out: dict[str, str]
) -> None:
    """Include a selector as its own chain, or record why that is impossible."""
    try:
        check_places((selector,), pipeline.generator)
    except ValueError as error:
        left_out[name] = str(error)
    else:
        chains[name] = (selector,)


def protocol_of(validators: Sequence[Validator]) -> Validator | None:
    """Return the first validator that can compare."""
    return next((one for one in validators if isinstance(one, Comparator)), None)
