"""Names of numpy array shapes, used in signatures; the test run checks them."""

from jaxtyping import Bool, Float, Int, UInt8
from numpy import ndarray

Scans = UInt8[ndarray, "batch height width"]
"""Grey values 0 (ink) to 255 (paper), as stored in a packed set."""

Scan = UInt8[ndarray, "height width"]
"""One image, grey values 0 (ink) to 255 (paper)."""

Points = Int[ndarray, "batch point 2"]
"""Pixel positions (x, y), x to the right and y down, in pixels of the stored image."""

Square = Float[ndarray, "n n"]
"""A symmetric matrix of distances or dissimilarities with a zero diagonal (an RDM)."""

Flat = Float[ndarray, " pair"]
"""The upper triangle of an RDM, in the order of scipy's `squareform`."""

Matrix = Float[ndarray, "row column"]
"""One row an item, one column a unit or feature."""

Mask = Bool[ndarray, " item"]
"""Which items are meant."""

Line = Float[ndarray, "_ 2"]
"""A polyline: points x 2 as (x, y), y down, each joined to the next."""

Lines = Float[ndarray, "_ _ 2"]
"""Polylines x points x 2; all have equally many points."""

Counts = Int[ndarray, "_"]
"""How many there are of something, for each item."""

CodeRows = Float[ndarray, "row unit"]
"""Codes, one row an image or a step."""

Coordinates = Float[ndarray, "row dim"]
"""Points of a similarity space, or of any space with few dimensions; one a row."""

Greys = Float[ndarray, "row height width"]
"""Pictures with grey values in [0, 1]: 0 is ink, 1 is paper."""
