"""Representations set against people, side by side: scores, differences, read-outs, recovery."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray

from shapespace.arrays import Coordinates, Matrix
from shapespace.data.progress import progress_bar
from shapespace.data.randomness import numpy_stream
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import N_DRAWS
from shapespace.evaluation.pairs.distances import Kind, distances
from shapespace.evaluation.people.baselines import shuffled_ratings
from shapespace.evaluation.people.cka import (
    beside_chance,
    cka_of_distances,
    linear_cka,
    procrustes_likeness,
)
from shapespace.evaluation.people.correlation import kendall_tau_b, why_undefined
from shapespace.evaluation.people.dual_bootstrap import Scores, shared_scores
from shapespace.evaluation.people.intervals import Block
from shapespace.evaluation.people.paired import compare_pairs, single
from shapespace.evaluation.people.readouts import READ_OUTS, Reading, ReadOut, read_out
from shapespace.evaluation.people.recovery import N_STUDIES, recover
from shapespace.evaluation.people.reliability import Measure
from shapespace.evaluation.people.reliability_intervals import ReliabilityEstimates
from shapespace.evaluation.people.weights import pairs_among
from shapespace.studies.people.rated import PeopleSaid

STAND_IN = "The codes are those of stand-in drawings, not of the drawings that people rated."

N_FOLDS = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Model:
    """One representation of the rated stimuli."""

    name: str
    codes: Matrix
    """One row a rated stimulus, in the order of the ratings."""
    source: str
    unseen: tuple[str, ...] | None = None
    """Stimuli that it never saw, neither in training nor to choose a snapshot; None if unknown."""
    stand_in: bool = False
    """Whether it saw stand-ins for the drawings that people rated."""


@dataclass(frozen=True, kw_only=True)
class CompareSettings:
    """How representations are compared."""

    distance: Kind = "euclidean"
    """Of the codes; linear maps are Euclidean."""
    measure: Measure = "kendall_tau_b"
    read_outs: tuple[ReadOut, ...] = READ_OUTS
    n_folds: int = N_FOLDS
    """Parts of the stimuli for read-outs that are fitted."""
    n_draws: int = N_DRAWS
    """Bootstrap draws of each kind."""
    recovery: tuple[ReadOut, ...] = ("fixed",)
    """Read-outs for which studies are simulated."""
    n_studies: int = N_STUDIES
    """Studies simulated from each model; 0 leaves this out."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_folds < 2 or self.n_draws < 2 or self.n_studies < 0 or not self.read_outs:
            raise BadInput(
                "A comparison has 2 folds, 2 draws and 1 read-out or more, and 0 simulated studies "
                f"or more; got {self.n_folds}, {self.n_draws}, {len(self.read_outs)} and "
                f"{self.n_studies}."
            )


