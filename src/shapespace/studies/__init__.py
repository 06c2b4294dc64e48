"""Recipes, the run directory, and what fills it: training and evaluation of one run."""
