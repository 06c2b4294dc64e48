"""A whole study on paper: tables, figures, one page."""
