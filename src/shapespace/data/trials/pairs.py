"""Ratings of pairs: one row a rating, one row a pair, or the layout of the published study."""

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from shapespace.data.trials.reading import numbers
from shapespace.data.trials.table import Trials, trials
from shapespace.errors import BadInput

Kind = Literal["similarity", "dissimilarity"]

Scale = tuple[float, float]
"""Lowest and highest answer of a scale of ratings."""

RATER = ("rater", "participant", "subject", "rater_id", "participant_id", "subject_id")
FIRST = ("stimulus1", "item1", "stimulus_1", "item_1", "stim1", "image1")
SECOND = ("stimulus2", "item2", "stimulus_2", "item_2", "stim2", "image2")
RESPONSE = ("response", "rating", "ratings", "score", "value")
NAMED_RESPONSE: dict[str, Kind] = {
    "similarity": "similarity",
    "mean_similarity": "similarity",
    "dissimilarity": "dissimilarity",
    "mean_dissimilarity": "dissimilarity",
    "distance": "dissimilarity",
}
"""Names of columns that say themselves what a high number means."""

CONTEXT = ("pair_type", "visual_type", "pairtype", "visualtype", "category", "type", "index")
"""Columns that describe a pair and are no raters."""

STUDY_SCALE: Scale = (1.0, 5.0)
"""The scale of the published study: 1 no visual similarity, 5 very high."""

STUDY_COLUMNS = ("pairID", "ratings")


def column(table: pd.DataFrame, names: Collection[str]) -> str | None:
    """Return the first column that has one of these names, upper or lower case; None if none."""
    return next((str(c) for c in table.columns if str(c).lower() in names), None)


def from_rows(table: pd.DataFrame, *, kind: Kind | None, scale: Scale | None) -> Trials:
    """Read one row a rating: two stimuli, a response, and if known the rater, trial and time.

    Args:
        table: Texts, as `read_table` gives them.
        kind: What a high response means, where the name of its column does not say.
        scale: Ends of the scale, where there is one.

    Raises:
        BadInput: If columns are missing or a response cannot be.
    """
    first, second = _stimulus_columns(table)
    response = column(table, (*RESPONSE, *NAMED_RESPONSE))
    if response is None:
        raise BadInput(
            f"No column holds the responses; call it {', '.join(RESPONSE[:2])}, similarity or "
            f"dissimilarity. There are {', '.join(map(str, table.columns))}."
        )
    said = NAMED_RESPONSE.get(response.lower())
    if said and kind and said != kind:
        raise BadInput(f"The column {response!r} holds a {said}, but {kind} was asked for.")
    rater, trial, time = (column(table, names) for names in (RATER, ("trial",), ("time",)))
    used = {first, second, response, rater, trial, time}
    unused = [str(c) for c in table.columns if c not in used and str(c)]
    values: dict = {
        "paradigm": known_kind(said or kind),
        "rater": table[rater] if rater else "",
        "trial": table[trial] if trial else "",
        "stimulus1": table[first],
        "stimulus2": table[second],
        "response": numbers(table[response], "The response"),
        "time": numbers(table[time], "The time") if time else np.nan,
    }
    return trials(
        values | scale_columns(scale),
        notes=[f"Columns that were not used: {', '.join(unused)}."] if unused else [],
    )


