"""Fitting the arms of a comparison, and scoring what they predict: shared by the validators."""
