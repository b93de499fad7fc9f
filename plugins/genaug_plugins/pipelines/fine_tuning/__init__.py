"""Fine-tuning of pipelines on the training view: LoRA, textual inversion, DreamBooth."""
