"""Whether exported files give the numbers of the model they came from."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy import ndarray

from shapespace.arrays import CodeRows, Greys
from shapespace.errors import ShapespaceError
from shapespace.studies.walking.model_codec import ModelCodec

TOLERANCE = 1e-4
"""How far grey values may be off, and codes as a share of the largest: 100 times what rounding does."""
N_RANDOM = 64
"""Random codes that are drawn, beside those of the stimuli."""
CHUNK = 64
"""Images at a time, which bounds the memory."""


@dataclass(frozen=True, kw_only=True)
class Parity:
    """Largest absolute differences between the files, in ONNX Runtime, and the model in torch."""

    greys: float
    """Of grey values: stimuli redrawn through both files, and random codes drawn."""
    codes: float
    """Of units of the stimuli's codes."""
    codes_of_spread: float | None
    """The same as a share of the units' standard deviation over the stimuli; None if all have
    one code."""
    n_stimuli: int
    n_random_codes: int


def compare(codec: ModelCodec, encoder: bytes, decoder: bytes, images: Greys) -> Parity:
    """Compare exported files with a model.

    Random codes are normal, with the mean and standard deviation of every unit over the images.

    Args:
        codec: The model in torch.
        encoder: Content of the ONNX file from images to codes.
        decoder: Content of the ONNX file from codes to images.
        images: Pictures to encode and redraw, n x side x side.

    Raises:
        ShapespaceError: If they differ by more than rounding can explain.
    """
    encode, decode = _runner(encoder), _runner(decoder)
    codes = codec.encode(images)
    found = encode(images[:, None])
    mean, spread = codes.mean(axis=0), codes.std(axis=0)
    random = mean + spread * np.random.default_rng(0).normal(size=(N_RANDOM, len(mean)))
    redrawn = _furthest(decode(found)[:, 0], codec.decode(codes))
    drawn = _furthest(decode(random)[:, 0], codec.decode(random))
    off, typical = _furthest(found, codes), float(np.sqrt(np.mean(spread**2)))
    parity = Parity(
        greys=max(redrawn, drawn),
        codes=off,
        codes_of_spread=off / typical if typical else None,
        n_stimuli=len(images),
        n_random_codes=N_RANDOM,
    )
    _must_agree(parity, codes)
    return parity


def _must_agree(parity: Parity, codes: CodeRows) -> None:
    # Negated, so that a file that gives nan is refused, too.
    if not parity.greys <= TOLERANCE:
        raise ShapespaceError(
            f"The ONNX files draw other pictures than the model: grey values differ by up to "
            f"{parity.greys:.2g}, and {TOLERANCE:g} is allowed. Nothing was written."
        )
    if not parity.codes <= TOLERANCE * np.abs(codes).max():
        raise ShapespaceError(
            f"The ONNX encoder gives other codes than the model: units differ by up to "
            f"{parity.codes:.2g}, and {TOLERANCE:g} of the largest is allowed. Nothing was written."
        )


def _furthest(a: ndarray, b: ndarray) -> float:
    """Return the largest absolute difference."""
    return float(np.abs(a - b).max())


def _runner(content: bytes) -> Callable[[ndarray], ndarray]:
    """Return a function that computes what a file says, in ONNX Runtime on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(values: ndarray) -> ndarray:
        values = values.astype(np.float32)
        starts = range(0, len(values), CHUNK)
        parts = (session.run(None, {name: values[k : k + CHUNK]})[0] for k in starts)
        return np.concatenate([np.asarray(part) for part in parts])

    return run
