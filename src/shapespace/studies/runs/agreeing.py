"""How far the distances between a run's codes follow people, beside what they must be held to."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from shapespace.arrays import Matrix, Scans
from shapespace.data.augmentation import plain_maps, warp
from shapespace.data.builtin import drawings_set
from shapespace.data.packed import PackedSet
from shapespace.data.ratings import published_dissimilarities
from shapespace.evaluation.pairs.distances import Kind
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


@dataclass(frozen=True, eq=False, kw_only=True)
class RatedCodes:
    """Codes of the rated drawings: of a run, and of what it must be held to."""

    ids: list[str]
    """Of the rows."""
    run: Matrix
    untrained: Matrix
    """By the same network with its first weights."""
    scans: Scans
    pixel_search: pd.DataFrame
    """Agreement of blocks of pixels with people, best first; see `evaluation.people.baselines`."""
    stand_in: bool

    def pixels(self, distance: Kind | None = None) -> tuple[Matrix, dict[str, Any]]:
        """Return the blocks of pixels that agree best with people, and what they are.

        Args:
            distance: In which they agree best; in any if not given.
        """
        n_blocks = -(-self.scans.shape[1] // self.pixel_search["block"])
        fit = n_blocks**2 <= MOST_PIXEL_UNITS
        if distance is not None:
            fit &= self.pixel_search["distance"] == distance
        best = self.pixel_search[fit].iloc[0]
        choice = {
            "block": int(best["block"]),
            "reduction": best["reduction"],
            "distance": best["distance"],
            "note": "chosen for its agreement with the same ratings, so a generous baseline",
        }
        return pixel_codes(self.scans, choice["block"], choice["reduction"]), choice


def rated_codes(model: Autoencoder, config: RunConfig, device: torch.device) -> RatedCodes:
    """Encode the 60 drawings by a trained network, by the same untrained one, and as pixels."""
    drawings = drawings_set(config.data.side)
    ids = drawings.table["id"].tolist()
    images = rated_images(drawings, config.data.side, device)
    untrained = Autoencoder(config.model, seed=config.seed).to(device).eval()
    scans = (images[:, 0] * 255).round().byte().cpu().numpy()
    ratings = published_dissimilarities()
    return RatedCodes(
        ids=ids,
        run=codes_of(model, images),
        untrained=codes_of(untrained, images),
        scans=scans,
        pixel_search=pixel_search(scans[[ids.index(item) for item in ratings.items]], ratings),
        stand_in=drawings.info.stand_in,
    )


def human_agreement(
    codes: RatedCodes,
    config: RunConfig,
    *,
    held_out: list[str],
    folds: dict[str, int] | None,
    generator: np.random.Generator,
) -> dict[str, Any]:
    """Set the codes of the 60 drawings against the published dissimilarities.

    Args:
        codes: Of a run and its baselines.
        config: Of the run; the protocol decides how weights of units are cross-validated.
        held_out: Drawings that neither trained the run nor chose its snapshot.
        folds: Fold of every drawing; None if the run was not trained on them.
        generator: Source of the bootstrap and of the shuffling.

    Returns:
        What stands under `human` in the results.
    """
    pixels, choice = codes.pixels()
    found = agreement(
        codes.run,
        published_dissimilarities(),
        items=codes.ids,
        held_out=held_out,
        protocol=config.protocol,
        generator=generator,
        folds=folds,
        baselines={"untrained": codes.untrained, "pixels": pixels},
        stand_in=codes.stand_in,
    )
    found["baselines"]["pixels"]["choice"] = choice
    return found
