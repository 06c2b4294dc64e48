"""From codes to coordinates in a similarity space."""
