"""One tidy table of trials, whatever people were asked to do."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shapespace.errors import BadInput

DEFINITIONS = {
    "similarity": "two stimuli; the response is high where they look alike",
    "dissimilarity": "two stimuli; the response is 0 or more, high where they look different",
    "arrangement": "two stimuli of one arrangement on a surface; the response is their distance "
    "there, to be compared within a trial only",
    "odd_one_out": "three stimuli; the response says which is the odd one: 1, 2 or 3",
    "triplet": "an anchor and two others; the response says which is nearer to it: 2 or 3",
    "attribute": "one stimulus and the name of an attribute; the response is its value",
}
"""Every paradigm, and what its stimuli and responses mean."""

N_STIMULI = {
    "similarity": 2,
    "dissimilarity": 2,
    "arrangement": 2,
    "odd_one_out": 3,
    "triplet": 3,
    "attribute": 1,
}
"""Stimuli of a trial of each paradigm."""

PAIRS = ("similarity", "dissimilarity", "arrangement")
"""Paradigms with a number for a pair of stimuli."""

CHOICES = {"odd_one_out": (1, 2, 3), "triplet": (2, 3)}
"""Possible responses where one of the stimuli is chosen, by its place from 1."""

STIMULI = ["stimulus1", "stimulus2", "stimulus3"]

TEXTS = ["rater", "paradigm", "trial", *STIMULI, "attribute"]
NUMBERS = ["response", "scale_low", "scale_high", "time"]
COLUMNS = [*TEXTS, *NUMBERS]
"""Columns of the table, in this order; a text that says nothing is empty, a number nan."""

MAX_TRIALS = 50_000_000
"""More rows than any study has; beyond it the file is taken for a mistake."""


@dataclass(frozen=True, eq=False)
class Trials:
    """Trials of one or several raters, joined with anything else by the ids of stimuli.

    `rater` is empty where nobody knows who answered. `trial` tells trials apart that the same
    rater saw with the same stimuli, and holds an arrangement together. `scale_low` and
    `scale_high` are the ends of the scale of ratings. `time` is the response time in seconds.
    """

    table: pd.DataFrame
    """One row a trial (one row a pair of it for arrangements), with the columns `COLUMNS`."""
    notes: tuple[str, ...] = ()
    """What was left out or changed on the way in, one sentence each."""

    def __post_init__(self) -> None:
        missing = [column for column in COLUMNS if column not in self.table]
        if missing:
            raise BadInput(f"The table of trials lacks the column {missing[0]!r}.")
        if not len(self.table):
            raise BadInput("There is no trial with a response in it.")
        if len(self.table) > MAX_TRIALS:
            raise BadInput(
                f"{len(self.table):,} trials are more than the {MAX_TRIALS:,} that can be held; "
                "split the file by rater or aggregate it first."
            )
        _check_stimuli(self.table)
        _check_responses(self.table)
        _check_repeats(self.table)

    @property
    def stimuli(self) -> tuple[str, ...]:
        """Ids of all stimuli that occur, sorted."""
        found = pd.unique(self.table[STIMULI].to_numpy().ravel())
        return tuple(sorted(str(name) for name in found if name))

    @property
    def raters(self) -> tuple[str, ...]:
        """Names of all raters, sorted; empty where they are unknown."""
        return tuple(sorted(name for name in self.table["rater"].unique() if name))

    @property
    def paradigms(self) -> tuple[str, ...]:
        """Paradigms that occur, in the order of `DEFINITIONS`."""
        found = set(self.table["paradigm"])
        return tuple(name for name in DEFINITIONS if name in found)

    def of(self, *paradigms: str) -> "Trials":
        """Return the trials of these paradigms alone.

        Raises:
            BadInput: If there are none.
        """
        chosen = self.table[self.table["paradigm"].isin(paradigms)]
        if not len(chosen):
            raise BadInput(
                f"There are no trials of the kind {' or '.join(map(repr, paradigms))}; "
                f"these are {' and '.join(map(repr, self.paradigms))}."
            )
        return Trials(chosen.reset_index(drop=True), self.notes)


def trials(columns: dict, *, notes: Iterable[str] = ()) -> Trials:
    """Return a table of trials from some of its columns; the others are left empty.

    Args:
        columns: Values by name, each a sequence or one value for all rows. "paradigm",
            "stimulus1" and "response" are needed. A missing response (nan) leaves its row out.
        notes: What was left out or changed before, one sentence each.

    Raises:
        BadInput: If something cannot be; the sentence names the trial.
    """
    table = pd.DataFrame(columns)
    for column in COLUMNS:
        if column not in table:
            table[column] = "" if column in TEXTS else np.nan
    table = table[COLUMNS]
    # One type of text whatever it was read with, so that equal tables are equal.
    table = table.astype(dict.fromkeys(TEXTS, "object") | dict.fromkeys(NUMBERS, np.float64))
    blank = table["response"].isna()
    if blank.any():
        notes = [*notes, f"{int(blank.sum())} trials without a response were left out."]
    return Trials(table[~blank].reset_index(drop=True), tuple(notes))


def describe(row: pd.Series) -> str:
    """Return how a sentence calls a trial: its rater and its stimuli."""
    names = [repr(str(row[column])) for column in STIMULI if row[column]]
    asked = f" for {row['attribute']}" if row["attribute"] else ""
    who = f"rater {row['rater']!r}" if row["rater"] else "an unnamed rater"
    return f"{who} on {', '.join(names) or 'no stimulus'}{asked}"


def _first(table: pd.DataFrame, wrong: np.ndarray) -> pd.Series:
    return table.iloc[int(np.flatnonzero(wrong)[0])]


def _check_stimuli(table: pd.DataFrame) -> None:
    unknown = ~table["paradigm"].isin(list(DEFINITIONS)).to_numpy()
    if unknown.any():
        raise BadInput(
            f"There is no paradigm {_first(table, unknown)['paradigm']!r}; "
            f"it is one of {', '.join(DEFINITIONS)}."
        )
    wanted = table["paradigm"].map(N_STIMULI).to_numpy()
    given = np.stack([(table[column] != "").to_numpy() for column in STIMULI], axis=1)
    wrong = (given != (np.arange(3) < wanted[:, None])).any(axis=1)
    if wrong.any():
        row = _first(table, wrong)
        raise BadInput(
            f"A trial of the kind {row['paradigm']!r} has {N_STIMULI[row['paradigm']]} stimuli, "
            f"but not that of {describe(row)}."
        )
    first, second, third = (table[column].to_numpy() for column in STIMULI)
    same = (wanted > 1) & ((first == second) | (first == third) | (second == third))
    if same.any():
        raise BadInput(
            f"A stimulus is compared with itself by {describe(_first(table, same))}; "
            "leave such trials out."
        )
    unnamed = ((table["paradigm"] == "attribute") & (table["attribute"] == "")).to_numpy()
    if unnamed.any():
        raise BadInput(f"No attribute is named for {describe(_first(table, unnamed))}.")


def _check_responses(table: pd.DataFrame) -> None:
    response = table["response"].to_numpy()
    low, high = table["scale_low"].to_numpy(), table["scale_high"].to_numpy()
    paradigm = table["paradigm"].to_numpy()
    infinite = ~np.isfinite(response)
    if infinite.any():
        raise BadInput(
            f"The response {response[infinite][0]} of {describe(_first(table, infinite))} is no "
            "number."
        )
    empty = low >= high
    if empty.any():
        raise BadInput(
            f"A scale from {low[empty][0]:g} to {high[empty][0]:g} has no room for ratings; "
            "give its lower end first."
        )
    outside = (response < low) | (response > high)  # nan, for no scale, is never outside
    if outside.any():
        row = _first(table, outside)
        raise BadInput(
            f"The response {row['response']:g} of {describe(row)} is outside the scale from "
            f"{row['scale_low']:g} to {row['scale_high']:g}."
        )
    negative = np.isin(paradigm, ["dissimilarity", "arrangement"]) & (response < 0)
    if negative.any():
        row = _first(table, negative)
        raise BadInput(f"A dissimilarity of {row['response']:g} cannot be: {describe(row)}.")
    for name, possible in CHOICES.items():
        wrong = (paradigm == name) & ~np.isin(response, possible)
        if wrong.any():
            row = _first(table, wrong)
            raise BadInput(
                f"The response {row['response']:g} of {describe(row)} chooses none of the "
                f"stimuli; it is {', '.join(map(str, possible[:-1]))} or {possible[-1]}."
            )
    late = table["time"].to_numpy() < 0
    if late.any():
        row = _first(table, late)
        raise BadInput(f"A response time of {row['time']:g} s cannot be: {describe(row)}.")


def _check_repeats(table: pd.DataFrame) -> None:
    """Refuse two responses of one named rater to the same trial."""
    named = table[table["rater"] != ""]
    stimuli = np.sort(named[STIMULI].to_numpy().astype(str), axis=1)
    key = named[["rater", "paradigm", "trial", "attribute"]].assign(
        a=stimuli[:, 0], b=stimuli[:, 1], c=stimuli[:, 2]
    )
    anchored = (named["paradigm"] == "triplet").to_numpy()
    key["anchor"] = np.where(anchored, named["stimulus1"], "")
    twice = key.duplicated().to_numpy()
    if twice.any():
        raise BadInput(
            f"There are two responses of {describe(_first(named, twice))}. If the same was "
            "asked twice, number the trials in a column 'trial'; else leave one out."
        )
