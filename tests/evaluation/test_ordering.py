from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shapespace.evaluation.pairs import ordering
from shapespace.evaluation.pairs.ordering import ascending, whole_runs

RANDOM = np.random.default_rng(0)
N = 70_000


@pytest.fixture(params=["1", "2"], ids=["one thread", "two threads"])
def always_packed(monkeypatch, request):
    """Sort even few values by packing them, on one thread or two."""
    monkeypatch.setattr(ordering, "PACKED_FROM", 1)
    monkeypatch.setattr(ordering, "CHUNK", 1000)
    monkeypatch.setenv("OMP_NUM_THREADS", request.param)


def assert_equals_argsort(values):
    order, starts = ascending(values)
    assert np.array_equal(order, np.argsort(values, kind="stable"))
    assert starts[:1].all()
    assert np.array_equal(starts[1:], np.diff(values[order]) > 0)


@pytest.mark.parametrize(
    "values",
    [
        RANDOM.normal(size=N),
        RANDOM.random(N),
        np.round(RANDOM.normal(size=N), 1),
        np.where(RANDOM.random(N) < 0.5, 0.0, -0.0),
        np.ones(N),
        -np.arange(float(N)),
    ],
    ids=["signed", "positive", "tied", "both zeros", "one value", "descending"],
)
def test_the_order_is_that_of_a_stable_argsort(always_packed, values):
    assert_equals_argsort(values)


def test_values_that_differ_in_lost_bits_alone_are_swapped_back(always_packed):
    # Zero makes the bits span so much that neighbours differ only in those that are dropped.
    pairs = np.repeat(RANDOM.random(N // 2) + 0.5, 2)
    pairs[::2] = np.nextafter(pairs[::2], 2)
    assert_equals_argsort(np.append(pairs, 1e-300))


def test_a_crowd_of_such_values_is_left_to_numpy(always_packed):
    crowd = 1 + 1e-15 * RANDOM.permutation(3000)
    assert_equals_argsort(np.append(crowd, [1e-300, -1e300]))


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(allow_nan=False)))
def test_any_numbers_are_ordered_alike(values):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "PACKED_FROM", 1)
        order, starts = ascending(values)
    assert np.array_equal(order, np.argsort(values, kind="stable"))
    sorted_values = values[order]
    assert np.array_equal(starts[1:], sorted_values[1:] != sorted_values[:-1])


def test_few_values_are_ordered_like_many():
    assert_equals_argsort(np.array([3.0, 1, 2, 1, 3]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=40), st.integers(1, 12))
def test_parts_cut_no_run_and_leave_nothing_out(starts, size):
    starts = np.array([True, *starts[1:]])
    parts = whole_runs(starts, size)
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    assert parts[-1].stop == len(starts)
    assert all(starts[part.start] for part in parts)


def test_parts_that_are_settled_alone_hold_all_places_and_lie_far_apart(monkeypatch):
    monkeypatch.setattr(ordering, "CHUNK", 10)
    wrong = np.flatnonzero(RANDOM.random(5000) < 0.05)
    parts = ordering._apart(wrong)
    assert len(parts) > 5
    assert np.array_equal(np.concatenate(parts), wrong)
    reach = 2 * ordering.MOST_SWAPS + 2
    assert all(b[0] - a[-1] > reach for a, b in pairwise(parts))
    assert [part.tolist() for part in ordering._apart(wrong[:0])] == [[]]
