"""A study of our own beside the published one: number by number, where that is fair."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import pandas as pd

from shapespace.studies.sweeps.comparison import Mean
from shapespace.studies.sweeps.rows import lookup
from shapespace.studies.sweeps.settings import setting_scores
from shapespace.studies.sweeps.summary import LOSS, Summary, plain_value

Verdict = Literal["pass", "fail", "not comparable", "not run"]

KEYS = {
    "code_size": "model.code_size",
    "l2_encoder": "training.l2_encoder",
    "l2_decoder": "training.l2_decoder",
    "encoder_dropout": "model.encoder_dropout",
    "decoder_dropout": "model.decoder_dropout",
    "noise": "data.noise.levels",
}
"""What the published study varied, and where it stands in our configs."""

BCE_TOLERANCE, TAU_TOLERANCE = 0.004, 0.025
"""How far two means of five folds lie apart by chance in 19 of 20 cases, if folds spread as those
of the published default do (standard deviations .0023 and .0148): 2.31 SD sqrt(2 / 5), rounded up."""

N_IMAGES = 200 * 800_128
"""Training images of a published run."""

_TAUS = {
    f"tau_{distance}_{weights}": f"human.{distance}.{weights}.kendall_tau_b"
    for distance in ("euclidean", "manhattan", "inner_product")
    for weights in ("fixed", "optimised")
}

NUMBERS = {"bce": LOSS, **_TAUS}
"""The published numbers that we measure too, and where they stand in our results."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One published number and ours."""

    setting: str
    """The published setting."""
    number: str
    """Name of the column in the published table."""
    published: float
    ours: Mean | None
    """None if the study has no such setting, or none of its runs is finished."""
    tolerance: float
    verdict: Verdict
    why: str
    """Empty unless the two cannot be compared."""

    @property
    def difference(self) -> float:
        """Ours minus published; nan without ours."""
        return math.nan if self.ours is None else self.ours.value - self.published


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """The published study beside one of ours."""

    study: str
    deviations: list[str]
    """In what the study differs from the published one, in words; a fair comparison has none."""
    checks: list[Check]
    settings: dict[str, str]
    """Our setting for each published one that we have."""


def published_part8() -> pd.DataFrame:
    """Return the published results, one row a setting; see `published/SOURCE.md`."""
    file = files("shapespace.studies").joinpath("published/part8.csv")
    with file.open() as stream:
        return pd.read_csv(stream).set_index("setting", drop=False)


def beside_published(summary: Summary) -> Reproduction:
    """Set a study beside the published one.

    Each number is compared only if the study kept to the published protocol: the same images,
    network and length of training. Else the verdict is "not comparable", and `why` tells.
    """
    published = published_part8()
    settings = matching_settings(summary, published)
    found = deviations(summary)
    known = {one.name for one in summary.measures}
    checks = []
    for number, measure in NUMBERS.items():
        means = {
            one.setting: one.mean
            for one in (setting_scores(summary, measure) if measure in known else [])
        }
        values = published[number].to_numpy(dtype=float).tolist()
        for label, value in zip(published["setting"].tolist(), values, strict=True):
            ours = means.get(settings.get(label, ""))
            checks.append(_check(label, number, value, ours, found))
    return Reproduction(study=summary.name, deviations=found, checks=checks, settings=settings)


def _check(
    label: str, number: str, published: float, ours: Mean | None, deviating: list[str]
) -> Check:
    tolerance = BCE_TOLERANCE if number == "bce" else TAU_TOLERANCE
    verdict: Verdict
    why = ""
    if ours is None or not ours.n_folds:
        ours, verdict, why = None, "not run", "no finished run of this setting has the number"
    elif deviating:
        verdict, why = "not comparable", "; ".join(deviating)
    elif ours.n_folds < 5:
        verdict, why = "not comparable", f"only {ours.n_folds} of 5 folds are finished"
    else:
        verdict = "pass" if abs(ours.value - published) <= tolerance else "fail"
    return Check(
        setting=label, number=number, published=published, ours=ours,
        tolerance=tolerance, verdict=verdict, why=why,
    )  # fmt: skip


def matching_settings(summary: Summary, published: pd.DataFrame) -> dict[str, str]:
    """Return our setting for each published one, found by its six values, never by its name."""
    ours: dict[tuple, str] = {}
    for setting, values in summary.settings.items():
        place = tuple(
            _comparable(values.get(key, plain_value(lookup(summary.config, key))))
            for key in KEYS.values()
        )
        ours.setdefault(place, setting)
    found = {}
    for label, row in published.iterrows():
        place = tuple(_comparable(row[column]) for column in KEYS)
        if place in ours:
            found[str(label)] = ours[place]
    return found


def _comparable(value: Any) -> Any:
    """Return numbers and truth values of any type so that equal ones are equal."""
    return value if isinstance(value, str) or value is None else round(float(value), 9)


def deviations(summary: Summary) -> list[str]:
    """Return in what a study differs from the published protocol, in words.

    The values that the published study itself varied do not count.
    """
    config, found = summary.config, []
    if not config:
        return ["no run is finished"]
    for key, (value, words) in _PROTOCOL.items():
        ours = lookup(config, key)
        if key not in summary.settings.get("default", {}) and ours != value:
            found.append(f"{words} {_said(ours)} instead of {_said(value)}")
    return found + _other_images(config, summary.provenance)


_PROTOCOL: dict[str, tuple[Any, str]] = {
    "model.kind": ("published", "network"),
    "data.side": (224, "side in pixels"),
    "training.n_images": (N_IMAGES, "training images"),
    "protocol": ("published", "protocol"),
    "data.n_folds": (5, "folds"),
    "data.fold_rule": ("index", "folds dealt by"),
    "data.smallest_share": (0.75, "smallest object as a share of the canvas"),
    "data.noise.scope": ("batch", "one mask of noise for each"),
    "data.turns.flip": (0.5, "chance of mirroring"),
    "data.turns.rotation": (15.0, "rotation in degrees"),
    "data.turns.shear": (15.0, "shear in degrees"),
    "training.optimizer": ("adam", "optimiser"),
    "training.learning_rate": (1e-4, "learning rate"),
    "training.schedule": ("constant", "schedule"),
    "training.selection": ("loss", "snapshot chosen by"),
    "training.average": (0.0, "decay of averaged weights"),
    "training.coarse_weight": (0.0, "weight of coarse losses"),
}
"""The published protocol: a key of the config, its value, and what to call it."""

_MIXTURE = {"drawings": 21, "additional": 24, "tuberlin": 41, "sketchy": 42}
"""Images of each set in a published minibatch."""


def _said(value: Any) -> str:
    return (
        f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    )


def _other_images(config: Mapping[str, Any], provenance: Mapping[str, Any]) -> list[str]:
    sets: Mapping[str, Any] = provenance.get("data") or {}
    used = {name: values.get("images_per_batch") for name, values in sets.items()}
    used = used or dict(lookup(config, "data.mixture") or {})
    found = []
    if used != _MIXTURE:
        mixed = ", ".join(f"{name} {n}" for name, n in used.items())
        wanted = ", ".join(f"{name} {n}" for name, n in _MIXTURE.items())
        found.append(f"minibatches of {mixed} instead of {wanted}")
    stand_ins = [name for name, values in sets.items() if values.get("stand_in")]
    if stand_ins:
        found.append(f"stand-ins for the rated originals in {', '.join(stand_ins)}")
    return found
