"""The published autoencoder scaled down to 64 pixels, so that its study fits a small machine.

Everything that the study varies is there: bottleneck, both dropouts, both decays.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from torch import nn

from shapespace.model.published import DROPOUT, HIDDEN, CodeSize, initialise_like_keras
from shapespace.tensors import Codes, Images

SIDE = 64
"""Side of the images in pixels; the layers fit no other."""
FIRST_MAPS, FIRST_SIDE = 64, 4
"""Channels and side of the maps the decoder starts from: 64 x 4 x 4 = 1,024 units."""


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class SmallPublishedConfig:
    """The study's network at 64 pixels. Equal configs give equal shapes."""

    kind: Literal["published-small"] = "published-small"
    code_size: CodeSize = 512
    """Units in the bottleneck (the study tried 16 to 2048)."""
    encoder_dropout: bool = True
    """Dropout of 0.5 after the encoder's first fully connected layer."""
    decoder_dropout: bool = False
    """Dropout of 0.5 after the decoder's first fully connected layer."""

    @property
    def side(self) -> int:
        """Side of the images in pixels."""
        return SIDE

    def build(self) -> tuple[nn.Module, nn.Module]:
        """Return a new encoder and decoder with fresh weights from torch's global stream."""
        return SmallSketchANet(self), SmallUpConvDecoder(self)


class SmallSketchANet(nn.Module):
    """The study's encoder with a quarter of its channels and a first kernel of 7 instead of 15.

    The order of layers is the published one: five convolutions, a maximum over 3 x 3 pixels
    after the first, second and fifth, two linear layers, no normalisation.
    """

    def __init__(self, config: SmallPublishedConfig) -> None:
        super().__init__()
        self.config = config
        self.conv1 = nn.Conv2d(1, 16, 7, stride=2, padding=3)
        self.conv2 = nn.Conv2d(16, 32, 5, padding=2)
        self.conv3 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv4 = nn.Conv2d(64, 64, 3, padding=1)
        self.conv5 = nn.Conv2d(64, 64, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2)
        self.hidden = nn.Linear(64 * 3 * 3, HIDDEN)
        self.dropout = nn.Dropout(DROPOUT if config.encoder_dropout else 0.0)
        self.bottleneck = nn.Linear(HIDDEN, config.code_size)
        initialise_like_keras(self)

    def forward(self, images: Images) -> Codes:
        """Return the code of every 64 x 64 image."""
        # Pooling before the ReLU gives the same values for a quarter of the comparisons.
        maps = self.pool(self.conv1(images)).relu()
        maps = self.pool(self.conv2(maps)).relu()
        maps = self.conv4(self.conv3(maps).relu()).relu()
        maps = self.pool(self.conv5(maps)).relu()
        hidden = self.hidden(maps.flatten(1)).relu()
        return self.bottleneck(self.dropout(hidden))


class SmallUpConvDecoder(nn.Module):
    """Two linear layers, then four up-convolutions from 4 x 4 to 64 x 64 pixels."""

    def __init__(self, config: SmallPublishedConfig) -> None:
        super().__init__()
        self.config = config
        self.hidden = nn.Linear(config.code_size, HIDDEN)
        self.dropout = nn.Dropout(DROPOUT if config.decoder_dropout else 0.0)
        self.grow = nn.Linear(HIDDEN, FIRST_MAPS * FIRST_SIDE**2)
        self.up1 = _double(FIRST_MAPS, 32)
        self.up2 = _double(32, 16)
        self.up3 = _double(16, 8)
        self.up4 = _double(8, 1)
        initialise_like_keras(self)

    def forward(self, codes: Codes) -> Images:
        """Return logits; their sigmoid is the grey value of each pixel."""
        hidden = self.dropout(self.hidden(codes).relu())
        maps = self.grow(hidden).unflatten(1, (FIRST_MAPS, FIRST_SIDE, FIRST_SIDE))
        maps = maps.contiguous(memory_format=torch.channels_last)
        for up in (self.up1, self.up2, self.up3):
            maps = F.relu(up(maps))
        return self.up4(maps)


def _double(n_in: int, n_out: int) -> nn.ConvTranspose2d:
    """Return an up-convolution that doubles the side."""
    return nn.ConvTranspose2d(n_in, n_out, 5, stride=2, padding=2, output_padding=1)
