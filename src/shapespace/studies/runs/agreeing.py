"""How far the distances between a run's codes follow people, beside what they must be held to."""

from typing import Any

import numpy as np
import torch

from shapespace.arrays import Matrix
from shapespace.data.augmentation import plain_maps, warp
from shapespace.data.builtin import drawings_set
from shapespace.data.packed import PackedSet
from shapespace.data.ratings import published_dissimilarities
from shapespace.evaluation.people.baselines import pixel_codes, pixel_search
from shapespace.evaluation.people.human import agreement
from shapespace.model.autoencoder import Autoencoder
from shapespace.studies.runs.config import RunConfig
from shapespace.tensors import Images

MOST_PIXEL_UNITS = 4096
"""Blocks of pixels in the baseline at most; fitting weights to more takes minutes and says no more."""


def rated_images(drawings: PackedSet, side: int, device: torch.device) -> Images:
    """Return the rated stimuli as people saw them: clean, whole, unaugmented, only resized."""
    scans = torch.from_numpy(drawings.gather(np.arange(len(drawings)))).to(device)
    maps = plain_maps(len(drawings), side=side, stored_side=drawings.info.side)
    return warp(scans, maps, side)


def codes_of(model: Autoencoder, images: Images, *, chunk: int = 32) -> Matrix:
    """Return the code of every image in float64, all units."""
    codes = [model.encode(part).double().cpu() for part in images.split(chunk)]
    return torch.cat(codes).numpy()


def human_agreement(
    model: Autoencoder,
    config: RunConfig,
    *,
    held_out: list[str],
    folds: dict[str, int] | None,
    device: torch.device,
    generator: np.random.Generator,
) -> tuple[dict[str, Any], list[str], Matrix]:
    """Set the codes of the 60 drawings against the published dissimilarities.

    Args:
        model: The trained network.
        config: Its config; the protocol decides how weights of units are cross-validated.
        held_out: Drawings that neither trained the run nor chose its snapshot.
        folds: Fold of every drawing; None if the run was not trained on them.
        device: Where to encode.
        generator: Source of the bootstrap and of the shuffling.

    Returns:
        What stands under `human` in the results, the ids of the drawings, and their codes.
    """
    drawings = drawings_set(config.data.side)
    ids = drawings.table["id"].tolist()
    images = rated_images(drawings, config.data.side, device)
    codes = codes_of(model, images)
    untrained = Autoencoder(config.model, seed=config.seed).to(device).eval()
    ratings = published_dissimilarities()
    order = [ids.index(item) for item in ratings.items]
    scans = (images[:, 0] * 255).round().byte().cpu().numpy()
    search = pixel_search(scans[order], ratings)
    n_blocks = -(-config.data.side // search["block"])
    best = search[n_blocks**2 <= MOST_PIXEL_UNITS].iloc[0]
    found = agreement(
        codes,
        ratings,
        items=ids,
        held_out=held_out,
        protocol=config.protocol,
        generator=generator,
        folds=folds,
        baselines={
            "untrained": codes_of(untrained, images),
            "pixels": pixel_codes(scans, int(best["block"]), best["reduction"]),
        },
        stand_in=drawings.info.stand_in,
    )
    found["baselines"]["pixels"]["choice"] = {
        "block": int(best["block"]),
        "reduction": best["reduction"],
        "distance": best["distance"],
        "note": "chosen for its agreement with the same ratings, so a generous baseline",
    }
    return found, ids, codes
