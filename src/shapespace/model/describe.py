"""What a network consists of, layer by layer, measured on the real modules."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from shapespace.model.autoencoder import Autoencoder
from shapespace.model.ladder import LadderDecoder, LadderEncoder, Residual
from shapespace.model.published import SketchANet, UpConvDecoder
from shapespace.model.published_small import SmallSketchANet, SmallUpConvDecoder

Part = Literal["input", "encoder", "decoder"]
Activation = Literal["ReLU", "sigmoid"]

KINDS: dict[type[nn.Module], str] = {
    nn.Conv2d: "convolution",
    nn.ConvTranspose2d: "up-convolution",
    nn.MaxPool2d: "max-pooling",
    nn.Linear: "linear",
    nn.Unflatten: "reshape",
    nn.PixelShuffle: "pixel shuffle",
    Residual: "residual block",
}
"""How tables call the layers; batch normalisation and flattening belong to a neighbour."""


@dataclass(frozen=True, kw_only=True)
class LayerRow:
    """One layer as it stands in a table; sizes in pixels."""

    part: Part
    name: str
    kind: str
    kernel: int | None
    """Side of the kernel; None where there is none, as for all that follow."""
    stride: int | None
    padding: int | None
    output_padding: int | None
    output_shape: tuple[int, ...]
    """(channels, height, width) of maps, (units,) of vectors."""
    activation: Activation | None
    """What follows the layer. The decoder gives logits: the last sigmoid is the loss's."""
    dropout: float
    """Share of the outputs set to zero in training, after the activation."""
    n_parameters: int


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One layer with what belongs to it; a network is its stages one after the other."""

    part: Part
    name: str
    module: nn.Module
    activation: Activation | None = None
    dropout: float = 0.0

    def __call__(self, values: Tensor) -> Tensor:
        """Compute the stage as in use, without dropout; a last sigmoid is left to the loss."""
        values = self.module(values)
        return values.relu() if self.activation == "ReLU" else values


def stages(model: Autoencoder) -> list[Stage]:
    """Return the layers of a network in the order of the computation."""
    encoder, decoder = model.encoder, model.decoder
    if isinstance(encoder, SketchANet | SmallSketchANet):
        assert isinstance(decoder, UpConvDecoder | SmallUpConvDecoder)
        return _published_encoder(encoder) + _published_decoder(decoder)
    assert isinstance(encoder, LadderEncoder)
    assert isinstance(decoder, LadderDecoder)
    return _ladder_encoder(encoder) + _ladder_decoder(decoder)


@torch.no_grad()
def layer_rows(model: Autoencoder) -> list[LayerRow]:
    """Return a row for the input and for every layer of encoder and decoder.

    Output sizes come from a blank image that is sent through the layers one by one. The model
    stays as it is.
    """
    was_training = model.training
    model.eval()
    weight = next(model.parameters())
    values = torch.ones(1, 1, model.config.side, model.config.side, device=weight.device)
    rows = [_row(Stage(part="input", name="input", module=nn.Identity()), values)]
    for stage in stages(model):
        values = stage(values)
        rows.append(_row(stage, values))
    model.train(was_training)
    return rows


def count_parameters(rows: list[LayerRow]) -> dict[str, int]:
    """Return the number of trainable values of the encoder, of the decoder and of all."""
    counts = {
        part: sum(row.n_parameters for row in rows if row.part == part)
        for part in ("encoder", "decoder")
    }
    return counts | {"all": sum(counts.values())}


def _row(stage: Stage, output: Tensor) -> LayerRow:
    layers = [layer for layer in stage.module.modules() if type(layer) in KINDS]
    layer = layers[0] if layers else None
    normed = any(isinstance(module, nn.BatchNorm2d) for module in stage.module.modules())
    inner = layers[1] if isinstance(layer, Residual) else layer
    kind = KINDS[type(layer)] if layer is not None else "input"
    return LayerRow(
        part=stage.part,
        name=stage.name,
        kind=f"{kind}, batch norm" if normed else kind,
        kernel=_side(inner, "kernel_size"),
        stride=_side(inner, "stride"),
        padding=_side(inner, "padding"),
        output_padding=_side(inner, "output_padding")
        if isinstance(inner, nn.ConvTranspose2d)
        else None,
        output_shape=tuple(output.shape[1:]),
        activation=stage.activation,
        dropout=stage.dropout,
        n_parameters=sum(weight.numel() for weight in stage.module.parameters()),
    )


def _side(layer: nn.Module | None, name: str) -> int | None:
    """Return one side of a square property, such as the kernel's."""
    value = getattr(layer, name, None)
    return value[0] if isinstance(value, tuple) else value


