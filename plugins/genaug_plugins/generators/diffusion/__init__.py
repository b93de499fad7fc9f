"""Diffusion and flow-matching models, trained from scratch."""
