"""Passes over all pairs of rows, block by block: distances, nearest neighbours, radii, duplicates."""
