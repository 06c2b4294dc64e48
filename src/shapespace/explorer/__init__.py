"""Trained runs in the browser: a map of the similarity space, and the drawing at any point of it."""
