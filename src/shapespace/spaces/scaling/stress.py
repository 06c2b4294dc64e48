"""How badly distances fit dissimilarities: every stress by its formula."""

import numpy as np

from shapespace.arrays import Flat

FORMULAS = {
    "raw": "Σ w (disparity - distance)²; it grows with the size of the space",
    "normalised": "Σ w (disparity - distance)² / Σ w disparity², distances scaled to fit best",
    "stress_1": "√(Σ w (disparity - distance)² / Σ w distance²), Kruskal's first",
    "stress_2": "√(Σ w (disparity - distance)² / Σ w (distance - mean distance)²), his second",
    "s_stress": "√(Σ w (disparity² - distance²)² / Σ w disparity⁴), of squares",
}
"""Each stress by name; lower is better, 0 is a perfect fit."""


def stresses(distances: Flat, disparities: Flat, weights: Flat) -> dict[str, float]:
    """Return every stress of `FORMULAS`.

    Disparities that are fitted to the distances (as all here are) make `normalised` equal to
    the square of `stress_1`.

    Args:
        distances: Distance of each pair in the space.
        disparities: What it should be: the closest numbers that follow the dissimilarities.
        weights: How much each pair counts; pairs with weight 0 are left out.

    Reference:
        Borg & Groenen (2005), "Modern Multidimensional Scaling", chapters 3 and 11; Takane,
        Young & de Leeuw (1977), Psychometrika 42, for the last.
    """
    counted = weights > 0
    d, fitted, w = distances[counted], disparities[counted], weights[counted]
    raw = float(w @ (fitted - d) ** 2)
    spread = float(w @ (d - np.average(d, weights=w)) ** 2)
    total, of_fitted, common = float(w @ d**2), float(w @ fitted**2), float(w @ (d * fitted))
    of_squares = float(w @ (fitted**2 - d**2) ** 2)
    return {
        "raw": raw,
        "normalised": max(1 - _share(common**2, total * of_fitted), 0.0),
        "stress_1": float(np.sqrt(_share(raw, total))),
        "stress_2": float(np.sqrt(_share(raw, spread))),
        "s_stress": float(np.sqrt(_share(of_squares, float(w @ fitted**4)))),
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
