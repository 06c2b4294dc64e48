"""The explorer's page without its server: a folder that any web server can serve."""
