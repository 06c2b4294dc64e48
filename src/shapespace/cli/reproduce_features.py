"""`shapespace reproduce features`."""

import sys

from shapespace.cli.show import show_json


def features(*, json: bool = False) -> None:
    """Measure how human features and spaces agree with the ratings, beside the published figures.

    Kendall's tau-b of FORM, LINES, ORIENTATION, natural or artificial, and look of categories,
    alone and together, rated in both ways; and of the published spaces. Weights are 1 ("fixed") or
    fitted over folds of pairs as the study did ("optimised").

    Example: shapespace reproduce features

    Args:
        json: Print JSON instead of a table.
    """
    from dataclasses import asdict

    from shapespace.spaces.reproduction.features import reproduce_features

    found = reproduce_features(tell=lambda text: print(text, file=sys.stderr))
    if json:
        show_json([asdict(row) for row in found])
        return
    width = max(len(row.figure) for row in found)
    print(
        f"{'dims':>4}  {'figure':<{width}} {'published':>9} {'ours':>9} {'difference':>10} "
        f"{'tolerance':>9}  verdict"
    )
    for row in found:
        print(
            f"{row.n_dims:>4}  {row.figure:<{width}} {row.published:>9.4f} {row.ours:>9.4f} "
            f"{row.difference:>+10.4f} {row.tolerance:>9.4f}  {row.verdict}"
        )
    n_within = sum(row.verdict == "within" for row in found)
    print(f"{n_within} within, {len(found) - n_within} off")
