"""Ratings of people: check, convert, and see how far they can be trusted."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tyro

from shapespace.cli.show import show_json
from shapespace.errors import BadInput

if TYPE_CHECKING:  # imports that --help must not wait for
    from shapespace.data.trials.aggregation import Rated
    from shapespace.data.trials.table import Trials

_NAMED = 8
"""Names that are listed on the screen before "and N more"."""


def check(
    file: tyro.conf.Positional[Path],
    *,
    kind: Literal["similarity", "dissimilarity"] | None = None,
    scale: tuple[float, float] | None = None,
    stimuli: Path | None = None,
    data: str = "",
    json: bool = False,
) -> None:
    """Read a file of ratings and say what is in it, who rated what, and what does not fit.

    Example: shapespace ratings check ratings.csv --kind similarity --scale 1 5

    Args:
        file: Ratings in any layout that docs/ratings.md names.
        kind: What a high rating of a pair means, where the file does not say.
        scale: Lowest and highest answer, where the file does not say.
        stimuli: Ids of all stimuli, one a line, or a CSV file with the column id.
        data: Compare the rated stimuli with the images of this packed set.
        json: Print JSON instead of text.
    """
    from shapespace.data.trials.design import design
    from shapespace.data.trials.matching import match

    known = _known(stimuli, data)
    trials = _read(file, kind, scale, _listed(stimuli))
    designs = {name: design(rated) for name, rated in _parts(trials).items()}
    fit = match(trials.stimuli, known) if known is not None else None
    where = f"the set {data!r}" if data else str(stimuli)
    if json:
        show_json(
            {
                "file": str(file),
                "notes": list(trials.notes),
                "paradigms": list(trials.paradigms),
                "n_trials": len(trials.table),
                "stimuli": list(trials.stimuli),
                "designs": {name: one.to_dict() for name, one in designs.items()},
                "not_known": list(fit.only_rated) if fit else [],
                "not_rated": list(fit.only_known) if fit else [],
            }
        )
    else:
        for note in trials.notes:
            print(note, file=sys.stderr)
        print(
            f"{file.name}: {len(trials.table):,} trials ({', '.join(trials.paradigms)}) of "
            f"{len(trials.stimuli)} stimuli by {len(trials.raters) or 'unnamed'} raters"
        )
        for name, one in designs.items():
            _tell_design(name, one)
        if fit and fit.only_known:
            print(f"  never rated, of {where}: {_list(fit.only_known)}")
    if fit:
        fit.require_all_known(where)


def convert(
    file: tyro.conf.Positional[Path],
    *,
    out: Path,
    to: Literal["trials", "matrix", "rsatoolbox", "features", "things", "cblearn", "psiz"]
    | None = None,
    how: Literal["mean", "median"] = "mean",
    kind: Literal["similarity", "dissimilarity"] | None = None,
    scale: tuple[float, float] | None = None,
    stimuli: Path | None = None,
) -> None:
    """Write ratings in another layout.

    Example: shapespace ratings convert ratings.csv --kind similarity --scale 1 5 --out ratings.hdf5

    Args:
        file: Ratings in any layout that docs/ratings.md names.
        out: File to write (a folder for features). .csv and .parquet mean trials, .hdf5 and
            .h5 rsatoolbox, if --to does not say otherwise.
        to: What to write.
        how: How raters are joined in a matrix or in features.
        kind: What a high rating of a pair means, where the file does not say.
        scale: Lowest and highest answer, where the file does not say.
        stimuli: Ids of all stimuli in the wanted order, one a line, or a CSV file with the
            column id.
    """
    from shapespace.data.trials.exports import DEFINITIONS, export, target_of

    target = to or target_of(out)
    names = _listed(stimuli)
    trials = _read(file, kind, scale, names)
    for note in trials.notes:
        print(note, file=sys.stderr)
    export(trials, out, target=target, how=how, stimuli=names or None)
    print(f"{out}: {DEFINITIONS[target]}; {len(trials.table):,} trials")


def reliability(
    file: tyro.conf.Positional[Path],
    *,
    kind: Literal["similarity", "dissimilarity"] | None = None,
    scale: tuple[float, float] | None = None,
    stimuli: Path | None = None,
    over: Literal["raters", "stimuli", "both"] = "both",
    pool: Literal["standardised", "as_rated"] = "standardised",
    splits: int = 200,
    draws: int = 300,
    seed: int = 0,
    json: bool = False,
) -> None:
    """Say how far ratings can be trusted: split halves and noise ceilings, with intervals.

    Example: shapespace ratings reliability ratings.csv --kind similarity --scale 1 5

    Args:
        file: Ratings in any layout that docs/ratings.md names.
        kind: What a high rating of a pair means, where the file does not say.
        scale: Lowest and highest answer, where the file does not say.
        stimuli: Ids of all stimuli, for files that hold positions only.
        over: What intervals are over: other raters, other stimuli, or both.
        pool: What a rater is compared with: means of standardised ratings, or of ratings as they
            are.
        splits: How often raters are split in halves.
        draws: Bootstrap draws behind the intervals.
        seed: Which random splits and draws.
        json: Print JSON instead of a table.
    """
    from dataclasses import asdict

    from shapespace.data.randomness import numpy_stream
    from shapespace.evaluation.people.reliability_intervals import reliability_estimates

    if splits < 1 or draws < 1:
        raise BadInput(f"Splits and draws are 1 or more, got {splits} and {draws}.")
    trials = _read(file, kind, scale, _listed(stimuli))
    choices = trials.paradigms[0] in ("odd_one_out", "triplet")
    if choices:
        _tell_choices(trials, as_json=json)
        return
    found = {}
    for name, rated in _parts(trials).items():
        if len(rated.raters) < 2:
            raise BadInput(
                f"{file.name} holds one rating of each {'pair' if rated.of_pairs else 'stimulus'}; "
                "reliability needs the ratings of several people."
            )
        found[name] = reliability_estimates(
            rated.values,
            rated.owners,
            generator=numpy_stream(seed, "reliability"),
            named=rated.named,
            over=over,
            pool=pool,
            n_splits=splits,
            n_draws=draws,
        )
    if json:
        show_json(_plain({name: asdict(one) for name, one in found.items()}))
        return
    for note in trials.notes:
        print(note, file=sys.stderr)
    for name, one in found.items():
        _tell_reliability(name, one)


def _read(file: Path, kind: Any, scale: Any, stimuli: tuple[str, ...]) -> "Trials":
    from shapespace.data.trials.layouts import read_trials

    return read_trials(file, kind=kind, scale=scale, stimuli=stimuli)


def _parts(trials: "Trials") -> "dict[str, Rated]":
    """Return what was rated: pairs, or each attribute."""
    from shapespace.data.trials.aggregation import rated_attributes, rated_pairs

    pairs = [name for name in trials.paradigms if name != "attribute"]
    found = {"pairs": rated_pairs(trials.of(*pairs))} if pairs else {}
    return found | (rated_attributes(trials) if "attribute" in trials.paradigms else {})


def _listed(path: Path | None) -> tuple[str, ...]:
    """Return the ids in a list: lines, or the column id of a CSV file."""
    from shapespace.data.trials.reading import read_table, read_text

    if path is None:
        return ()
    if path.suffix.lower() != ".csv":
        return tuple(line.strip() for line in read_text(path).splitlines() if line.strip())
    table = read_table(path)
    column = next((c for c in ("id", "stimulus", "item") if c in table), None)
    if column is None:
        raise BadInput(f"{path.name} has no column 'id' with the ids of the stimuli.")
    return tuple(table[column])


def _known(stimuli: Path | None, data: str) -> tuple[str, ...] | None:
    """Return the ids that ratings are compared with; None if there is nothing to compare."""
    if data:
        from shapespace.data.home import open_set

        return tuple(str(one) for one in open_set(data).table["id"])
    return _listed(stimuli) if stimuli else None


def _tell_design(name: str, one: Any) -> None:
    each = ", ".join(
        f"{one.ratings_a_thing.__dict__[key]:g}" for key in ("low", "median", "high")
    )
    things = "pairs" if name == "pairs" else "stimuli"
    print(
        f"  {name}: {one.n_rated:,} of {one.n_things:,} {things} rated, {one.n_rated_twice:,} by "
        f"two raters or more; ratings of each (lowest, median, highest): {each}"
    )
    if one.n_raters:
        seen = ", ".join(
            f"{one.things_a_rater.__dict__[k]:g}" for k in ("low", "median", "high")
        )
        print(f"    {one.n_raters} raters, each with {seen} {things} (lowest, median, highest)")
    if one.n_parts > 1:
        print(
            f"    the rated pairs fall into {one.n_parts} groups of stimuli that nothing "
            "connects; no common space can hold them"
        )


def _tell_reliability(name: str, one: Any) -> None:
    from dataclasses import asdict

    from shapespace.cli.show import interval

    split = one.split_half
    print(
        f"{name}: {split.n_things:,} with two ratings or more, {split.ratings_a_thing:.1f} ratings "
        f"each (harmonic mean), {split.n_splits} splits"
    )
    rows = [("two halves agree", None), ("two such studies would", one.corrected)]
    rows.append(("a perfect model would reach", one.attainable))
    if one.lower:
        rows += [("a rater with the others", one.lower), ("a rater with all", one.upper)]
    print(f"  {'':<28} {'kendall tau-b':<22} {'spearman':<22} pearson")
    for label, values in rows:
        cells = []
        for measure in ("kendall_tau_b", "spearman", "pearson"):
            if values is None:
                cells.append(f"{getattr(split, measure).halves:.3f}")
            else:
                cells.append(interval(_plain(asdict(values[measure]))))
        print(f"  {label:<28} {cells[0]:<22} {cells[1]:<22} {cells[2]}")
    if not one.lower:
        print("  Nobody knows who rated, so each pair's ratings were split for themselves.")
    if one.n_without:
        print(f"  {one.n_without} raters gave too few or always the same answers.")


def _tell_choices(trials: "Trials", *, as_json: bool) -> None:
    """Print how often answers to the same choice agree."""
    from shapespace.data.trials.triplets import repeated_choices
    from shapespace.evaluation.people.reliability import choice_agreement

    answers, tasks, n_repeated = repeated_choices(trials)
    value = choice_agreement(answers, tasks)
    if as_json:
        show_json(_plain({"agreement": value, "n_repeated": n_repeated}))
    elif n_repeated:
        print(f"Two answers to the same choice agree in {value:.1%} of {n_repeated:,} choices.")
    else:
        print("No choice was asked twice, so nothing tells how far answers agree.")


def _plain(values: Any) -> Any:
    """Return values with null, which JSON knows, for those that are not defined."""
    if isinstance(values, dict):
        return {key: _plain(value) for key, value in values.items()}
    return None if isinstance(values, float) and values != values else values


def _list(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:_NAMED]))
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
