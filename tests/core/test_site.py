"""The documentation builds as a site, and no link on it leads nowhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build(config: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", str(config), "-d", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_on_the_site(site: Path) -> None:
    wanted = {page.relative_to(ROOT / "docs").with_suffix(".html") for page in (ROOT / "docs").rglob("*.md")}
    wanted = {page.with_name("index.html") if page.name == "README.html" else page for page in wanted}
    found = {page.relative_to(site) for page in site.rglob("*.html")}
    assert wanted <= found
    assert {Path("index.html"), Path("CHANGELOG.html")} <= found
    tutorials = (ROOT / "docs" / "tutorials").glob("*.ipynb")
    assert {Path("tutorials") / f"{path.stem}.html" for path in tutorials} <= found


def test_the_contracts_are_described(site: Path) -> None:
    page = (site / "python.html").read_text(encoding="utf-8")
    for name in (
        "contracts.generator.Sampler.sample",
        "contracts.selector.Selector.select",
        "errors.DataError",
    ):
        assert f'id="genaug.{name}"' in page


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="https?://[^"]+"', text), page


def test_a_link_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "site_pages.py").write_text(
        (ROOT / "docs/site_pages.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        (tmp_path / name).write_text("# Page\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("[gone](docs/gone.md)\n", encoding="utf-8")
    config = tmp_path / "mkdocs.yml"
    config.write_text(
        "site_name: t\nstrict: true\nhooks: [docs/site_pages.py]\nnav: [{Start: index.md}]\n",
        encoding="utf-8",
    )
    done = build(config, tmp_path / "site")
    assert done.returncode != 0
    assert "the link docs/gone.md leads to no file" in done.stderr
