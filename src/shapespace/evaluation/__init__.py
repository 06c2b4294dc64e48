"""Measurements of a trained model that change nothing."""
