"""Weights of pretrained networks from files: shared by extractors and models."""
