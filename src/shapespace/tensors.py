"""Names of torch tensor shapes; apart from `arrays` so that tables and reports need no torch."""

from jaxtyping import Float
from torch import Tensor

Images = Float[Tensor, "batch 1 height width"]
"""Grey values in [0, 1]: 0 is ink, 1 is paper."""

Codes = Float[Tensor, "batch code"]
"""Bottleneck vectors, one a row."""
