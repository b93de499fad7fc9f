"""The effective size: how many real samples correspond to one synthetic sample."""
