"""A trained model on disk: `config.json` and `model.safetensors`, nothing pickled."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save

from shapespace.data.writing import write_bytes, write_text
from shapespace.errors import BadInput
from shapespace.model.autoencoder import Autoencoder, ModelConfig


def save_model(model: Autoencoder, directory: Path) -> None:
    """Write a model's config and weights, each in one step."""
    tensors = {n: t.detach().cpu().contiguous() for n, t in model.state_dict().items()}
    write_text(directory / "config.json", json.dumps(asdict(model.config), indent=2) + "\n")
    write_bytes(directory / "model.safetensors", save(tensors))


def load_model(directory: Path, device: torch.device | None = None) -> Autoencoder:
    """Read a model for use: in evaluation mode, on `device` (the CPU by default).

    Raises:
        BadInput: If there is no model, or its files do not fit together.
    """
    try:
        config = TypeAdapter(ModelConfig).validate_json(
            (directory / "config.json").read_bytes()
        )
        tensors = load((directory / "model.safetensors").read_bytes())
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
