"""How many real samples a synthetic one is worth."""
