"""The adversarial training loop that regularizers plug into."""
