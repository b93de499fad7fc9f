"""Config files: read safely, override, and explain what is wrong at which line.

A config is plain data in YAML or TOML. Reading keeps the line of every setting, so that whatever
pydantic later refuses is reported where a person wrote it.
"""

from genaug.config.explanation import explain
from genaug.config.file import ConfigFile, read
from genaug.config.kinds import RUN, STUDY, check_kind
from genaug.config.validation import validated

__all__ = ["RUN", "STUDY", "ConfigFile", "check_kind", "explain", "read", "validated"]
