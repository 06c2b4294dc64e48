"""One run: its recipe and config, its directory, how it is trained and measured."""
