"""What every iterative fit shares."""
