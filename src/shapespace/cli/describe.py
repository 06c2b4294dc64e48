"""`shapespace describe`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from shapespace.cli.show import show_json

if TYPE_CHECKING:
    from shapespace.model.describe import LayerRow

HEADINGS = (
    "layer", "kind", "kernel", "stride", "padding", "out. pad.", "output", "activation",
    "dropout", "parameters",
)  # fmt: skip


def describe(
    *,
    recipe: str = "quick",
    set: Annotated[
        tuple[str, ...], tyro.conf.arg(metavar="KEY=VALUE"), tyro.conf.UseAppendAction
    ] = (),
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Print every layer of a recipe's network, with sizes and numbers of parameters.

    Example: shapespace describe --recipe published-best --out figures/network

    Args:
        recipe: Whose network: quick, sound, published-default or published-best.
        set: Change one value of the config, such as model.code_size=256; may be repeated.
        out: Also draw the network, as SVG and PNG: the path without an ending.
        json: Print JSON, which also holds the whole config.
    """
    from dataclasses import asdict

    from shapespace.model.autoencoder import Autoencoder
    from shapespace.model.describe import count_parameters, layer_rows
    from shapespace.studies.runs.config import with_settings
    from shapespace.studies.runs.recipes import recipe as find_recipe

    config = with_settings(find_recipe(recipe), set)
    rows = layer_rows(Autoencoder(config.model, seed=config.seed))
    counts = count_parameters(rows)
    if json:
        layers = [asdict(row) for row in rows]
        show_json({"config": asdict(config), "layers": layers, "n_parameters": counts})
    else:
        _show_table(rows, counts)
    if out is not None:
        from shapespace.report.network import draw_network
        from shapespace.report.save import save

        for path in save(draw_network([asdict(row) for row in rows]), out):
            print(f"drawn: {path}", file=sys.stderr)


def _show_table(rows: "list[LayerRow]", counts: dict[str, int]) -> None:
    """Print the layers in columns, words to the left and numbers to the right."""
    table = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    for line in table:
        cells = [
            cell.ljust(width)
            if heading in ("layer", "kind", "activation")
            else cell.rjust(width)
            for cell, width, heading in zip(line, widths, HEADINGS, strict=True)
        ]
        print("  ".join(cells).rstrip())
    print()
    for part, count in counts.items():
        print(f"{part:<8} {count:>10,} parameters")


def _cells(row: "LayerRow") -> tuple[str, ...]:
    squares = (row.kernel, row.stride, row.padding, row.output_padding)
    return (
        row.name if row.part == "input" else f"{row.part}.{row.name}",
        row.kind,
        *("" if side is None else str(side) for side in squares),
        "×".join(f"{size:,}" for size in row.output_shape),
        row.activation or "",
        f"{row.dropout:g}" if row.dropout else "",
        f"{row.n_parameters:,}" if row.n_parameters else "",
    )
