"""The files of a fitted gan."""

GENERATOR = "generator.safetensors"
DISCRIMINATOR = "discriminator.safetensors"
RECORD = "gan.json"
