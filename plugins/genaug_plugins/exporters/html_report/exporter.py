"""The HTML report: one file with the verdict and its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from markupsafe import Markup
from pydantic import Field

from genaug import ComparedRuns, CompletedRun, Exporter

if TYPE_CHECKING:
    from jinja2 import Environment

    from genaug_plugins.exporters.html_report.pictures import Detail

_STYLES = ("page.css", "candidates.css")
_SCRIPTS = ("unpack.js", "samples.js", "charts.js", "points.js", "browser.js", "folds.js")


class HtmlReportExporter(Exporter):
    """Write ``report.html``: the verdict first, then its evidence, the samples and the config.

    One self-contained file for any browser; it needs no network.
    """

    name: ClassVar[str] = "html-report"
    page: ClassVar[str | None] = "report.html"

    samples_per_class: int = Field(default=12, ge=1, le=200)
    """Maximum number of real, of kept and of dropped samples shown for each class."""
    samples: int = Field(default=900, ge=3, le=20_000)
    """Maximum number of samples shown in total; with many classes, fewer of each."""
    pairs: int = Field(default=12, ge=1, le=500)
    """Maximum number of closest pairs shown in a figure."""
    candidates: int = Field(default=800, ge=1, le=20_000)
    """Maximum number of candidates that can be filtered and tagged on the page."""
    points: int = Field(default=600, ge=1, le=20_000)
    """Maximum number of samples shown for the points of charts, over all charts."""
    megabytes: float = Field(default=15.0, ge=0.1, le=500)
    """Maximum size of the page: its pictures get coarser first, then fewer. The chart library takes 2."""

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the page; the smallest one if even that is larger than the maximum size."""
        for page in self._ever_smaller(run):
            (folder / "report.html").write_bytes(page)
            if len(page) <= 1_000_000 * self.megabytes:
                break

    def compare(self, runs: ComparedRuns) -> str:
        """Return a page with a table of runs to sort, and their effects; it needs no network."""
        from genaug_plugins.curves.packed import chart_library
        from genaug_plugins.exporters.html_report.comparison import content

        environment, page = _environment(), content(runs)
        return environment.get_template("comparison.html.j2").render(
            page,
            css=_own(environment, *_STYLES, "comparison.css"),
            js=_own(environment, *(["unpack.js", "charts.js"] if page["plots"] else []), "sort.js"),
            library=chart_library() if page["plots"] else "",
            pictures=(),
        )

    def _ever_smaller(self, run: CompletedRun) -> Iterator[bytes]:
        """Yield the page with ever coarser pictures, then with half as many of them, down to one each."""
        from genaug.config.yaml_writer import block
        from genaug_plugins.curves.packed import chart_library, packed
        from genaug_plugins.exporters.html_report.content import Most, content
        from genaug_plugins.exporters.html_report.pictures import DETAILS, SMALL

        environment = _environment()
        fixed = {
            "config": block(json.loads(json.dumps(dict(run.config), default=str))),
            "versions": sorted(run.versions.items()),
            "css": _own(environment, *_STYLES),
            "js": _own(environment, *_SCRIPTS),
        }
        details: Sequence[Detail] = DETAILS
        limits = [self.samples_per_class, self.samples, self.pairs, self.candidates, self.points]
        while True:
            page, thumbnails = content(run, Most(*limits))
            drawn = page["curves"] or any(part["charts"] for part in page["parts"])
            behind = page.pop("behind")
            for detail in details:
                small = thumbnails.drawn(min(detail, SMALL), behind["pictures"])
                html = environment.get_template("page.html.j2").render(
                    page,
                    **fixed,
                    library=chart_library() if drawn else "",
                    behind=packed(json.dumps(behind | {"pictures": small}, allow_nan=False)),
                    pictures=thumbnails.drawn(detail, page["pictures"]),
                    detail=detail,
                )
                yield html.encode("utf-8", "backslashreplace")  # paths may have bytes that are no text
            if max(limits) == 1:
                return
            limits = [max(1, limit // 2) for limit in limits]
            details = DETAILS[-1:]


def _environment() -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("genaug_plugins.exporters.html_report", "page"),
                PackageLoader("genaug_plugins", "curves"),
            ]
        ),
        autoescape=True,  # class names, notes and reasons are text of others
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _own(environment: Environment, *names: str) -> Markup:
    """Return the content of files of the page, which is not escaped."""
    assert environment.loader is not None
    return Markup("\n").join(Markup(environment.loader.get_source(environment, name)[0]) for name in names)
