"""Finished runs on paper: tables, figures, one page; computes no new result."""