def compare_models(
    models: Sequence[Model],
    people: PeopleSaid,
    settings: CompareSettings | None = None,
    *,
    space: tuple[str, Coordinates] | None = None,
    folds: Int[ndarray, " stimulus"] | None = None,
) -> dict[str, Any]:
    """Compare representations with people, and with each other on the same draws.

    Args:
        models: Of the same rated stimuli; names are all different.
        people: What people said of them.
        settings: How; the defaults if not given.
        space: Name and coordinates of a similarity space of these stimuli, if there is one.
        folds: The fold of each stimulus; by default its position mod the number of folds.

    Returns:
        Ready for JSON, but for nan:

        - `models`: for each its `source`, `n_units`, what it saw, its `scores` with every
          read-out (`training`, `held_out`, and `unseen`: of the held-out stimuli those in folds
          that no model saw; each a contrast), `all_pairs` with nothing fitted, `unseen` on
          stimuli it never saw, `chance`, and `geometry` (CKA and Procrustes);
        - `differences`: every pair of models for every read-out, on held-out stimuli, and with
          nothing fitted "all_pairs" and "unseen" (on stimuli that no model saw, where those are
          some, but not all), with p-values after Holm's correction;
        - `recovery`: for each read-out asked for, who is named by simulated studies;
        - `ceiling`, `notes`, `settings` and counts, among them `n_unseen_by_all`.

    Raises:
        BadInput: If there is no model, two have one name, or rows do not fit the ratings.
    """
    settings = settings or CompareSettings()
    items, flat = people.ratings.items, people.ratings.flat
    _check(models, items)
    if folds is None:
        folds = np.arange(len(items)) % settings.n_folds
    readings = _readings(models, flat, folds, settings)
    names = [model.name for model in models]
    unseen = _unseen_by_all(models, items)

    def shared(blocks: Sequence[Sequence[Block]], purpose: str) -> Scores:
        return shared_scores(
            blocks, flat, generator=numpy_stream(settings.seed, f"compare/{purpose}"),
            raters=people.raters, measure=settings.measure, n_draws=settings.n_draws,
        )  # fmt: skip

    plain = [distances(model.codes, settings.distance) for model in models]
    fixed = shared([[Block(np.arange(len(flat)), one)] for one in plain], "all")
    scores: dict[str, dict[str, Any]] = {
        name: {"all_pairs": asdict(one), "scores": {}}
        for name, one in single(names, fixed).items()
    }
    differences = _differences("all_pairs", names, fixed)
    if unseen.sum() >= 3:
        pairs = pairs_among(unseen)
        on_unseen = shared([[Block(pairs, one[pairs])] for one in plain], "unseen by all")
        differences += _differences("unseen", names, on_unseen)
    for kind in settings.read_outs:
        held_out = shared([readings[n][kind].held_out for n in names], f"held out {kind}")
        training = shared([readings[n][kind].training for n in names], f"training {kind}")
        new = [_within(unseen, readings[n][kind].held_out) for n in names]
        inside, outside = single(names, training), single(names, held_out)
        both = single(names, shared(new, f"unseen {kind}")) if any(new) else {}
        for name in names:
            scores[name]["scores"][kind] = {
                "training": asdict(inside[name]),
                "held_out": asdict(outside[name]),
                "unseen": asdict(both[name]) if both else None,
                "choices": [dict(choice) for choice in readings[name][kind].choices],
            }
        differences += _differences(kind, names, held_out)
    for model in models:
        scores[model.name] |= _of_one(model, people, settings, space, shared)
    return {
        "models": scores,
        "differences": differences,
        "recovery": _recoveries(models, people, settings, folds, readings),
        "ceiling": ceiling_values(people.ceiling),
        "space": space[0] if space else None,
        "ratings": people.source,
        "n_stimuli": len(items),
        "n_pairs": int((~np.isnan(flat)).sum()),
        "n_raters": 0 if people.raters is None else len(people.raters.values),
        "n_unseen_by_all": int(unseen.sum()),
        "folds": {item: int(fold) for item, fold in zip(items, folds, strict=True)},
        "settings": {one.name: getattr(settings, one.name) for one in fields(settings)}
        | {"n_folds": len(np.unique(folds))},
        "notes": _notes(models, people, settings),
    }


def ceiling_values(found: ReliabilityEstimates | None) -> dict[str, Any]:
    """Return what people reach, by kind and measure, each with its interval.

    `attainable`: what a model that knows the true means would reach with the means at hand;
    `single`: the noise ceiling of single raters, `lower` and `upper`, where they are known.
    """
    if found is None:
        return {}

    def plain(values: Mapping[str, Any]) -> dict[str, Any]:
        return {measure: asdict(one) for measure, one in values.items()}

    single = {"lower": plain(found.lower), "upper": plain(found.upper)} if found.lower else {}
    return {"attainable": plain(found.attainable), "single": single}


def _check(models: Sequence[Model], items: Sequence[str]) -> None:
    if not models:
        raise BadInput("There is no representation to compare.")
    names = [model.name for model in models]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise BadInput(f"Two representations are called {twice!r}; rename one of them.")
    for model in models:
        if len(model.codes) != len(items):
            raise BadInput(
                f"{model.name} has {len(model.codes)} rows for {len(items)} rated stimuli."
            )


def _unseen_by_all(models: Sequence[Model], items: Sequence[str]) -> Bool[ndarray, " stimulus"]:
    """Return which stimuli no model saw; none if that is unknown of one, or if they are all.

    Where no model saw any stimulus, all scores are of unseen ones and need no second look.
    """
    known = [model.unseen for model in models if model.unseen is not None]
    if len(known) < len(models):
        return np.zeros(len(items), bool)
    unseen = np.isin(items, list(set(items).intersection(*known)))
    return unseen & ~unseen.all()


