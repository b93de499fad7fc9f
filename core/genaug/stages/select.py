"""Select: each selector judges what the ones before it left; one step a selector."""

from collections.abc import Iterator, Mapping

from genaug.contracts import Candidates, Extractor, Selector
from genaug.data import Funnel, Pool, Selection
from genaug.data.storage import load_funnel, save_funnel
from genaug.errors import PluginFailed
from genaug.identity import described, identity
from genaug.registry import Registry
from genaug.stages.step import Bench, Step, at_work, labelled

VERSION = 1


def steps(
    selectors: tuple[Selector, ...], extractor: Extractor, registry: Registry, prefix: str = "select"
) -> Iterator[Step]:
    """Yield a step for each selector of a chain.

    Args:
        selectors: the chain.
        extractor: the feature space of selectors that name none.
        registry: where components were looked up.
        prefix: what the steps' names begin with; chains of one job need one each.
    """
    before: str | None = None
    for label, selector in labelled(selectors):
        recipe = {
            "label": label,
            "selector": identity(selector, registry),
            "extractor": identity(extractor, registry),
        }
        inputs = ("split", "generate", *([before] if before else []))
        yield _step(f"{prefix}.{label}", label, selector, before, recipe, inputs)
        before = f"{prefix}.{label}"


def _step(
    name: str,
    label: str,
    selector: Selector,
    before: str | None,
    recipe: Mapping[str, object],
    inputs: tuple[str, ...],
) -> Step:
    def work(bench: Bench) -> None:
        pool: Pool = bench.read("generate")
        funnel: Funnel = bench.read(before) if before else Funnel.of(len(pool))
        left = pool.take(funnel.kept)
        scores = {score: column[funnel.kept] for score, column in funnel.scores.items()}
        scores |= {f"generator.{score}": column for score, column in left.scores.items()}
        candidates = Candidates(left, scores)
        with at_work(selector):
            selection = selector.select(candidates, bench.read("split").train, bench.context)
        if not isinstance(selection, Selection) or len(selection.kept) != len(candidates):
            raise PluginFailed(
                f"the {described(selector)} must return a Selection of {len(candidates)} candidates"
            )
        for note in selection.notes:
            bench.hooks.warned(message=f"{label}: {note}")
        if not selection.kept.any() and len(candidates):
            bench.hooks.warned(message=f"{label} left none of {len(candidates)} candidates")
        save_funnel(funnel.then(label, selection), bench.folder)

    return Step(name, VERSION, recipe, inputs, work, load_funnel)
