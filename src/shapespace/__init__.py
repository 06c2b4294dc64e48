"""Psychological similarity spaces, learned from drawings and human ratings."""

__version__ = "0.1.0"