def _published_encoder(encoder: SketchANet | SmallSketchANet) -> list[Stage]:
    def stage(name: str, module: nn.Module, **more) -> Stage:
        return Stage(part="encoder", name=name, module=module, **more)

    return [
        stage("conv1", encoder.conv1, activation="ReLU"),
        stage("pool1", encoder.pool),
        stage("conv2", encoder.conv2, activation="ReLU"),
        stage("pool2", encoder.pool),
        stage("conv3", encoder.conv3, activation="ReLU"),
        stage("conv4", encoder.conv4, activation="ReLU"),
        stage("conv5", encoder.conv5, activation="ReLU"),
        stage("pool5", encoder.pool),
        stage(
            "hidden",
            nn.Sequential(nn.Flatten(), encoder.hidden),
            activation="ReLU",
            dropout=encoder.dropout.p,
        ),
        stage("bottleneck", encoder.bottleneck),
    ]


def _published_decoder(decoder: UpConvDecoder | SmallUpConvDecoder) -> list[Stage]:
    def stage(name: str, module: nn.Module, **more) -> Stage:
        return Stage(part="decoder", name=name, module=module, **more)

    ups = [(n, layer) for n, layer in decoder.named_children() if n.startswith("up")]
    n_maps = decoder.up1.in_channels
    side = math.isqrt(decoder.grow.out_features // n_maps)
    return [
        stage("hidden", decoder.hidden, activation="ReLU", dropout=decoder.dropout.p),
        stage("grow", decoder.grow),
        stage("reshape", nn.Unflatten(1, (n_maps, side, side))),
        *(stage(name, up, activation="ReLU") for name, up in ups[:-1]),
        stage(ups[-1][0], ups[-1][1], activation="sigmoid"),
    ]


def _ladder_encoder(encoder: LadderEncoder) -> list[Stage]:
    groups = _up_to_each_relu(encoder.body)
    names = ["patches", *(f"down{number}" for number in range(1, len(groups)))]
    body = [
        Stage(part="encoder", name=name, module=group, activation="ReLU")
        for name, group in zip(names, groups, strict=True)
    ]
    code = nn.Sequential(nn.Flatten(), encoder.bottleneck)
    return [*body, Stage(part="encoder", name="bottleneck", module=code)]


def _ladder_decoder(decoder: LadderDecoder) -> list[Stage]:
    def stage(name: str, module: nn.Module, activation: Activation | None = None) -> Stage:
        return Stage(part="decoder", name=name, module=module, activation=activation)

    side = decoder.config.last_side
    reshape = nn.Unflatten(1, (decoder.config.channels[-1], side, side))
    first, *groups = _up_to_each_relu(decoder.body)
    found = [
        stage("grow", decoder.grow),
        stage("reshape", nn.Sequential(reshape, *first), "ReLU"),
    ]
    n_ups, n_blocks = 0, 0
    for group in groups:
        if isinstance(group[0], Residual):
            n_blocks += 1
            found.append(stage(f"block{n_blocks}", group, "ReLU"))
        else:
            n_ups += 1
            found.append(stage(f"up{n_ups}", group, "ReLU"))
    return [*found, stage("paint", decoder.paint), stage("join", decoder.join, "sigmoid")]


def _up_to_each_relu(body: nn.Module) -> list[nn.Sequential]:
    """Cut a stack of layers after each ReLU, which goes; residual blocks stand alone.

    A residual block ends with a ReLU of its own, to which a second one would do nothing.
    """
    groups, group = [], []
    for layer in body.children():
        if isinstance(layer, nn.ReLU):
            groups.append(nn.Sequential(*group))
            group = []
        elif isinstance(layer, Residual):
            groups.append(nn.Sequential(layer))
        else:
            group.append(layer)
    assert not group, "a stack of layers ends with a ReLU or a residual block"
    return groups
