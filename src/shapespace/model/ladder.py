"""Our own autoencoder: a ladder of resolutions with batch normalisation, cheap at any size.

The image is cut into small patches at once and put together from them at the end, so that no
layer works at full resolution; between lies a plain stack of halvings and doublings.
"""

from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import nn

from shapespace.errors import BadInput
from shapespace.tensors import Codes, Images

STRICT = ConfigDict(extra="forbid")
Count = Annotated[int, Field(ge=1, le=65536)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LadderConfig:
    """How a ladder autoencoder is built. Equal configs give equal shapes."""

    kind: Literal["ladder"] = "ladder"
    side: Count = 64
    """Side of the images in pixels: patch * 2^(steps) * last side."""
    code_size: Count = 512
    """Units in the bottleneck."""
    patch: Annotated[int, Field(ge=1, le=16)] = 2
    """Side of the patches in pixels; the finest maps are this much smaller than the image."""
    channels: Annotated[tuple[Count, ...], Field(min_length=1)] = (32, 64, 128, 256)
    """Channels of the maps from fine to coarse; each step halves the side."""
    blocks: Annotated[int, Field(ge=0, le=8)] = 1
    """Residual blocks at every resolution of the decoder."""

    def __post_init__(self) -> None:
        unit = self.patch * 2 ** (len(self.channels) - 1)
        if self.side % unit:
            raise BadInput(
                f"A ladder with patches of {self.patch} and {len(self.channels)} sizes of maps "
                f"needs a side that is a multiple of {unit}, got {self.side}."
            )

    @property
    def last_side(self) -> int:
        """Side of the coarsest maps in pixels."""
        return self.side // (self.patch * 2 ** (len(self.channels) - 1))

    def build(self) -> tuple[nn.Module, nn.Module]:
        """Return a new encoder and decoder with fresh weights from torch's global stream."""
        return LadderEncoder(self), LadderDecoder(self)


class Residual(nn.Module):
    """Two 3 x 3 convolutions whose sum with their input goes on."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_normalised(nn.Conv2d(channels, channels, 3, padding=1, bias=False)),
            nn.ReLU(),
            *_normalised(nn.Conv2d(channels, channels, 3, padding=1, bias=False)),
        )
        last = self.body[-1]
        assert isinstance(last, nn.BatchNorm2d)
        nn.init.zeros_(last.weight)  # begin as the identity: deep stacks start to learn at once

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return maps of the same shape."""
        return (maps + self.body(maps)).relu()


def _normalised(layer: nn.Conv2d | nn.ConvTranspose2d) -> tuple[nn.Module, nn.Module]:
    return layer, nn.BatchNorm2d(layer.out_channels)


class LadderEncoder(nn.Module):
    """Patches, then halvings down to a few pixels, then one linear layer."""

    def __init__(self, config: LadderConfig) -> None:
        super().__init__()
        self.config = config
        # Patches overlap by half, so that one of them sees a stroke on their border whole. An
        # odd patch takes one pixel more, or its maps would not come out at side / patch.
        kernel, margin = 2 * config.patch + config.patch % 2, (config.patch + 1) // 2
        stem = nn.Conv2d(
            1, config.channels[0], kernel, stride=config.patch, padding=margin, bias=False
        )
        layers: list[nn.Module] = [
            *_normalised(stem),
            nn.ReLU(),
        ]
        for n_in, n_out in pairwise(config.channels):
            layers += [
                *_normalised(nn.Conv2d(n_in, n_out, 4, stride=2, padding=1, bias=False)),
                nn.ReLU(),
            ]
        self.body = nn.Sequential(*layers)
        self.bottleneck = nn.Linear(config.channels[-1] * config.last_side**2, config.code_size)

    def forward(self, images: Images) -> Codes:
        """Return the code of every image."""
        return self.bottleneck(self.body(images).flatten(1))


class LadderDecoder(nn.Module):
    """One linear layer, then doublings, then patches put together."""

    def __init__(self, config: LadderConfig) -> None:
        super().__init__()
        self.config = config
        last = config.channels[-1]
        self.grow = nn.Linear(config.code_size, last * config.last_side**2)
        layers: list[nn.Module] = [nn.BatchNorm2d(last), nn.ReLU()]
        for n_in, n_out in pairwise(config.channels[::-1]):
            layers += [
                *_normalised(
                    nn.ConvTranspose2d(n_in, n_out, 4, stride=2, padding=1, bias=False)
                ),
                nn.ReLU(),
                *(Residual(n_out) for _ in range(config.blocks)),
            ]
        self.body = nn.Sequential(*layers)
        self.paint = nn.Conv2d(config.channels[0], config.patch**2, 3, padding=1)
        self.join = nn.PixelShuffle(config.patch)

    def forward(self, codes: Codes) -> Images:
        """Return logits; their sigmoid is the grey value of each pixel."""
        side = self.config.last_side
        maps = self.grow(codes).unflatten(1, (self.config.channels[-1], side, side))
        maps = maps.contiguous(memory_format=torch.channels_last)
        return self.join(self.paint(self.body(maps)))
