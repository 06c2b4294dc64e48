"""What people did, trial by trial: one table for every way of asking about similarity."""
