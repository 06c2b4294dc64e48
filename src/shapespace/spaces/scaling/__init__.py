"""Scaling: coordinates from dissimilarities of pairs, how good and how stable they are."""
