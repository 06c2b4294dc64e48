"""Modules with weights: encoder, decoder, autoencoder. Nothing here opens a file."""
