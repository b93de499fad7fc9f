"""The files that a fitted gan consists of."""

GENERATOR = "generator.safetensors"
DISCRIMINATOR = "discriminator.safetensors"
RECORD = "gan.json"
