"""The site: pages that are files elsewhere in the repository, notebooks, and links that lead out of `docs`.

mkdocs calls these functions (`hooks` in mkdocs.yml).
"""

import json
import os
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = {"README.md": "index.md", "CHANGELOG.md": "CHANGELOG.md", "CONTRIBUTING.md": "CONTRIBUTING.md"}
"""Files at the top of the repository, and the pages that they become."""
LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: Any) -> Any:
    """Replace each folder in the navigation by its pages, the README first."""
    for section in config.nav:
        _expand(section)
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages from the top of the repository, and those of the notebooks."""
    from mkdocs.structure.files import File

    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    for path in sorted((ROOT / "docs" / "tutorials").glob("*.ipynb")):
        files.append(File.generated(config, f"tutorials/{path.stem}.md", content=notebook_page(path)))
    return files


def notebook_page(path: Path) -> str:
    """Return a notebook as Markdown: cells, and the outputs that were recorded."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(_fenced(source, "sh" if source.startswith("!") else "python"))
        printed = ""
        for output in cell["outputs"]:
            if output["output_type"] == "stream":
                printed += "".join(output["text"])
                continue
            if page := "".join(output["data"].get("text/html", "")):
                page = re.sub(
                    r'<style.*?</style>|\n\s*| border="1"| class="dataframe"', "", page, flags=re.DOTALL
                )
                parts.append(f'<div style="overflow-x: auto">{page}</div>')
            else:
                printed += "".join(output["data"]["text/plain"])
        if printed.strip():
            parts.append(_fenced(printed.rstrip(), "text", ' title="Output"'))
    heading, _, rest = "\n\n".join(parts).partition("\n")
    link = f"[Download this page as a Jupyter notebook]({path.name}){{: download }}"
    return f"{heading}\n\n{link}\n{rest}\n"


def _fenced(text: str, language: str, title: str = "") -> str:
    return f"```{language}{title}\n{text}\n```"


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Point links into the site; of files that are not on it, only the text is left.

    Raises:
        FileNotFoundError: where a link names a file that does not exist.
    """
    source = next((one for one, target in PAGES.items() if target == page.file.src_uri), None)
    folder = ROOT if source is not None else (ROOT / "docs" / page.file.src_uri).parent
    here = (ROOT / "docs" / page.file.src_uri).parent

    def pointed(found: re.Match[str]) -> str:
        text, link, anchor = found[1], found[2], found[3] or ""
        if "://" in link or link.startswith("mailto:"):
            return found[0]
        target = (folder / link).resolve()
        if not target.exists():
            raise FileNotFoundError(f"{page.file.src_uri}: the link {link} leads to no file")
        name = target.relative_to(ROOT).as_posix()
        known = PAGES.get(name, name.removeprefix("docs/") if name.startswith("docs/") else None)
        if known is not None and link != Path(page.file.src_uri).with_suffix(".ipynb").name:
            known = re.sub(r"\.ipynb$", ".md", known)  # its own notebook is a file to download
        if known is None or files.get_file_from_path(known) is None:
            return text
        return f"[{text}]({Path(os.path.relpath(ROOT / 'docs' / known, here)).as_posix()}{anchor})"

    return LINK.sub(pointed, markdown)


def _expand(section: dict[str, Any]) -> None:
    for title, entry in section.items():
        if isinstance(entry, list):
            for inner in entry:
                _expand(inner)
        elif entry.endswith("/"):
            pages = sorted(
                (ROOT / "docs" / entry).glob("*.md"), key=lambda one: (one.name != "README.md", one.name)
            )
            section[title] = [f"{entry}{page.name}" for page in pages]
