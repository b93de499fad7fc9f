"""The kinds of config files, told apart by their keys."""

from dataclasses import dataclass

from genaug.config.file import ConfigFile
from genaug.data.summary import some
from genaug.errors import ConfigError


@dataclass(frozen=True)
class Kind:
    """A kind of config file.

    Attributes:
        what: it is, in words.
        keys: that only this kind has.
        command: that takes it.
    """

    what: str
    keys: tuple[str, ...]
    command: str


RUN = Kind("the config of a run", ("source", "generator", "strategy"), "genaug run")
STUDY = Kind("a study", ("base", "arms", "compare_with"), "genaug bench")
COMPARISON = Kind("a comparison of selectors", ("pipeline", "chains"), "genaug compare-selectors")
KINDS = (RUN, STUDY, COMPARISON)


def check_kind(file: ConfigFile, wanted: Kind) -> None:
    """Refuse a file that has no key of the wanted kind, and keys of another one.

    Raises:
        ConfigError: naming what it is, and the command that takes it.
    """
    if any(key in file.data for key in wanted.keys):
        return
    needs = f"{wanted.what} has the keys {', '.join(wanted.keys)}"
    for kind in KINDS:
        if any(key in file.data for key in kind.keys):
            raise ConfigError(
                f"{file.name} is {kind.what}, not {wanted.what}: `{kind.command} {file.name}` takes it; "
                f"{needs} "
                f"(`{wanted.command} --help`)"
            )
    raise ConfigError(
        f"{file.name} is not {wanted.what}: it has the keys {some(list(map(str, file.data)))}, and {needs} "
        f"(`{wanted.command} --help`)"
    )
