"""The errors and warnings of genaug.

GenaugError                     anything that a user can fix; the command line exits with code 2
├── ConfigError                 a setting is wrong; knows file, line and path
├── DataError                   the user's data cannot be used as asked
├── PluginError                 something about a plugin
│   ├── UnknownPlugin           no such name; similar names are suggested
│   ├── AmbiguousPlugin         two distributions claim the name
│   ├── MissingRequirement      installed, but a package it needs is not
│   ├── BrokenPlugin            it cannot be imported
│   ├── WrongContract           wrong base class, or written for another version of its contract
│   └── PluginFailed            it raised, or violated its contract, while running
├── MissingWeights              model weights are neither on disk nor reachable
├── StoreError                  the output folder cannot be used
│   └── RunLocked               another run uses the output folder
└── TrainingDiverged            a loss became non-finite

GenaugWarning                   something a user should know; the command line prints it and continues
├── RenamedWarning              an old name was used; it names the new one
└── PluginWarning               an installed distribution was passed over
"""


class GenaugError(Exception):
    """Base class of errors that a user can fix."""


class ConfigError(GenaugError):
    """One or more wrong settings, with the file, line and path of each."""


class DataError(GenaugError):
    """Data that cannot be used as requested."""


class PluginError(GenaugError):
    """Base class of errors of plugins."""


class UnknownPlugin(PluginError):
    """A name that no installed distribution offers."""


class AmbiguousPlugin(PluginError):
    """A name that two distributions use."""


class MissingRequirement(PluginError):
    """A plugin that needs a package which is not installed."""


class BrokenPlugin(PluginError):
    """A plugin that cannot be imported."""


class WrongContract(PluginError):
    """A plugin with the wrong base class or contract version."""


class PluginFailed(PluginError):
    """A plugin that raised, or violated its contract, while running."""


class MissingWeights(GenaugError):
    """Model weights that are neither on disk nor reachable."""


class StoreError(GenaugError):
    """An output folder that cannot be used."""


class RunLocked(StoreError):
    """An output folder that another run uses."""


class TrainingDiverged(GenaugError):
    """A training whose loss became non-finite."""


class GenaugWarning(UserWarning):
    """Base class of genaug's warnings."""


class RenamedWarning(GenaugWarning, FutureWarning):
    """A name of the previous release was used."""


class PluginWarning(GenaugWarning):
    """The entry points of an installed distribution were skipped."""