def _within(chosen: Bool[ndarray, " stimulus"], blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks that hold pairs among the chosen stimuli alone."""
    pairs = pairs_among(chosen)
    return [block for block in blocks if np.isin(block.pairs, pairs).all()]


def _readings(
    models: Sequence[Model],
    flat: Any,
    folds: Int[ndarray, " stimulus"],
    settings: CompareSettings,
) -> dict[str, dict[ReadOut, Reading]]:
    """Fit every read-out of every model; which parts choose ridge and rank is the same for all."""
    kinds = tuple(dict.fromkeys((*settings.read_outs, *settings.recovery)))
    found = {}
    with progress_bar("read-outs", len(models), unit="models") as bar:
        for model in models:
            found[model.name] = read_out(
                model.codes, flat, folds, kinds,
                generator=numpy_stream(settings.seed, "read-outs"), distance=settings.distance,
            )  # fmt: skip
            bar.advance()
    return found


def _differences(read_out: str, names: Sequence[str], scores: Scores) -> list[dict[str, Any]]:
    return [
        {
            "read_out": read_out,
            "model": one.model,
            "other": one.other,
            **asdict(one.difference),
            "p_holm": one.p_holm,
            "is_found": one.is_found,
        }
        for one in compare_pairs(names, scores)
    ]


def _of_one(
    model: Model,
    people: PeopleSaid,
    settings: CompareSettings,
    space: tuple[str, Coordinates] | None,
    shared: Any,
) -> dict[str, Any]:
    """Return what is told of each model for itself."""
    items = people.ratings.items
    plain = distances(model.codes, settings.distance)
    unseen = None
    if model.unseen is not None:
        chosen = np.isin(items, list(model.unseen))
        if 3 <= chosen.sum() < len(items):
            pairs = pairs_among(chosen)
            one = single([model.name], shared([[Block(pairs, plain[pairs])]], "unseen"))
            unseen = asdict(one[model.name])
    stream = numpy_stream(settings.seed, "compare/chance")
    geometry: dict[str, Any] = {
        "cka_with_ratings": cka_of_distances(
            distances(model.codes, "euclidean"), people.ratings.flat
        )
    }
    if space is not None:
        for name, likeness in (("cka", linear_cka), ("procrustes", procrustes_likeness)):
            alike = beside_chance(likeness, model.codes, space[1], generator=stream)
            geometry[name] = asdict(alike)
    return {
        "source": model.source,
        "n_units": model.codes.shape[1],
        "n_unseen": None if model.unseen is None else len(set(model.unseen) & set(items)),
        "stand_in": model.stand_in,
        "unseen": unseen,
        "chance": asdict(shuffled_ratings(plain, people.ratings.matrix, generator=stream)),
        "geometry": geometry,
    }


def _recoveries(
    models: Sequence[Model],
    people: PeopleSaid,
    settings: CompareSettings,
    folds: Int[ndarray, " stimulus"],
    readings: Mapping[str, Mapping[ReadOut, Reading]],
) -> list[dict[str, Any]]:
    """Simulate studies, both with the models as the whole truth and as good as they were."""
    if people.design is None or len(models) < 2 or not settings.n_studies:
        return []
    codes = {model.name: model.codes for model in models}
    found = []
    total = 2 * len(settings.recovery) * len(models) ** 2
    with progress_bar("simulated studies", total, unit="models") as bar:
        for kind in settings.recovery:
            observed = {
                m.name: _tau(m, readings[m.name], kind, people, settings) for m in models
            }
            for strength in (None, observed):
                one = recover(
                    codes, people.design, folds, kind,
                    generator=numpy_stream(settings.seed, f"recovery/{kind}"),
                    choices={name: readings[name][kind].choices for name in codes},
                    strength=strength, distance=settings.distance,
                    n_studies=settings.n_studies, tell=bar.advance,
                )  # fmt: skip
                low, high = one.interval
                found.append(
                    {
                        "read_out": kind,
                        "is_whole_truth": one.is_whole_truth,
                        "models": list(one.models),
                        "named": one.named.tolist(),
                        "beats": one.beats.tolist(),
                        "scores": one.scores.tolist(),
                        "right": {"value": one.right, "low": low, "high": high},
                        "chance": 1 / len(models),
                        "n_studies": one.n_studies,
                        "noise": people.design.noise,
                        "reliability": people.design.reliability,
                    }
                )
    return found


def _tau(
    model: Model,
    readings: Mapping[ReadOut, Reading],
    kind: ReadOut,
    people: PeopleSaid,
    settings: CompareSettings,
) -> float:
    """Return the tau-b that simulated studies score: of all pairs, or of held-out ones if fitted."""
    flat = people.ratings.flat
    if kind == "fixed":
        return kendall_tau_b(distances(model.codes, settings.distance), flat)
    blocks = readings[kind].held_out
    taus = np.array([kendall_tau_b(one.distances, flat[one.pairs]) for one in blocks])
    defined = taus[~np.isnan(taus)]
    return float(defined.mean()) if len(defined) else float("nan")


def _notes(models: Sequence[Model], people: PeopleSaid, settings: CompareSettings) -> list[str]:
    rated = ~np.isnan(people.ratings.flat)
    notes = [STAND_IN] if any(model.stand_in for model in models) else []
    for model in models:
        flat = distances(model.codes, settings.distance)[rated]
        why = why_undefined(flat, people.ratings.flat[rated])
        if why:
            notes.append(f"{model.name}: {why}")
    unknown = [model.name for model in models if model.unseen is None]
    if unknown:
        notes.append(
            f"Which stimuli were seen in training is not known of {', '.join(unknown)}; "
            "“held out” means held out of the fit of the read-out."
        )
    return notes + list(people.notes)
