"""A variational autoencoder for images, signals, vectors and tables."""
