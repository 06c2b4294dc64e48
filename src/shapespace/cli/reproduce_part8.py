"""`shapespace reproduce part8`."""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tyro

from shapespace.cli.show import show_json


def part8(study: tyro.conf.Positional[Path], *, json: bool = False) -> None:
    """Set a study beside the published one: every number, every statement, and a verdict.

    A number passes if it lies within its tolerance of the published one. It is not comparable
    where the study had other images, another network or a shorter training, and it is said in
    what. Statements about directions are tested at any scale.

    Example: shapespace reproduce part8 studies/part8

    Args:
        study: Directory of a study, finished or not.
        json: Print JSON instead of text.
    """
    from shapespace.report.study.reproduction import claims_table, number_table
    from shapespace.report.study.tables import as_text
    from shapespace.studies.sweeps.published_claims import check_claims
    from shapespace.studies.sweeps.reproduction import NUMBERS, beside_published
    from shapespace.studies.sweeps.summary import summarise

    summary = summarise(study)
    reproduction, claims = beside_published(summary), check_claims(summary)
    if json:
        numbers = [{**asdict(one), "difference": one.difference} for one in reproduction.checks]
        values = {
            "study": reproduction.study,
            "deviations": reproduction.deviations,
            "numbers": numbers,
            "statements": [asdict(one) for one in claims],
        }
        show_json(_without_nan(values))
        return
    for number in NUMBERS:
        print(as_text(number_table(reproduction, number)))
    print(as_text(claims_table(claims)))
    if reproduction.deviations:
        print("Numbers are not comparable, since the study differs from the published one in:")
        for deviation in reproduction.deviations:
            print(f"- {deviation}")


def _without_nan(values: Any) -> Any:
    """Return nested values with None for what is not defined: JSON knows no nan."""
    if isinstance(values, dict):
        return {key: _without_nan(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_without_nan(value) for value in values]
    return None if isinstance(values, float) and math.isnan(values) else values
