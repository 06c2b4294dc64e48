"""The model card: what a trained model is, in a page for whoever finds it later."""

from typing import Any

from shapespace.studies.runs.config import RunConfig


def model_card(config: RunConfig, record: dict[str, Any]) -> str:
    """Return the text of `model/README.md`.

    Args:
        config: The run's config.
        record: Its provenance, with the summary.
    """
    summary = record["summary"]
    data = "\n".join(
        f"- {name}: {values['images_per_batch']} images a minibatch"
        + (f", SHA-256 {values['sha256'][:16]}…" if "sha256" in values else "")
        + (f", {values['licence']}" if values.get("licence") else "")
        + (" (stand-ins for the rated drawings)" if values.get("stand_in") else "")
        for name, values in record["data"].items()
    )
    noise = ", ".join(f"{level:.0%}" for level in config.data.noise.levels)
    return f"""# A shapespace autoencoder

Recipe {config.recipe!r}, protocol {config.protocol!r}, fold {config.fold}, seed {config.seed}.

- Input: {config.data.side} x {config.data.side} grey images, 0 is ink, 1 is paper.
- Code: {config.model.code_size} units.
- Trained on {summary["n_images"]:,} images with salt-and-pepper noise of {noise}.
- Snapshot: epoch {summary["best_epoch"]}, lowest validation {summary["selection"]},
  {summary["best_value"]:.5f} nats a pixel.
- Versions: shapespace {record["versions"]["shapespace"]}, torch {record["versions"]["torch"]}.

## Data

{data}

## Files

`config.json` says how the network is built, `model.safetensors` holds its weights. Nothing is
pickled. Read them with `shapespace.training.snapshot.load_model(directory)`.

## Limits

The model knows line drawings on white paper. Its codes are compared with people in the run's
`results.json`; a score of stimuli seen in training is named so there.
"""
