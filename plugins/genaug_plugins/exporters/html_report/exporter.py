"""A page for people: one file that says whether it helped, and shows everything it rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from markupsafe import Markup
from pydantic import Field

from genaug import CompletedRun, Exporter

if TYPE_CHECKING:
    from jinja2 import Environment

    from genaug_plugins.exporters.html_report.pictures import Detail

_SCRIPTS = ("charts.js", "samples.js", "points.js")


class HtmlReportExporter(Exporter):
    """Write ``report.html``: the verdict first, then what it rests on, the samples and the recipe.

    One file with everything in it, for any browser, without a network.
    """

    name: ClassVar[str] = "html-report"
    page: ClassVar[str | None] = "report.html"

    samples_per_class: int = Field(default=12, ge=1, le=200)
    """At most so many real, kept and dropped samples are shown of each class."""
    samples: int = Field(default=900, ge=3, le=20_000)
    """At most so many samples are shown in all; with many classes, fewer of each."""
    pairs: int = Field(default=12, ge=1, le=500)
    """At most so many of a figure's closest pairs are shown."""
    points: int = Field(default=600, ge=1, le=20_000)
    """At most so many of the samples behind the points of charts are shown; all charts share them."""
    megabytes: float = Field(default=15.0, ge=0.1, le=500)
    """The page is no larger: its pictures get coarser first, then fewer. What draws the charts has 5."""

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the page; the smallest there is, where what it says alone is larger than asked for."""
        for page in self._ever_smaller(run):
            (folder / "report.html").write_bytes(page)
            if len(page) <= 1_000_000 * self.megabytes:
                break

    def _ever_smaller(self, run: CompletedRun) -> Iterator[bytes]:
        """Yield the page with ever coarser pictures, then with half as many of them, down to one each."""
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from plotly.offline import get_plotlyjs

        from genaug_plugins.exporters.html_report.content import Most, content
        from genaug_plugins.exporters.html_report.pictures import DETAILS

        environment = Environment(
            loader=PackageLoader("genaug_plugins.exporters.html_report", "page"),
            autoescape=True,  # class names, notes and reasons are other people's text
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        fixed = {
            "config": yaml.safe_dump(
                json.loads(json.dumps(dict(run.config), default=str)), sort_keys=False, allow_unicode=True
            ),
            "versions": sorted(run.versions.items()),
            "css": _own(environment, "page.css"),
            "js": Markup("\n").join(_own(environment, name) for name in _SCRIPTS),
        }
        details: Sequence[Detail] = DETAILS
        limits = [self.samples_per_class, self.samples, self.pairs, self.points]
        while True:
            page, thumbnails = content(run, Most(*limits))
            drawn = page["curves"] or any(part["charts"] for part in page["parts"])
            plotly = Markup(get_plotlyjs()) if drawn else ""
            for detail in details:
                pictures = thumbnails.drawn(detail)
                html = environment.get_template("page.html.j2").render(
                    page, **fixed, plotly=plotly, pictures=pictures, detail=detail
                )
                yield html.encode()
            if max(limits) == 1:
                return
            limits = [max(1, limit // 2) for limit in limits]
            details = DETAILS[-1:]


def _own(environment: Environment, name: str) -> Any:
    """Return a file of the page's own, which is not to be escaped."""
    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])
