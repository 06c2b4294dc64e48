"""A trained model on disk: `config.json` and its weights as safetensors, nothing pickled.

The weights lie in `model.safetensors`, or apart in `encoder.safetensors` and `decoder.safetensors`.
"""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from shapespace.data.writing import write_bytes, write_text
from shapespace.errors import BadInput
from shapespace.model.autoencoder import Autoencoder, ModelConfig

WHOLE = "model.safetensors"
HALVES = ("encoder", "decoder")


def save_model(model: Autoencoder, directory: Path) -> None:
    """Write a model's config and weights, each in one step."""
    _save_config(model, directory)
    write_bytes(directory / WHOLE, save(_tensors(model)))


def save_halves(model: Autoencoder, directory: Path, metadata: dict[str, str]) -> None:
    """Write a model's config, and its encoder and its decoder apart; a head is left out.

    Args:
        model: The model.
        directory: Where the files go.
        metadata: What each file says of itself.
    """
    _save_config(model, directory)
    for part in HALVES:
        content = save(_tensors(getattr(model, part)), {"part": part, **metadata})
        write_bytes(directory / f"{part}.safetensors", content)


def _save_config(model: Autoencoder, directory: Path) -> None:
    write_text(directory / "config.json", json.dumps(asdict(model.config), indent=2) + "\n")


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    return {n: t.detach().cpu().contiguous() for n, t in module.state_dict().items()}


def load_model(directory: Path, device: torch.device | None = None) -> Autoencoder:
    """Read a model for use: in evaluation mode, on `device` (the CPU by default).

    Raises:
        BadInput: If there is no model, or its files do not fit together.
    """
    try:
        config = TypeAdapter(ModelConfig).validate_json(
            (directory / "config.json").read_bytes()
        )
        tensors = _read_weights(directory)
        head = tensors.get("head.weight")
        model = Autoencoder(config, n_labels=0 if head is None else len(head))
        model.load_state_dict(tensors)
    except FileNotFoundError as error:
        raise BadInput(
            f"There is no trained model in {directory}: {Path(error.filename).name} is missing."
        ) from error
    except ValidationError as error:
        raise BadInput(
            f"The model in {directory} cannot be read: its config.json is damaged or was "
            "written by another version of shapespace."
        ) from error
    except RuntimeError as error:
        raise BadInput(
            f"The model in {directory} cannot be read: its weights do not fit its config.json."
        ) from error
    except (SafetensorError, OSError) as error:
        raise BadInput(f"The model in {directory} cannot be read: {error}.") from error
    model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.eval()


def _read_weights(directory: Path) -> dict[str, Tensor]:
    """Read the weights of a whole model, from one file or from those of its halves."""
    halves = {part: directory / f"{part}.safetensors" for part in HALVES}
    if (directory / WHOLE).is_file() or not halves["encoder"].is_file():
        return load((directory / WHOLE).read_bytes())
    return {
        f"{part}.{name}": tensor
        for part, file in halves.items()
        for name, tensor in load(file.read_bytes()).items()
    }
