"""A study beside the published one, as tables."""

import math

from shapespace.report.study.tables import mean_cell, p_text
from shapespace.report.tables import EMPTY, Cell, Row, Table, signed
from shapespace.studies.sweeps.published_claims import ClaimCheck
from shapespace.studies.sweeps.reproduction import NUMBERS, Check, Reproduction
from shapespace.studies.sweeps.summary import LOSS

NUMBER_NAMES = {
    "bce": "cross-entropy (nats per pixel)",
    **{
        name: name.replace("tau_", "Kendall’s tau, ").replace("_", " ")
        for name in NUMBERS
        if name != "bce"
    },
}


def number_table(reproduction: Reproduction, number: str) -> Table:
    """Return one published number of every setting beside ours."""
    digits = 4 if number == "bce" else 3
    checks = [one for one in reproduction.checks if one.number == number]
    return Table(
        caption=f"Published and ours: {NUMBER_NAMES[number]}",
        corner="published setting",
        groups=[],
        columns=["published", "ours", "difference", "tolerance", "verdict"],
        rows=[Row(head=one.setting, cells=_check_cells(one, digits)) for one in checks],
    )


def _check_cells(check: Check, digits: int) -> list[Cell]:
    ours = EMPTY if check.ours is None else mean_cell(check.ours, digits)
    difference = EMPTY
    if not math.isnan(check.difference):
        difference = Cell(value=signed(check.difference, digits))
    return [
        Cell(value=signed(check.published, digits)),
        ours,
        difference,
        Cell(value=f"± {check.tolerance:g}"),
        Cell(value=check.verdict),
    ]


def claims_table(checks: list[ClaimCheck]) -> Table:
    """Return what the study says in words: the published effect, ours, and the verdict."""
    rows = []
    for one in checks:
        digits = 4 if one.claim.measure == LOSS else 3
        ours = EMPTY if one.ours is None else mean_cell(one.ours.mean, digits)
        p_value = "–" if one.ours is None else p_text(one.ours.p_holm)
        rows.append(
            Row(
                head=one.claim.words,
                cells=[
                    mean_cell(one.published, digits),
                    ours,
                    Cell(value=p_value),
                    Cell(value=one.verdict),
                ],
            )
        )
    return Table(
        caption="Statements of the published study, each with one paired test",
        corner="statement",
        groups=[],
        columns=["published effect", "our effect", "our p (Holm)", "verdict"],
        rows=rows,
    )
