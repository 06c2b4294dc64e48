"""A model behind arrays: pictures to codes and back, with what is wrong said in plain words."""

import numpy as np
import torch
from numpy import ndarray

from shapespace.arrays import CodeRows, Greys
from shapespace.errors import BadInput
from shapespace.model.autoencoder import Autoencoder
from shapespace.walks.codec import Pull

_CHUNK = 64  # images at a time, which bounds the memory


class ModelCodec:
    """Encodes and decodes numpy arrays by a trained model, in chunks, on the model's device."""

    def __init__(self, model: Autoencoder) -> None:
        """Take a model that is ready for use."""
        self.model = model
        self.side, self.code_size = model.config.side, model.config.code_size
        self._device = next(model.parameters()).device

    @torch.inference_mode()
    def encode(self, images: ndarray) -> CodeRows:
        """Return the code of every picture.

        Raises:
            BadInput: If the pictures have another side, or values outside [0, 1].
        """
        images = np.asarray(images)
        if images.ndim != 3 or images.shape[1:] != (self.side, self.side):
            raise BadInput(
                f"This run takes pictures as an array n x {self.side} x {self.side}, got "
                f"{' x '.join(map(str, images.shape))}. `.images(FILE)` reads and resizes files."
            )
        if images.size and not (images.min() >= 0 and images.max() <= 1):
            raise BadInput(
                "Grey values must lie between 0 (ink) and 1 (paper), got "
                f"{images.min()} to {images.max()}. Divide bytes by 255."
            )
        parts = torch.from_numpy(images.astype(np.float32))[:, None].split(_CHUNK)
        codes = [self.model.encoder(part.to(self._device)).cpu() for part in parts]
        return torch.cat(codes).double().numpy()

    @torch.inference_mode()
    def decode(self, codes: ndarray) -> Greys:
        """Return the picture of every code.

        Raises:
            BadInput: If the codes have another number of units, or are not finite.
        """
        parts = torch.from_numpy(self._usable(codes)).split(_CHUNK)
        drawn = [self.model.decoder(part.to(self._device)).sigmoid().cpu() for part in parts]
        return torch.cat(drawn)[:, 0].numpy()

    def decode_and_pull(self, codes: ndarray) -> tuple[Greys, Pull]:
        """Return the pictures of a few codes, all at once, and the gradient by the codes; see
        `SmoothCodec`.

        Raises:
            BadInput: As `decode` does.
        """
        given = torch.from_numpy(self._usable(codes)).to(self._device).requires_grad_()
        drawn = self.model.decoder(given).sigmoid()[:, 0]

        def pull(forces: ndarray) -> CodeRows:
            wanted = torch.from_numpy(forces.astype(np.float32)).to(self._device)
            (gradient,) = torch.autograd.grad(drawn, given, wanted, retain_graph=True)
            return gradient.cpu().double().numpy()

        return drawn.detach().cpu().numpy(), pull

    def _usable(self, codes: ndarray) -> CodeRows:
        codes = np.asarray(codes)
        if codes.ndim != 2 or codes.shape[1] != self.code_size:
            raise BadInput(
                f"Codes of this run are an array n x {self.code_size}, got "
                f"{' x '.join(map(str, codes.shape))}."
            )
        if not np.isfinite(codes).all():
            raise BadInput("Codes must be finite numbers.")
        return codes.astype(np.float32)
