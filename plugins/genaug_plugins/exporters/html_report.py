"""A page for people: one file that says whether it helped, and shows everything it rests on."""

import json
from pathlib import Path
from typing import Any, ClassVar

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs
from pydantic import Field

from genaug import CompletedRun, Exporter
from genaug_plugins.exporters.report.content import content


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

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the page."""
        environment = Environment(
            loader=PackageLoader("genaug_plugins.exporters", "report"),
            autoescape=True,  # class names, notes and reasons are other people's text
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        page = content(run, self.samples_per_class, self.samples, self.pairs)
        html = environment.get_template("page.html.j2").render(
            page,
            config=yaml.safe_dump(
                json.loads(json.dumps(dict(run.config), default=str)), sort_keys=False, allow_unicode=True
            ),
            versions=sorted(run.versions.items()),
            css=_own(environment, "page.css"),
            js=_own(environment, "page.js"),
            plotly=Markup(get_plotlyjs())
            if page["curves"] or any(part["charts"] for part in page["parts"])
            else "",
        )
        (folder / "report.html").write_text(html, encoding="utf-8", newline="\n")


def _own(environment: Environment, name: str) -> Any:
    """Return a file of the page's own, which is not to be escaped."""
    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])
