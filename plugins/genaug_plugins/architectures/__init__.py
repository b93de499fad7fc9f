"""Architectures: networks of adversarial generators."""
