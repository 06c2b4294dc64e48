"""Whether the strokes of a drawing are where they should be, give or take a few pixels."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from shapespace.errors import BadInput
from shapespace.tensors import Images

INK_BELOW = 0.5
"""Grey values below this one are ink."""


@dataclass(frozen=True, kw_only=True)
class StrokeScores:
    """How well drawn ink matches wanted ink, one number an image, all in [0, 1].

    All three are nan for an image in which no ink is wanted: there is no stroke to be found.
    """

    precision: Float[Tensor, " batch"]
    """Share of the drawn ink that lies near wanted ink."""
    recall: Float[Tensor, " batch"]
    """Share of the wanted ink that has drawn ink near it."""
    f1: Float[Tensor, " batch"]
    """Harmonic mean of the two."""


def stroke_scores(drawn: Images, wanted: Images, tolerance: float = 2.0) -> StrokeScores:
    """Compare the ink of two images, forgiving strokes that are a little off; 1 is best.

    Unlike the cross-entropy this does not reward a grey blur: what is not dark enough counts as
    paper. A drawing without ink where some is wanted scores 0 on all three. Thin strokes of
    small images may all be lighter than ink; such images have no score at all, rather than a
    perfect one for drawing nothing.

    Args:
        drawn: Grey values of the reconstructions.
        wanted: Grey values of the clean images.
        tolerance: Largest Euclidean distance in pixels between the centres of two pixels that
            still count as near; 0 asks for the very same pixel.

    Raises:
        BadInput: If `tolerance` is negative.

    Reference:
        After the boundary measure of Martin, Fowlkes and Malik (2004), IEEE TPAMI 26(5), with
        nearness in place of a one-to-one match.
    """
    if not tolerance >= 0:
        raise BadInput(f"The tolerance of strokes must be 0 pixels or more, got {tolerance}.")
    ink_drawn, ink_wanted = (drawn < INK_BELOW), (wanted < INK_BELOW)
    precision = _share(ink_drawn, _grow(ink_wanted, tolerance))
    recall = _share(ink_wanted, _grow(ink_drawn, tolerance))
    f1 = (2 * precision * recall / (precision + recall)).nan_to_num(0.0)

    strokeless = ~ink_wanted.flatten(1).any(dim=1)
    return StrokeScores(
        precision=precision.masked_fill(strokeless, torch.nan),
        recall=recall.masked_fill(strokeless, torch.nan),
        f1=f1.masked_fill(strokeless, torch.nan),
    )


def _share(ink: Tensor, near: Tensor) -> Tensor:
    """Return the share of each image's ink that is in `near`; 0 where there is no ink."""
    hits = (ink & near).sum(dim=(1, 2, 3))
    return hits / ink.sum(dim=(1, 2, 3)).clamp(min=1)


def _grow(ink: Tensor, tolerance: float) -> Tensor:
    """Mark all pixels within `tolerance` of ink, by shifting the ink over a disc."""
    height, width = ink.shape[2:]
    reach = min(int(tolerance), max(height, width))
    padded = F.pad(ink, (reach,) * 4)
    grown = torch.zeros_like(ink)
    for down in range(-reach, reach + 1):
        half = int((tolerance**2 - down**2) ** 0.5)
        for right in range(-min(half, reach), min(half, reach) + 1):
            top, left = reach + down, reach + right
            grown |= padded[:, :, top : top + height, left : left + width]
    return grown
