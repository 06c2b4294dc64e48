"""The published autoencoder: a Sketch-a-Net encoder and an up-convolutional decoder."""

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from shapespace.model.winograd import winograd_conv2d
from shapespace.tensors import Codes, Images

STRICT = ConfigDict(extra="forbid")
CodeSize = Annotated[int, Field(ge=1, le=65536)]
SIDE = 224
"""Side of the images in pixels; the layers fit no other."""
HIDDEN = 512
"""Units of the fully connected layers beside the bottleneck."""
DROPOUT = 0.5
FIRST_MAPS, FIRST_SIDE = 128, 3
"""Channels and side of the maps the decoder starts from: 128 x 3 x 3 = 1,152 units."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PublishedConfig:
    """The study's network. Equal configs give equal shapes."""

    kind: Literal["published"] = "published"
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
        return SketchANet(self), UpConvDecoder(self)


class SketchANet(nn.Module):
    """Five convolutions and two linear layers; no normalisation.

    Reference:
        Yu et al. (2017), "Sketch-a-Net: a Deep Neural Network that Beats Humans", IJCV 122, in
        the reduced form of Bechberger's study (one bottleneck, no local normalisation).
    """

    def __init__(self, config: PublishedConfig) -> None:
        super().__init__()
        self.config = config
        self.conv1 = nn.Conv2d(1, 64, 15, stride=3)
        self.conv2 = nn.Conv2d(64, 128, 5)
        self.conv3 = nn.Conv2d(128, 256, 3, padding=1)
        self.conv4 = nn.Conv2d(256, 256, 3, padding=1)
        self.conv5 = nn.Conv2d(256, 256, 3, padding=1)
        self.pool = nn.MaxPool2d(3, stride=2)
        self.hidden = nn.Linear(256 * 6 * 6, HIDDEN)
        self.dropout = nn.Dropout(DROPOUT if config.encoder_dropout else 0.0)
        self.bottleneck = nn.Linear(HIDDEN, config.code_size)
        initialise_like_keras(self)

    def forward(self, images: Images) -> Codes:
        """Return the code of every 224 x 224 image."""
        # Pooling before the ReLU gives the same values for a quarter of the comparisons.
        maps = self.pool(self._first(images)).relu()
        maps = self.pool(self._convolve(self.conv2, maps)).relu()
        maps = self._convolve(self.conv3, maps).relu()
        maps = self._convolve(self.conv4, maps).relu()
        maps = self.pool(self._convolve(self.conv5, maps)).relu()
        hidden = self.hidden(maps.flatten(1)).relu()
        return self.bottleneck(self.dropout(hidden))

    def _first(self, images: Images) -> Tensor:
        """Apply the first layer, by the faster way except in a graph that others compute."""
        if torch.compiler.is_exporting():
            return self.conv1(images)
        return conv_in_blocks(images, self.conv1.weight, self.conv1.bias, 3)

    def _convolve(self, layer: nn.Conv2d, maps: Tensor) -> Tensor:
        """Apply a layer, in training on a CPU by the faster algorithm (equal to rounding)."""
        if self.training and maps.device.type == "cpu":
            padding = layer.padding[0]
            assert isinstance(padding, int)
            return winograd_conv2d(maps, layer.weight, layer.bias, padding=padding)
        return layer(maps)


class UpConvDecoder(nn.Module):
    """Two linear layers, then six up-convolutions from 3 x 3 to 224 x 224 pixels.

    Reference:
        Dosovitskiy & Brox (2016), "Inverting Visual Representations with Convolutional
        Networks", CVPR; sizes as in the study's Part 8, whose layer list we inferred (1.5 M
        parameters).
    """

    def __init__(self, config: PublishedConfig) -> None:
        super().__init__()
        self.config = config
        self.hidden = nn.Linear(config.code_size, HIDDEN)
        self.dropout = nn.Dropout(DROPOUT if config.decoder_dropout else 0.0)
        self.grow = nn.Linear(HIDDEN, FIRST_MAPS * FIRST_SIDE**2)
        self.up1 = nn.ConvTranspose2d(FIRST_MAPS, 128, 5)
        self.up2 = _double(128, 64)
        self.up3 = _double(64, 32)
        self.up4 = _double(32, 16)
        self.up5 = _double(16, 8)
        self.up6 = _double(8, 1)
        initialise_like_keras(self)

    def forward(self, codes: Codes) -> Images:
        """Return logits; their sigmoid is the grey value of each pixel."""
        hidden = self.dropout(self.hidden(codes).relu())
        maps = self.grow(hidden).unflatten(1, (FIRST_MAPS, FIRST_SIDE, FIRST_SIDE))
        maps = maps.contiguous(memory_format=_layout(self.up1.weight))
        for up in (self.up1, self.up2, self.up3, self.up4, self.up5):
            maps = F.relu(up(maps))
        return self.up6(maps)


def conv_in_blocks(images: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    """Return `F.conv2d(images, weight, bias, stride)` by way of blocks of pixels.

    Blocks of stride x stride pixels become channels, so that a wide kernel with a stride on one
    channel turns into a small one without on several: the same sums, in less time. The kernel's
    side must be a multiple of the stride.
    """
    n_out, n_in, side, _ = weight.shape
    blocks = side // stride
    n_steps = [(length - side) // stride + blocks for length in images.shape[2:]]
    cropped = images[:, :, : n_steps[0] * stride, : n_steps[1] * stride]
    kernel = weight.reshape(n_out, n_in, blocks, stride, blocks, stride)
    kernel = kernel.permute(0, 1, 3, 5, 2, 4).reshape(n_out, n_in * stride**2, blocks, blocks)
    channels = F.pixel_unshuffle(cropped, stride).contiguous(memory_format=torch.channels_last)
    return F.conv2d(channels, kernel.contiguous(memory_format=torch.channels_last), bias)


def _double(n_in: int, n_out: int) -> nn.ConvTranspose2d:
    """Return an up-convolution that doubles the side ("same" padding)."""
    return nn.ConvTranspose2d(n_in, n_out, 5, stride=2, padding=2, output_padding=1)


def _layout(weight: Tensor):
    """Return the memory layout of a layer, so that maps arrive in it."""
    channels_last = weight.is_contiguous(memory_format=torch.channels_last)
    return torch.channels_last if channels_last else torch.contiguous_format


def initialise_like_keras(module: nn.Module) -> None:
    """Set Glorot-uniform weights and zero biases in every layer, the study's defaults.

    Reference:
        Glorot & Bengio (2010), "Understanding the Difficulty of Training Deep Feedforward
        Neural Networks", AISTATS.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.xavier_uniform_(layer.weight)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
