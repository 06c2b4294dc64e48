"""Representations of any origin set against human ratings."""
