"""The published network as one would write it down in PyTorch at first, to compare with."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.candidates import Pace

LEVEL = 0.1
"""Share of pixels that noise hits, as in the published setting."""


class PlainAutoencoder(nn.Module):
    """The layers of `published-best`, one after the other, ending in a sigmoid."""

    def __init__(self, code_size: int = 512) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 64, 15, stride=3),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(64, 128, 5),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(128, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Flatten(),
            nn.Linear(256 * 6 * 6, 512),
            nn.ReLU(),
            nn.Linear(512, code_size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code_size, 512),
            nn.ReLU(),
            nn.Linear(512, 128 * 3 * 3),
            nn.Unflatten(1, (128, 3, 3)),
            nn.ConvTranspose2d(128, 128, 5),
            nn.ReLU(),
            *_double(128, 64),
            *_double(64, 32),
            *_double(32, 16),
            *_double(16, 8),
            nn.ConvTranspose2d(8, 1, 5, stride=2, padding=2, output_padding=1),
            nn.Sigmoid(),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return the grey values of the reconstructions."""
        return self.decoder(self.encoder(images))


def _double(n_in: int, n_out: int) -> tuple[nn.Module, nn.Module]:
    return nn.ConvTranspose2d(n_in, n_out, 5, stride=2, padding=2, output_padding=1), nn.ReLU()


def step(model: nn.Module, optimizer: torch.optim.Optimizer, clean: Tensor) -> float:
    """Take one training step; return the loss.

    As in the published setting, one mask of noise is laid over the whole minibatch.
    """
    draw = torch.rand(1, *clean.shape[1:])
    noisy = clean.clone()
    noisy[:, draw[0] < LEVEL / 2] = 0.0
    noisy[:, draw[0] > 1 - LEVEL / 2] = 1.0
    loss = F.binary_cross_entropy(model(noisy), clean)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def training(pace: Pace, *, batch: int) -> None:
    """Train on one stored minibatch, over and over."""
    from benchmarks.images import stored_images

    torch.manual_seed(0)
    clean = torch.from_numpy(stored_images(batch, 224))
    model = PlainAutoencoder()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    pace()
    while True:
        loss = step(model, optimizer, clean)
        pace(loss=loss)
