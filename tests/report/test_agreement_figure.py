import math

import numpy as np
import pytest

from shapespace.report.agreement import (
    Reference,
    Score,
    draw_agreement,
    draw_distances,
    read_references,
    read_scores,
)


def score(distance="euclidean", weights="fixed", stimuli="all", value=0.2, half=0.1, n=60):
    bounds = (
        {"low": value - half, "high": value + half} if half else {"low": None, "high": None}
    )
    return Score(
        distance=distance, weights=weights, stimuli=stimuli, value=value, n=n, **bounds
    )


def texts(figure) -> str:
    (axes,) = figure.axes
    ticks = [t.get_text() for t in axes.get_yticklabels()]
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    return "\n".join([*ticks, *legend, axes.get_xlabel()])


def marks(figure) -> list[tuple[float, float]]:
    """Where the dots stand: lines of one point."""
    lines = [line.get_xydata() for line in figure.axes[0].lines if len(line.get_xydata()) == 1]
    return [tuple(points[0]) for points in lines]


def test_scores_stand_at_their_values_under_the_name_of_their_distance():
    figure = draw_agreement(
        [score(value=0.2), score("inner_product", value=-0.1)], [], measure="Kendall tau-b"
    )
    (first, y1), (second, y2) = marks(figure)
    assert (first, second) == (0.2, -0.1)
    assert abs(y1 - 0) < 0.5
    assert abs(y2 - 1) < 0.5
    assert "euclidean\ninner product" in texts(figure)


def test_intervals_reach_from_low_to_high():
    figure = draw_agreement([score(value=0.2, half=0.05)], [], measure="Kendall tau-b")
    spans = [line.get_xdata() for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert any(list(span) == pytest.approx([0.15, 0.25]) for span in spans)


def test_a_score_without_an_interval_is_a_dot():
    figure = draw_agreement([score(half=0)], [], measure="Kendall tau-b")
    assert marks(figure)[0][0] == 0.2


def test_measure_note_and_number_of_stimuli_are_written():
    scores = [score(n=60), score(stimuli="held-out", n=12), score(weights="optimised", n=60)]
    text = texts(draw_agreement(scores, [], measure="Kendall tau-b", note="Stand-in drawings"))
    assert "Kendall tau-b with human dissimilarities\nStand-in drawings" in text
    assert "fixed weights, held-out stimuli (n = 12)" in text
    assert "optimised weights, all stimuli (n = 60)" in text
    assert "optimised weights, held-out" not in text


def test_references_follow_beneath_with_their_names():
    figure = draw_agreement(
        [score()],
        [Reference(name="shuffled ratings", value=0.0, low=-0.04, high=0.04),
         Reference(name="ceiling", value=0.9)],
        measure="Kendall tau-b",
    )  # fmt: skip
    below = [y for _, y in marks(figure)]
    assert below[0] < below[1] < below[2]
    assert "euclidean\nshuffled ratings\nceiling" in texts(figure)


def test_every_pair_is_a_dot_and_the_line_never_falls():
    random = np.random.default_rng(0)
    distances = random.gamma(4, size=300)
    ratings = np.clip(distances / 3 + random.standard_normal(300), 0, 4)
    figure = draw_distances(distances, ratings, distance="inner_product", tau_b=0.4, n=25)
    (axes,) = figure.axes
    assert len(axes.collections[0].get_offsets()) == 300
    line = axes.lines[0].get_xydata()
    assert (np.diff(line, axis=0) >= 0).all()
    assert axes.get_xlabel() == "inner product distance of codes"
    assert axes.get_title(loc="left") == "Kendall tau-b +0.400: 25 stimuli, 300 pairs"


def estimate(value: float) -> dict:
    tau = {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 60}
    return {"kendall_tau_b": tau, "spearman": tau | {"value": 2 * value}}


RESULTS = {
    "euclidean": {"fixed": estimate(0.2), "optimised": estimate(0.3)},
    "cosine": {"fixed": estimate(0.1), "optimised": estimate(math.nan)},
    "held_out": {"euclidean": {"fixed": estimate(0.15), "optimised": estimate(0.16)}},
    "baselines": {"pixels_min_24": {"euclidean": {"fixed": estimate(0.21)}}},
    "shuffled": {"euclidean": {"mean": 0.0, "percentile_95": 0.05, "p_value": 0.01}},
    "ceiling": {"kendall_tau_b": 0.7, "spearman": 0.85, "n_pairs": 101},
}


def test_scores_are_found_in_the_results_and_undefined_ones_left_out():
    found = [(s.distance, s.stimuli, s.weights, s.value) for s in read_scores(RESULTS)]
    assert found == [
        ("euclidean", "all", "fixed", 0.2),
        ("euclidean", "held-out", "fixed", 0.15),
        ("euclidean", "all", "optimised", 0.3),
        ("euclidean", "held-out", "optimised", 0.16),
        ("cosine", "all", "fixed", 0.1),
    ]
    assert read_scores(RESULTS, "spearman")[0].value == 0.4
    assert read_scores({}) == []


def test_references_are_found_in_the_results():
    found = [(r.name.replace("\n", " "), r.value) for r in read_references(RESULTS)]
    assert found == [
        ("shuffled ratings, mean to 95th percentile", 0.0),
        ("pixels min 24, euclidean", 0.21),
        ("halves of the raters (101 pairs only)", 0.7),
    ]
    assert [r.value for r in read_references(RESULTS, "spearman")] == [0.42, 0.85]
    assert read_references({}) == []
