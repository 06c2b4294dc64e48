"""Arithmetic over pairs of stimuli: distances, orders, ranks, fits, made for many of them."""
