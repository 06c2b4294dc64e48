"""Choices among three stimuli, in and out of the arrays that embedding packages use."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Int
from numpy import ndarray

from shapespace.data.trials.pairs import RATER, column
from shapespace.data.trials.table import CHOICES, STIMULI, Trials, trials
from shapespace.errors import BadInput

Triples = Int[ndarray, "trial 3"]
"""Positions of stimuli in a list, from 0."""

ANCHORED = ("anchor", "positive", "negative")
"""Columns of a triplet by name: the positive is nearer to the anchor than the negative."""


def from_things(triples: Triples, ids: Sequence[str], *, rater: str = "") -> Trials:
    """Read odd-one-out choices in the order of THINGS and VICE: a pair, then the odd one.

    Args:
        triples: Positions in `ids`, from 0; the third is the odd one.
        ids: Stimuli, in the order the positions count.
        rater: Who chose, if all are of one person.

    Raises:
        BadInput: If a position is outside the list.
    """
    low, high = int(triples.min(initial=0)), int(triples.max(initial=0))
    if low < 0 or high >= len(ids):
        raise BadInput(
            f"A triplet names stimulus {low if low < 0 else high}, but there are {len(ids)}, "
            "counted from 0."
        )
    names = np.array(list(ids), dtype=object)[triples]
    # The order shown is unknown, so trials of equal stimuli are told apart by their number.
    columns = dict(zip(STIMULI, names.T, strict=True))
    number = np.arange(1, len(triples) + 1).astype(str)
    return trials(
        columns | {"paradigm": "odd_one_out", "response": 3.0, "rater": rater, "trial": number}
    )


def from_columns(table: pd.DataFrame) -> Trials:
    """Read one row a choice by names: `anchor,positive,negative`, or three stimuli and `odd`.

    In the second layout columns `stimulus1` to `stimulus3` hold what was shown, and `odd` the
    id (or the place, 1 to 3) of the odd one.

    Raises:
        BadInput: If columns are missing, or `odd` is none of the three.
    """
    rater, trial = column(table, RATER), column(table, ("trial",))
    columns: dict = {
        "rater": table[rater] if rater else "",
        "trial": table[trial] if trial else [str(i + 1) for i in range(len(table))],
    }
    if all(name in table for name in ANCHORED):
        shown = {name: table[c] for name, c in zip(STIMULI, ANCHORED, strict=True)}
        return trials(columns | shown | {"paradigm": "triplet", "response": 2.0})
    shown = table[STIMULI].to_numpy(dtype=object)
    odd = table["odd"].to_numpy(dtype=object)
    places = np.array(CHOICES["odd_one_out"])
    is_odd = (shown == odd[:, None]) | (places.astype(str) == odd[:, None])
    wrong = is_odd.sum(axis=1) != 1
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise BadInput(
            f"The odd one {odd[row]!r} (row {row + 1}) is not one of "
            f"{', '.join(repr(str(name)) for name in shown[row])}."
        )
    response = places[is_odd.argmax(axis=1)].astype(np.float64)
    named = dict(zip(STIMULI, shown.T, strict=True))
    return trials(columns | named | {"paradigm": "odd_one_out", "response": response})


def to_things(chosen: Trials, ids: Sequence[str]) -> Triples:
    """Return odd-one-out choices as THINGS and VICE store them: the odd one is the third.

    Raises:
        BadInput: If there is no such trial, or `ids` lack one of the stimuli.
    """
    return _ordered(chosen.of("odd_one_out"), ids)


def to_triplets(chosen: Trials, ids: Sequence[str]) -> Triples:
    """Return triplets "the first is nearer to the second than to the third", from 0.

    This is what cblearn calls `list-order`. An odd-one-out choice of c among a, b, c says two
    things, a nearer to b than to c and b nearer to a than to c, and gives two rows, one after
    the other.

    Raises:
        BadInput: If there are no choices, or `ids` lack one of the stimuli.
    """
    rows = []
    for paradigm in chosen.of(*CHOICES).paradigms:
        found = _ordered(chosen.of(paradigm), ids)
        if paradigm == "odd_one_out":
            found = np.stack([found, found[:, [1, 0, 2]]], axis=1).reshape(-1, 3)
        rows.append(found)
    return np.concatenate(rows)


def to_psiz(chosen: Trials, ids: Sequence[str]) -> Triples:
    """Return triplets for `psiz.data.Rank`: as `to_triplets`, but stimuli count from 1.

    There 0 marks an empty place. Query, chosen reference, other reference; so the outcome of
    every trial is the first possible one.
    """
    return to_triplets(chosen, ids) + 1


def from_triplets(triples: Triples, ids: Sequence[str], *, rater: str = "") -> Trials:
    """Read triplets "the first is nearer to the second than to the third", from 0.

    Raises:
        BadInput: If a position is outside the list.
    """
    read = from_things(triples, ids, rater=rater).table
    return trials(dict(read) | {"paradigm": "triplet", "response": 2.0})


def _ordered(chosen: Trials, ids: Sequence[str]) -> Triples:
    """Return positions with the odd or farther stimulus last, others as they were shown."""
    place = {name: position for position, name in enumerate(ids)}
    missing = [name for name in chosen.stimuli if name not in place]
    if missing:
        raise BadInput(f"The list of stimuli lacks {missing[0]!r}, which was shown.")
    shown = chosen.table[STIMULI].map(place.__getitem__).to_numpy(np.int64)
    response = chosen.table["response"].to_numpy(np.int64) - 1
    # Of a triplet's places 1 and 2, the one that was not chosen.
    last = 3 - response if chosen.paradigms == ("triplet",) else response
    others = np.array([[1, 2, 0], [0, 2, 1], [0, 1, 2]])[last]
    return np.take_along_axis(shown, others, axis=1)


def repeated_choices(
    chosen: Trials,
) -> tuple[Int[ndarray, " trial"], Int[ndarray, " trial"], int]:
    """Return for each choice the stimulus chosen and the task, as numbers; and repeated tasks.

    A task is a set of three stimuli, for triplets with its anchor, in whatever order they were
    shown. The odd one is what is chosen of odd-one-out trials, the nearer one of triplets.

    Raises:
        BadInput: If there are no choices.
    """
    table = chosen.of(*CHOICES).table
    shown = table[STIMULI].to_numpy(dtype=object).astype(str)
    anchor = np.where(table["paradigm"] == "triplet", shown[:, 0], "")
    tasks = np.column_stack([np.sort(shown, axis=1), anchor])
    _, task, counts = np.unique(tasks, axis=0, return_inverse=True, return_counts=True)
    picked = shown[np.arange(len(shown)), table["response"].to_numpy(np.int64) - 1]
    return np.unique(picked, return_inverse=True)[1], task.ravel(), int((counts > 1).sum())
