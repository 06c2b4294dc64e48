"""Categories as regions of a space, beside random baselines."""
