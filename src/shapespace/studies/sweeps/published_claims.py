"""What the published study says in words, tested in a study of ours.

A statement about directions can be tested at another scale, where its numbers cannot be compared.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from shapespace.studies.sweeps.comparison import (
    LEVEL,
    Difference,
    Mean,
    contrast,
    corrected_mean,
    holm,
)
from shapespace.studies.sweeps.reproduction import matching_settings, published_part8
from shapespace.studies.sweeps.rows import lookup
from shapespace.studies.sweeps.summary import AGREEMENT, LOSS, Summary

ClaimVerdict = Literal["pass", "fail", "undecided", "not run"]

MARGIN = 0.1
"""What "hardly matters" is taken to mean: less than this share of the default's lead over the mean
image. The study names no margin; this one is ours."""

_PUBLISHED_SHARE = 1 / 3  # one fold tested, three taught


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement of the study as a weighted sum of settings and the sign it must have."""

    words: str
    measure: str
    weights: Mapping[str, float]
    """By published setting."""
    sign: int
    """-1 if the sum is to be below 0, 1 if above, 0 if it is to be negligible."""


@dataclass(frozen=True, kw_only=True)
class ClaimCheck:
    """One statement in the published numbers, and in ours."""

    claim: Claim
    published: Mean
    """From the published folds; without interval where only means were published."""
    ours: Difference | None
    """None if a setting is missing; `p_holm` is corrected over all statements with a sign."""
    verdict: ClaimVerdict


def _alone(words: str, setting: str, measure: str, sign: int) -> Claim:
    return Claim(
        words=words, measure=measure, weights={setting: 1.0, "default": -1.0}, sign=sign
    )


_BEST = "code size 512, encoder decay 0, no dropout"
_SMALLER = "code size 256, encoder decay 0, no dropout"
_DECAYED = [f"decoder decay {value}" for value in ("0.0002", "0.0005", "0.001", "0.002")]
_SIZES = {
    16: "code size 16", 32: "code size 32", 64: "code size 64", 128: "code size 128",
    256: "code size 256", 512: "default", 2048: "code size 2048",
}  # fmt: skip


def _slope() -> dict[str, float]:
    """Return weights whose sum is the least-squares slope of a score over doublings of the code."""
    steps = np.log2(list(_SIZES))
    centred = steps - steps.mean()
    weights = centred / (centred**2).sum()
    return dict(zip(_SIZES.values(), weights.tolist(), strict=True))


CLAIMS = (
    _alone("No encoder decay reconstructs better.", "encoder decay 0", LOSS, -1),
    _alone("No encoder dropout reconstructs better.", "encoder dropout off", LOSS, -1),
    _alone(
        "No encoder dropout agrees better with people.", "encoder dropout off", AGREEMENT, 1
    ),
    Claim(
        words="Neither of both gives more than the sum of the two gains.",
        measure=LOSS,
        weights={
            _BEST: 1.0,
            "encoder decay 0": -1.0,
            "encoder dropout off": -1.0,
            "default": 1.0,
        },
        sign=-1,
    ),
    _alone("Decoder dropout reconstructs worse.", "decoder dropout on", LOSS, 1),
    Claim(
        words="Decoder decay reconstructs worse (mean of four values).",
        measure=LOSS,
        weights=dict.fromkeys(_DECAYED, 1 / len(_DECAYED)) | {"default": -1.0},
        sign=1,
    ),
    _alone("More noise reconstructs worse (25 %).", "noise 0.25", LOSS, 1),
    _alone("More noise reconstructs worse (55 %).", "noise 0.55", LOSS, 1),
    _alone("More noise agrees less with people (25 %).", "noise 0.25", AGREEMENT, -1),
    _alone("More noise agrees less with people (55 %).", "noise 0.55", AGREEMENT, -1),
    *(
        Claim(
            words=f"Code size hardly matters for the loss ({size} units).",
            measure=LOSS,
            weights={name: 1.0, "default": -1.0},
            sign=0,
        )
        for size, name in _SIZES.items()
        if name != "default"
    ),
    Claim(
        words="Larger codes agree better with people (slope a doubling).",
        measure=AGREEMENT,
        weights=_slope(),
        sign=1,
    ),
    _alone("No decay and no dropout reconstructs better than the default.", _BEST, LOSS, -1),
    _alone("No decay and no dropout agrees better than the default.", _BEST, AGREEMENT, 1),
    Claim(
        words="Without both, 512 units reconstruct better than 256.",
        measure=LOSS,
        weights={_BEST: 1.0, _SMALLER: -1.0},
        sign=-1,
    ),
    Claim(
        words="Without both, 512 units agree better with people than 256.",
        measure=AGREEMENT,
        weights={_BEST: 1.0, _SMALLER: -1.0},
        sign=1,
    ),
)
"""The statements of the post, one test each."""

_COLUMNS = {LOSS: "bce", AGREEMENT: "tau_euclidean_optimised"}


def check_claims(summary: Summary) -> list[ClaimCheck]:
    """Test every statement in a study, paired by fold, with Holm's correction over all with a sign.

    A statement passes if the sum differs from 0 as it says, and fails if it differs the other
    way. "Hardly matters" passes if the whole interval lies within `MARGIN` of the default's lead
    over the mean image, and fails if it lies wholly outside.
    """
    settings = matching_settings(summary, published_part8())
    known = {one.name for one in summary.measures}
    found = [
        contrast(summary, one.measure, {settings[name]: w for name, w in one.weights.items()})
        if one.measure in known and set(one.weights) <= set(settings)
        else None
        for one in CLAIMS
    ]
    directed = [
        one.mean.p_value if one and claim.sign else math.nan
        for claim, one in zip(CLAIMS, found, strict=True)
    ]
    found = [
        one and replace(one, p_holm=p) for one, p in zip(found, holm(directed), strict=True)
    ]
    lead = _lead(summary)
    return [
        ClaimCheck(
            claim=claim,
            published=published_contrast(claim),
            ours=ours,
            verdict="not run" if ours is None else _verdict(claim, ours, MARGIN * lead),
        )
        for claim, ours in zip(CLAIMS, found, strict=True)
    ]


def published_contrast(claim: Claim) -> Mean:
    """Return what the published numbers make of a statement; folds were published of the loss."""
    published = published_part8()
    weights = np.array(list(claim.weights.values()))
    rows = published.loc[list(claim.weights)]
    if claim.measure == LOSS:
        folds = rows[[f"bce_fold_{fold}" for fold in range(5)]].to_numpy(dtype=float)
        return corrected_mean(weights @ folds, test_share=_PUBLISHED_SHARE)
    value = float(weights @ rows[_COLUMNS[claim.measure]].to_numpy(dtype=float))
    return Mean(value=value, low=math.nan, high=math.nan, p_value=math.nan, n_folds=5)


def _lead(summary: Summary) -> float:
    """Return how far the default is below the mean image in a run of ours, in nats; 0 at least."""
    reached = lookup(summary.results, "reconstruction.bce.value")
    nothing = lookup(summary.results, "reconstruction.bce_mean_image.value")
    return max(0.0, nothing - reached) if reached and nothing else 0.0


def _verdict(claim: Claim, ours: Difference, margin: float) -> ClaimVerdict:
    low, high = ours.mean.low, ours.mean.high
    if math.isnan(low):
        return "undecided" if ours.mean.n_folds else "not run"
    if claim.sign == 0:
        if -margin < low and high < margin:
            return "pass"
        return "fail" if low > margin or high < -margin else "undecided"
    if not ours.p_holm < LEVEL:
        return "undecided"
    return "pass" if ours.mean.value * claim.sign > 0 else "fail"
