"""What walks ask of a model: pictures to codes, and codes to pictures."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from shapespace.arrays import CodeRows, Greys

Pull = Callable[[Greys], CodeRows]
"""Forces on pictures to forces on the codes they were decoded from."""


@runtime_checkable
class Codec(Protocol):
    """An encoder and a decoder that belong together."""

    def encode(self, images: Greys) -> CodeRows:
        """Return the code of every picture."""
        ...

    def decode(self, codes: CodeRows) -> Greys:
        """Return the picture of every code."""
        ...


@runtime_checkable
class SmoothCodec(Codec, Protocol):
    """A codec whose decoder can be differentiated."""

    def decode_and_pull(self, codes: CodeRows) -> tuple[Greys, Pull]:
        """Return the picture of every code, and the way back for forces on the pictures.

        `pull(forces)` is the gradient of `(forces * pictures).sum()` by the codes: the transposed
        Jacobian of each picture times its forces.
        """
        ...
