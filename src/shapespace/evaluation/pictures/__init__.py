"""How good reconstructed images are, and what can be measured of a drawing."""
