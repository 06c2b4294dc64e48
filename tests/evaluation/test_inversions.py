import numpy as np
import pytest

from shapespace.evaluation.pairs.inversions import LONG, inversions, inversions_of_long

RANDOM = np.random.default_rng(0)


def counted(sequence):
    """Compare every pair."""
    return sum(
        int((sequence[:place] > sequence[place]).sum()) for place in range(len(sequence))
    )


@pytest.mark.parametrize("n", [1, 2, 3, 63, 64, 65, 200, LONG])
def test_inversions_of_short_sequences_are_those_of_all_pairs(n):
    rows = np.array([RANDOM.permutation(n) for _ in range(3)])
    assert inversions(rows).tolist() == [counted(row) for row in rows]


def test_an_order_has_none_and_its_reverse_has_all():
    rows = np.stack([np.arange(500), np.arange(500)[::-1]])
    assert inversions(rows).tolist() == [0, 500 * 499 // 2]


def test_of_no_sequences_there_is_nothing_to_count():
    assert inversions(np.empty((0, 10), int)).tolist() == []


@pytest.mark.parametrize("n_threads", ["1", "2"])
@pytest.mark.parametrize("n", [LONG, LONG + 1, 3 * LONG, 20_000])
def test_inversions_of_long_sequences_are_those_of_all_pairs(monkeypatch, n, n_threads):
    monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
    # Nearly in order, so that the pairs lie in one block, one band, both and neither.
    sequence = np.argsort(np.arange(n) + RANDOM.normal(0, n / 5, n))
    assert inversions_of_long(sequence, np.argsort(sequence)) == counted(sequence)


def test_swapping_neighbours_adds_one():
    sequence = RANDOM.permutation(10_000)
    low, high = 7000, 7001
    if sequence[low] > sequence[high]:
        sequence[[low, high]] = sequence[[high, low]]
    before = inversions_of_long(sequence, np.argsort(sequence))
    sequence[[low, high]] = sequence[[high, low]]
    assert inversions_of_long(sequence, np.argsort(sequence)) == before + 1


def test_sequences_too_long_for_a_row_are_our_own_mistake():
    with pytest.raises(AssertionError, match="inversions_of_long"):
        inversions(np.arange(LONG + 1)[None])
