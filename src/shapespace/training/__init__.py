"""Fits one model on one fold: objective, loop, schedule, selection, checkpoint."""
