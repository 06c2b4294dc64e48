"""docs/performance.md from results.json: tables and words by a template, plots beside them."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent


def page(results: dict[str, Any]) -> str:
    """Return the text of docs/performance.md."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": number, "spread": spread_text}
    environment.globals |= {"table": table, "ratio_table": ratio_table, "bar_table": bar_table}
    return environment.get_template("performance.md.jinja").render(**results)


def number(value: float | None) -> str:
    """Return a number with three digits that count, "–" for None."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread_text(value: dict[str, float] | None) -> str:
    """Return "median [low, high]"."""
    if value is None:
        return "–"
    if value["n"] == 1:
        return number(value["median"])
    return f"{number(value['median'])} [{number(value['low'])}, {number(value['high'])}]"


def table(entry: dict[str, Any]) -> str:
    """Return an entry's rows as a Markdown table, with the columns that any row fills."""
    rows = entry["rows"]
    has_memory = any(row["peak_mb"] for row in rows)
    has_share = any(row["share_of_peak"] for row in rows)
    has_faults = any((row["faults"] or 0) >= 1 for row in rows)
    has_cosine = any("cosine" in row["facts"] for row in rows)
    has_stress = any("stress" in row["facts"] for row in rows)
    has_note = any(row["note"] for row in rows)
    head = ["case", "way", "median [range]", "rounds"]
    head += ["share of peak"] * has_share + ["memory, MB"] * has_memory
    head += ["page faults"] * has_faults + ["cosine"] * has_cosine + ["stress"] * has_stress
    head += [""] * has_note
    lines = []
    for row in rows:
        value = row["value"]
        cells = [row["case"], row["candidate"]]
        cells += [f"{spread_text(value)} {row['unit']}" if value else "–"]
        cells += [str(value["n"]) if value else "–"]
        if has_share:
            share = row["share_of_peak"]
            cells.append(f"{share:.0%}" if share else "–")
        if has_memory:
            cells.append(number(row["peak_mb"] or None))
        if has_faults:
            cells.append(number(row["faults"]))
        if has_cosine:
            cosine = row["facts"].get("cosine")
            cells.append(f"{cosine:.5f}" if cosine else "–")
        if has_stress:
            stress = row["facts"].get("stress")
            cells.append(f"{stress:.5f}" if stress else "–")
        if has_note:
            cells.append(row["note"])
        lines.append(cells)
    return markdown(head, lines)


def ratio_table(entry: dict[str, Any]) -> str:
    """Return an entry's ratios as a Markdown table."""
    return markdown(
        ["case", "this", "against", "times as fast"],
        [
            [ratio["case"], ratio["ours"], ratio["theirs"], spread_text(ratio["value"])]
            for ratio in entry["ratios"]
        ],
    )


def bar_table(bars: list[dict[str, Any]]) -> str:
    """Return the table of what was to be reached."""
    lines = []
    for bar in bars:
        sign = "≥" if bar["at_least"] else "≤"
        reach = "–" if bar["reach"] is None else f"{sign} {bar['reach']:g}"
        verdict = "no" if not bar["met"] else "yes, goal reached" if bar["reached"] else "yes"
        value = f"{number(bar['value'])} {bar['unit']}"
        lines.append([bar["what"], value, f"{sign} {bar['bar']:g}", reach, verdict])
    return markdown(["what", "measured", "bar", "goal", "met"], lines)


def markdown(head: list[str], lines: list[list[str]]) -> str:
    """Return a Markdown table; a cell that repeats the first column's above it is left empty."""
    above = None
    shown = []
    for first, *rest in lines:
        shown.append(["" if first == above else first, *rest])
        above = first
    rows = [head, ["---"] * len(head), *shown]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
