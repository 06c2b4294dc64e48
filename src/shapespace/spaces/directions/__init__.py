"""Directions of a space along which rated features rise, and how far they can be believed."""
