"""What a regularizer must do."""

from genaug.testing.checks.regularizer import augmenting, penalizing, training

MODULES = (augmenting, penalizing, training)
"""The modules with its checks, in order."""
