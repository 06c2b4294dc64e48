"""The autoencoder: an encoder and a decoder that share a code."""

from typing import Annotated

import torch
from pydantic import Field
from torch import nn

from shapespace.model.ladder import LadderConfig
from shapespace.model.published import PublishedConfig, initialise_like_keras
from shapespace.model.published_small import SmallPublishedConfig
from shapespace.tensors import Codes, Images

ModelConfig = Annotated[
    PublishedConfig | SmallPublishedConfig | LadderConfig, Field(discriminator="kind")
]
"""Every network a run can train; `kind` says which."""


class Autoencoder(nn.Module):
    """Draws an image again from its code.

    Attributes:
        config: How it was built.
        encoder: Images to codes.
        decoder: Codes to logits of images.
        head: Codes to logits of labels, one linear layer; None if no labels are told apart.
    """

    def __init__(
        self,
        config: PublishedConfig | SmallPublishedConfig | LadderConfig,
        *,
        seed: int = 0,
        n_labels: int = 0,
    ) -> None:
        """Build the network with fresh weights that depend on `seed` alone."""
        super().__init__()
        self.config = config
        with torch.random.fork_rng(devices=[]):
            # Weights begin on the CPU; torch.manual_seed would also seed every GPU.
            torch.default_generator.manual_seed(seed)
            self.encoder, self.decoder = config.build()
            self.head = nn.Linear(config.code_size, n_labels) if n_labels else None
            if self.head is not None:
                initialise_like_keras(self.head)

    def forward(self, images: Images) -> Images:
        """Return logits of the reconstructions; their sigmoid is a grey value each."""
        return self.decoder(self.encoder(images))

    @torch.no_grad()
    def encode(self, images: Images) -> Codes:
        """Return the codes of images (0 ink, 1 paper), without gradients."""
        return self.encoder(images)

    @torch.no_grad()
    def decode(self, codes: Codes) -> Images:
        """Return grey values in [0, 1] for codes, without gradients."""
        return self.decoder(codes).sigmoid()
