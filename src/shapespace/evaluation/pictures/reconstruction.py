"""How well images are reconstructed, pixel by pixel: cross-entropies and what they mean.

All cross-entropies are binary, in nats, and averaged over the pixels: one number an image.
"""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from shapespace.tensors import Images

CLIP = 0.5 / 255
"""How near to 0 and 1 a grey value may come when it is taken as a prediction.

Half a step of an 8-bit grey scale: files cannot tell apart what lies nearer. Without it, one
wrong black pixel would make the cross-entropy infinite; with it, that pixel costs 6.2 nats.
"""


def bce(logits: Images, clean: Images) -> Float[Tensor, " batch"]:
    """Return the cross-entropy of each reconstruction; 0 or more, lower is better.

    Args:
        logits: What the decoder returned; their sigmoid is the grey value.
        clean: The images without noise.
    """
    return _pixel_bce(logits, clean).mean(dim=(1, 2, 3))


def bce_of_grey(
    prediction: Images | Float[Tensor, "1 height width"], clean: Images
) -> Float[Tensor, " batch"]:
    """Return the cross-entropy of grey values taken as they are; 0 or more, lower is better.

    This is the reference for what a network should beat: the mean training image, which knows
    nothing of the input, and the noisy input itself.

    Args:
        prediction: Grey values in [0, 1], one image for each of `clean` or one for all; clipped
            to [`CLIP`, 1 - `CLIP`].
        clean: The images without noise.
    """
    grey = prediction.clamp(CLIP, 1 - CLIP).expand_as(clean)
    return F.binary_cross_entropy(grey, clean, reduction="none").mean(dim=(1, 2, 3))


def entropy_floor(clean: Images) -> Float[Tensor, " batch"]:
    """Return the lowest cross-entropy that any reconstruction of each image can reach.

    It is the entropy of the grey values: 0 for pure black and white, ln 2 for middle grey
    throughout. Anti-aliased strokes lift it above 0.
    """
    entropy = torch.special.entr(clean) + torch.special.entr(1 - clean)
    return entropy.mean(dim=(1, 2, 3))


def ink_weighted_bce(logits: Images, clean: Images) -> Float[Tensor, " batch"]:
    """Return the cross-entropy with half the weight on ink, half on paper; lower is better.

    Ink covers a few per cent of a line drawing, so the plain mean hardly notices a lost stroke.
    A grey pixel counts as ink by its darkness, 1 - grey, and as paper by its grey value. An
    image without ink is judged by its paper alone, and one without paper by its ink.
    """
    pixels = _pixel_bce(logits, clean)
    by_kind = []
    for weights in (1 - clean, clean):
        total = weights.sum(dim=(1, 2, 3))
        by_kind.append((pixels * weights).sum(dim=(1, 2, 3)) / total)  # 0 / 0 is nan: left out
    return torch.stack(by_kind).nanmean(dim=0)


def explained(
    bce: Float[np.ndarray, " draw"],
    bce_mean_image: Float[np.ndarray, " draw"],
    bce_floor: Float[np.ndarray, " draw"],
) -> Float[np.ndarray, " draw"]:
    """Return the share of the way from the mean image to the floor: 1 perfect, 0 mean image.

    A ratio of means: each entry is a mean over images (one, or one for each bootstrap draw).
    Below 0 the mean image is the better guess. It is nan where the mean image already is
    at the floor, so that there is nothing to explain.
    """
    way = bce_mean_image - bce_floor
    gone = bce_mean_image - bce
    return np.divide(gone, way, out=np.full_like(way, np.nan), where=way > 0)


def _pixel_bce(logits: Images, clean: Images) -> Images:
    return F.binary_cross_entropy_with_logits(logits, clean, reduction="none")
