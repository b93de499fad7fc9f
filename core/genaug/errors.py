"""Every error genaug raises on purpose, drawn as a tree.

GenaugError                     anything a user can mend; the command line exits with code 2
├── ConfigError                 a setting is wrong; knows file, line and path
├── DataError                   the user's data cannot be used as asked
├── PluginError                 something about a plugin
│   ├── UnknownPlugin           no such name; the nearest names are offered
│   ├── AmbiguousPlugin         two distributions claim the name
│   ├── MissingRequirement      installed, but a package it needs is not
│   ├── BrokenPlugin            it cannot be imported
│   ├── WrongContract           wrong base class, or written for another version of its contract
│   └── PluginFailed            it raised, or returned what its contract forbids, while running
├── MissingWeights              model weights are neither on disk nor reachable
├── StoreError                  the output folder cannot be used
│   └── RunLocked               another run is at work in the output folder
└── TrainingDiverged            a loss became non-finite

GenaugWarning                   something a user should know; the command line prints it and continues
├── RenamedWarning              an old name was used; it names the new one
└── PluginWarning               an installed distribution was passed over
"""


class GenaugError(Exception):
    """Report a problem that a user can mend."""


class ConfigError(GenaugError):
    """Report one or more wrong settings, with the file, line and path of each."""


class DataError(GenaugError):
    """Report data that cannot be used as asked."""


class PluginError(GenaugError):
    """Report a problem with a plugin."""


class UnknownPlugin(PluginError):
    """Report a name that no installed distribution offers."""


class AmbiguousPlugin(PluginError):
    """Report a name that two distributions claim."""


class MissingRequirement(PluginError):
    """Report a plugin whose distribution lacks a package it needs."""


class BrokenPlugin(PluginError):
    """Report a plugin that cannot be imported."""


class WrongContract(PluginError):
    """Report a plugin with the wrong base class or contract version."""


class PluginFailed(PluginError):
    """Report a plugin that raised, or broke its contract, while running."""


class MissingWeights(GenaugError):
    """Report weights that are neither on disk nor reachable, and how to give a path."""


class StoreError(GenaugError):
    """Report an output folder that cannot be used."""


class RunLocked(StoreError):
    """Report that another run is at work in the output folder."""


class TrainingDiverged(GenaugError):
    """Report a loss that became non-finite, and what to lower."""


class GenaugWarning(UserWarning):
    """Warn of something that a user should know, and that stops nothing."""


class RenamedWarning(GenaugWarning, FutureWarning):
    """Warn that an old name was used, and name the new one."""


class PluginWarning(GenaugWarning):
    """Warn that the entry points of an installed distribution were passed over."""
