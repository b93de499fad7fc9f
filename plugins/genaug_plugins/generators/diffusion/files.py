"""The files of a fitted diffusion model."""

WEIGHTS = "network.safetensors"
RECORD = "diffusion.json"
