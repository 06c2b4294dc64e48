"""Reconstruction measures of a whole set: one row an image, then means with intervals."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import N_DRAWS, Estimate, cluster_bootstrap, estimate
from shapespace.evaluation.definitions import RECONSTRUCTION
from shapespace.evaluation.pictures import reconstruction
from shapespace.evaluation.pictures.ssim import ssim
from shapespace.evaluation.pictures.strokes import stroke_scores
from shapespace.tensors import Images

MEASURES = tuple(name for name in RECONSTRUCTION if name != "explained")
"""The measures that every image has by itself."""


def score_images(
    reconstruct: Callable[[Images], Images],
    clean: Images,
    noisy: Images,
    mean_image: Float[Tensor, "1 height width"],
    stimuli: Sequence[str],
    sources: Sequence[str],
    *,
    noise_level: float,
    chunk: int = 32,
) -> pd.DataFrame:
    """Reconstruct the noisy images and measure each result against its clean image.

    Args:
        reconstruct: Returns logits for images; dropout and the like must be switched off.
        clean: Grey values in [0, 1], 0 is ink.
        noisy: The same images as the network sees them.
        mean_image: Mean of the training images, the reference for knowing nothing.
        stimuli: The stimulus of each image; copies share it.
        sources: The collection that each image comes from.
        noise_level: Share of the pixels hit in `noisy`, for the table.
        chunk: Images at a time, which bounds the memory.

    Returns:
        One row an image: `stimulus`, `source`, `noise_level`, and the `MEASURES`.

    Raises:
        BadInput: If there are no images, or a reconstruction holds values that are no numbers.
    """
    assert len(clean) == len(noisy) == len(stimuli) == len(sources)
    if len(clean) == 0:
        raise BadInput("There are no images to score. Choose a set or fold that holds some.")
    parts = []
    with torch.inference_mode():
        for start in range(0, len(clean), chunk):
            target, seen = clean[start : start + chunk], noisy[start : start + chunk]
            logits = reconstruct(seen).float()  # half precision would blur the measures
            broken = (~logits.isfinite()).flatten(1).any(dim=1)
            if broken.any():
                which = stimuli[start + int(broken.int().argmax())]
                raise BadInput(
                    f"The reconstruction of {which!r} holds values that are no numbers. "
                    "Check that the training of this run went well."
                )
            parts.append(_measure(logits, target, seen, mean_image))
    named = {"stimulus": list(stimuli), "source": list(sources), "noise_level": noise_level}
    measured = {name: torch.cat([part[name] for part in parts]).cpu() for name in MEASURES}
    return pd.DataFrame(named | {name: v.double().numpy() for name, v in measured.items()})


def _measure(
    logits: Images, clean: Images, noisy: Images, mean_image: Float[Tensor, "1 height width"]
) -> dict[str, Float[Tensor, " batch"]]:
    """Return each of `MEASURES` for a chunk of images."""
    drawn = logits.sigmoid()
    strokes = stroke_scores(drawn, clean)
    return {
        "bce": reconstruction.bce(logits, clean),
        "bce_mean_image": reconstruction.bce_of_grey(mean_image, clean),
        "bce_noisy_input": reconstruction.bce_of_grey(noisy, clean),
        "bce_floor": reconstruction.entropy_floor(clean),
        "ink_bce": reconstruction.ink_weighted_bce(logits, clean),
        "stroke_precision": strokes.precision,
        "stroke_recall": strokes.recall,
        "stroke_f1": strokes.f1,
        "ssim": ssim(drawn, clean),
    }


def summarise(
    table: pd.DataFrame, generator: np.random.Generator, *, n_draws: int = N_DRAWS
) -> dict[str, Any]:
    """Average the rows of `score_images`, with 95 % intervals over stimuli.

    Args:
        table: Rows of any number of noise levels and sources.
        generator: Source of the randomness of the bootstrap.
        n_draws: Bootstrap draws an interval.

    Returns:
        Ready for JSON. `noise_level`: the lowest level in the table; then for that level and
        all sources together each of `definitions.RECONSTRUCTION` as `{value, low, high, n,
        n_images}`, `n` being the stimuli that have the measure, and `collapsed`: whether the
        run fails to beat the mean image; `by_source`: the same for each source;
        `by_noise_level`: all of this for each level, keyed as "0", "0.1". What is not defined,
        such as an interval over one stimulus, is None.
    """
    levels = {
        f"{level:g}": _summarise_level(rows, generator, n_draws)
        for level, rows in table.groupby("noise_level", sort=True)
    }
    lowest = next(iter(levels))
    return {"noise_level": float(lowest), **levels[lowest], "by_noise_level": levels}


def collapsed(explained: Estimate) -> bool:
    """Tell whether a run fails to beat the mean image: its interval reaches down to 0.

    Where there is no interval the value itself is asked.
    """
    bound = explained.value if math.isnan(explained.low) else explained.low
    return bool(bound <= 0)


def _summarise_level(
    table: pd.DataFrame, generator: np.random.Generator, n_draws: int
) -> dict[str, Any]:
    by_source = {
        str(source): _estimates(rows, generator, n_draws)
        for source, rows in table.groupby("source", sort=True)
    }
    return {**_estimates(table, generator, n_draws), "by_source": by_source}


def _estimates(
    table: pd.DataFrame, generator: np.random.Generator, n_draws: int
) -> dict[str, Any]:
    """Return every measure of these rows, and whether they show a collapsed run."""
    stimuli = table.groupby(["source", "stimulus"]).ngroup()  # ids may repeat over sources
    means = cluster_bootstrap(
        table[list(MEASURES)].to_numpy(),
        stimuli.to_numpy(),
        generator=generator,
        n_draws=n_draws,
    )
    found = {
        name: estimate(
            means.observed[column], means.draws[:, column], int(means.n_stimuli[column])
        )
        for column, name in enumerate(MEASURES)
    }
    of = [MEASURES.index(name) for name in ("bce", "bce_mean_image", "bce_floor")]
    together = np.vstack([means.observed, means.draws])[:, of]
    share, *shares = reconstruction.explained(*together.T)
    found["explained"] = estimate(share, np.array(shares), int(means.n_stimuli[of[0]]))
    n_images = table[list(MEASURES)].notna().sum().to_dict() | {"explained": len(table)}
    return {
        **{name: _as_json(found[name], int(n_images[name])) for name in RECONSTRUCTION},
        "collapsed": collapsed(found["explained"]),
    }


def _as_json(found: Estimate, n_images: int) -> dict[str, float | int | None]:
    numbers = asdict(found) | {"n_images": n_images}
    return {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in numbers.items()
    }