def from_rater_columns(
    table: pd.DataFrame, *, kind: Kind | None, scale: Scale | None
) -> Trials:
    """Read one row a pair: two stimuli, then a column for each rater, empty where not rated.

    Columns without any number (such as the type of a pair) are left out with a note.

    Args:
        table: Texts, as `read_table` gives them.
        kind: What a high response means.
        scale: Ends of the scale, where there is one.

    Raises:
        BadInput: If there is no column of a rater, or a rating is no number.
    """
    first, second = _stimulus_columns(table)
    others = [str(c) for c in table.columns if c not in (first, second)]
    raters, left = [], []
    for name in others:
        parsed = pd.to_numeric(table[name].where(table[name] != ""), errors="coerce")
        is_rater = parsed.notna().any() and name.lower() not in CONTEXT
        (raters if is_rater else left).append(name)
    if not raters:
        raise BadInput(
            "No column holds ratings: beside two columns of stimuli there is one for each rater."
        )
    pairs = [f"{a!r} and {b!r}" for a, b in zip(table[first], table[second], strict=True)]
    found = [numbers(table[name], f"The rating of {name!r}", rows=pairs) for name in raters]
    response = np.concatenate(found)
    rated = ~np.isnan(response)  # an empty cell is a pair this rater did not see
    n = len(raters)
    values = {
        "paradigm": known_kind(kind),
        "rater": np.repeat(np.array(raters, dtype=object), len(table))[rated],
        "stimulus1": np.tile(table[first].to_numpy(dtype=object), n)[rated],
        "stimulus2": np.tile(table[second].to_numpy(dtype=object), n)[rated],
        "response": response[rated],
    }
    return trials(
        values | scale_columns(scale),
        notes=[f"Columns that are no ratings: {', '.join(left)}."] if left else [],
    )


def from_study(
    table: pd.DataFrame, *, scale: Scale | None = None, stimuli: Sequence[str] = ()
) -> Trials:
    """Read the published study's similarities: `pairID,pairType,visualType,ratingType,ratings`.

    Single ratings carry no rater there. In the aggregated layout a column `aggregator` names
    how they were joined; it becomes the "rater".

    Args:
        table: Texts, as `read_table` gives them.
        scale: Ends of the scale; 1 to 5 if not given, as published.
        stimuli: Ids of the stimuli, needed only where one of them holds a hyphen.

    Raises:
        BadInput: If a pair cannot be taken apart, or several kinds of rating are mixed.
    """
    kinds = sorted(set(table["ratingType"])) if "ratingType" in table else []
    if len(kinds) > 1:
        raise BadInput(
            f"The ratings are of several kinds ({', '.join(kinds)}); use a file for each."
        )
    parts = {pair: split_pair(pair, stimuli) for pair in table["pairID"].unique()}
    values = {
        "paradigm": "similarity",
        "rater": table.get("aggregator", ""),
        "stimulus1": table["pairID"].map({pair: names[0] for pair, names in parts.items()}),
        "stimulus2": table["pairID"].map({pair: names[1] for pair, names in parts.items()}),
        "response": numbers(table["ratings"], "The rating"),
    }
    notes = [f"Rating type: {kinds[0]}."] if kinds and kinds[0] else []
    return trials(values | scale_columns(scale or STUDY_SCALE), notes=notes)


def split_pair(pair: str, stimuli: Collection[str] = ()) -> tuple[str, str]:
    """Return the two stimuli of an id such as "bowl-glass".

    Raises:
        BadInput: If there is no hyphen, or several and the stimuli do not tell which parts.
    """
    words = pair.split("-")
    cuts = [("-".join(words[:i]), "-".join(words[i:])) for i in range(1, len(words))]
    if stimuli:
        cuts = [cut for cut in cuts if cut[0] in stimuli and cut[1] in stimuli]
    if len(cuts) != 1:
        raise BadInput(
            f"The pair {pair!r} cannot be taken apart in one way; give the ids of the stimuli, "
            "or two columns stimulus1 and stimulus2."
        )
    return cuts[0]


def known_kind(kind: Kind | None) -> Kind:
    """Return `kind`, or ask for it.

    Raises:
        BadInput: If it is not given.
    """
    if kind is None:
        raise BadInput(
            "Say what a high rating means: --kind similarity (alike) or --kind dissimilarity."
        )
    return kind


def scale_columns(scale: Scale | None) -> dict[str, float]:
    """Return the columns of a scale; none where there is no scale."""
    return {} if scale is None else {"scale_low": scale[0], "scale_high": scale[1]}


def _stimulus_columns(table: pd.DataFrame) -> tuple[str, str]:
    first, second = column(table, FIRST), column(table, SECOND)
    if first is None or second is None:
        raise BadInput(
            "Two columns name the stimuli of a pair; call them stimulus1 and stimulus2. "
            f"There are {', '.join(map(str, table.columns))}."
        )
    return first, second
