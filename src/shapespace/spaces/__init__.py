"""Similarity spaces: scaling, how good and how stable they are, and the published ones rebuilt."""
