"""Ratings of single stimuli on named attributes, such as FORM or LINES."""

import numpy as np
import pandas as pd

from shapespace.data.trials.pairs import RATER, RESPONSE, Scale, column, scale_columns
from shapespace.data.trials.reading import numbers
from shapespace.data.trials.table import Trials, trials
from shapespace.errors import BadInput

STIMULUS = ("stimulus", "item", "id", "stimulus1", "image")

KINDS = ("ratingtype", "rating_type")
"""Columns that say how a rating was made, such as "attentive"; it joins the attribute's name."""


def from_attribute_rows(
    table: pd.DataFrame, *, attribute: str = "", scale: Scale | None = None
) -> Trials:
    """Read one row a rating: stimulus, response, and if known rater, attribute and time.

    This also reads the published study's single ratings, `item;ratingType;ratings`, of which
    the name of the file is the attribute.

    Args:
        table: Texts, as `read_table` gives them.
        attribute: Name of the attribute where no column holds it.
        scale: Ends of the scale, where there is one.

    Raises:
        BadInput: If columns are missing or a response cannot be.
    """
    stimulus, response = column(table, STIMULUS), column(table, RESPONSE)
    if stimulus is None or response is None:
        raise BadInput(
            "Ratings of attributes need a column 'stimulus' and one of responses; there are "
            f"{', '.join(map(str, table.columns))}."
        )
    named = column(table, ("attribute", "feature"))
    rater, trial, time = (column(table, names) for names in (RATER, ("trial",), ("time",)))
    if named is None and not attribute:
        raise BadInput("Name the attribute that was rated, in a column 'attribute'.")
    values: dict = {
        "paradigm": "attribute",
        "rater": table[rater] if rater else "",
        "trial": table[trial] if trial else "",
        "stimulus1": table[stimulus],
        "attribute": _full_name(table, table[named] if named else attribute),
        "response": numbers(table[response], "The response"),
        "time": numbers(table[time], "The time") if time else np.nan,
    }
    return trials(values | scale_columns(scale))


def from_attribute_columns(table: pd.DataFrame, *, scale: Scale | None = None) -> Trials:
    """Read one row a stimulus (and rater, if named), with a column for each attribute.

    This also reads the published study's means, `item;ratingType;FORM;LINES;ORIENTATION`.
    Columns without any number are left out with a note.

    Args:
        table: Texts, as `read_table` gives them.
        scale: Ends of the scale, where there is one.

    Raises:
        BadInput: If there is no column of an attribute, or a value is no number.
    """
    stimulus, rater, kind = (column(table, names) for names in (STIMULUS, RATER, KINDS))
    if stimulus is None:
        raise BadInput(
            "A column 'stimulus' names what was rated, or one called 'item' or 'id'."
        )
    parts, left = [], []
    for name in (str(c) for c in table.columns if c not in (stimulus, rater, kind)):
        parsed = pd.to_numeric(table[name].where(table[name] != ""), errors="coerce")
        if not parsed.notna().any():
            left.append(name)
            continue
        part = pd.DataFrame(
            {
                "rater": table[rater] if rater else "",
                "stimulus1": table[stimulus],
                "attribute": _full_name(table, name),
                "response": numbers(table[name], f"{name}", rows=list(table[stimulus])),
            }
        )
        parts.append(part[part["response"].notna()])
    if not parts:
        raise BadInput("No column holds values of an attribute.")
    columns = dict(pd.concat(parts, ignore_index=True))
    return trials(
        columns | {"paradigm": "attribute"} | scale_columns(scale),
        notes=[f"Columns without numbers: {', '.join(left)}."] if left else [],
    )


def _full_name(table: pd.DataFrame, name: "str | pd.Series") -> "str | pd.Series":
    """Return the attribute with the kind of its rating, as in "FORM (attentive)"."""
    kind = column(table, KINDS)
    if kind is None:
        return name
    return pd.Series(name, index=table.index) + " (" + table[kind] + ")"
