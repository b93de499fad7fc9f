"""`genaug plugins new`: write a package with a working plugin."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Annotated

import typer


def new(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="Its name in configs: lower case, words joined by '-'.", show_default=False
        ),
    ],
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND", help="What it is, e.g. selector.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FOLDER", help="The folder to make. Default: genaug-NAME.", show_default=False
        ),
    ] = None,
) -> None:
    """Write a package with a working plugin to start from.

    The plugin passes the conformance kit as it is, and comes with its tests, a short config and a README
    that lists what to run.

    \b
        genaug plugins new sharpness --kind selector
        genaug plugins new wavenet --kind generator --out ~/wavenet
    """  # noqa: D301
    from importlib.metadata import version

    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from genaug.cli.kinds import kinds
    from genaug.components.discovery import group
    from genaug.components.registry import Registry
    from genaug.errors import ConfigError

    (kind,) = kinds(kind)
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or keyword.iskeyword(name):
        raise ConfigError(
            f"{name!r} cannot be a plugin's name: use lower-case letters and digits, words joined by '-': "
            "'edge-sharpness'"
        )
    registry = Registry.installed()
    templates = registry.preset().new_plugin
    if templates is None:
        raise ConfigError("the default preset has no plugin to start from: write one by hand")
    taken = [one for one in registry.entries(kind) if one.name == name]
    if taken:
        raise ConfigError(
            f"{taken[0].distribution} has a {kind} {name!r} already: a config could not tell them apart by "
            "name. Choose another name"
        )
    folder = out or Path(f"genaug-{name}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} exists already: name another folder with --out")
    module = name.replace("-", "_")
    camel = "".join(word.capitalize() for word in name.split("-"))
    filled = {
        "name": name,
        "kind": kind,
        "article": "an" if kind[0] in "aeiou" else "a",
        "group": group(kind),
        "distribution": f"genaug-{name}",
        "package": f"genaug_{module}",
        "module": module,
        "cls": camel + kind.capitalize(),
        "sampler": f"{camel}Sampler",
        "genaug": version("genaug"),
    }
    package = f"src/{filled['package']}"
    files = {
        "pyproject.toml": "pyproject.toml.j2",
        "README.md": "README.md.j2",
        "config.yaml": "config.yaml.j2",
        "tests/test_contract.py": "test_contract.py.j2",
        f"{package}/{module}.py": f"kinds/{kind}.py.j2",
    }
    for further in sorted(templates.glob(f"kinds/{kind}.*.py.j2")):
        files[f"{package}/{further.name.split('.')[1]}.py"] = f"kinds/{further.name}"
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    texts = {path: environment.get_template(template).render(filled) for path, template in files.items()}
    texts[f"{package}/__init__.py"] = f'"""{filled["article"].capitalize()} {kind} for genaug."""\n'
    texts[f"{package}/py.typed"] = ""
    try:
        for path, text in texts.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written: {error.strerror}") from error
    typer.echo(f"wrote {folder}, a package with the {kind} {name!r}; change {package}/{module}.py. Next:")
    typer.echo(f"  cd {folder}\n  pip install -e '.[test]'")
    typer.echo(f"  genaug plugins check {name} --kind {kind}\n  genaug run config.yaml")
