"""What walks ask of a model: pictures to codes, and codes to pictures."""

from typing import Protocol, runtime_checkable

from shapespace.arrays import CodeRows, Greys


@runtime_checkable
class Codec(Protocol):
    """An encoder and a decoder that belong together."""

    def encode(self, images: Greys) -> CodeRows:
        """Return the code of every picture."""
        ...

    def decode(self, codes: CodeRows) -> Greys:
        """Return the picture of every code."""
        ...
