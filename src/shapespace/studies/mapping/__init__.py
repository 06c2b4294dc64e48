"""Runs and the human space: how well codes map into it, and where new images lie."""
