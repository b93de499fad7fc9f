"""Pretrained pipelines of diffusers: what a folder contains, how it is loaded, tiny ones for trials."""
