import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.data.trials.aggregation import aggregate, rated_pairs
from shapespace.data.trials.layouts import read_trials
from shapespace.data.trials.table import Trials
from shapespace.data.trials.triplets import (
    from_things,
    from_triplets,
    repeated_choices,
    to_psiz,
    to_things,
    to_triplets,
)
from shapespace.errors import BadInput
from shapespace.evaluation.people.reliability import choice_agreement

IDS = ("ant", "bee", "cat", "dog")

three = st.permutations(range(4)).map(lambda order: order[:3])
choices = st.lists(three, min_size=1, max_size=8).map(np.array)


def told(trials: Trials) -> list[tuple[frozenset, str]]:
    """For each trial the pair that was found alike, and the odd one."""
    rows = []
    for row in trials.table.itertuples():
        shown = [row.stimulus1, row.stimulus2, row.stimulus3]
        odd = shown.pop(int(row.response) - 1)
        rows.append((frozenset(shown), odd))
    return rows


@settings(max_examples=15, deadline=None)
@given(choices)
def test_things_order_survives_the_way_in_and_out(triples):
    trials = from_things(triples, IDS)
    assert np.array_equal(to_things(trials, IDS), triples)
    assert told(trials) == [(frozenset((IDS[a], IDS[b])), IDS[c]) for a, b, c in triples]


@settings(max_examples=15, deadline=None)
@given(choices)
def test_triplets_survive_the_way_in_and_out(triples):
    assert np.array_equal(to_triplets(from_triplets(triples, IDS), IDS), triples)


def test_an_odd_one_out_says_two_things():
    # The odd one is 3: so 1 is nearer to 0 than 3 is, and 0 nearer to 1.
    trials = from_things(np.array([[0, 1, 3]]), IDS)
    assert to_triplets(trials, IDS).tolist() == [[0, 1, 3], [1, 0, 3]]
    assert to_psiz(trials, IDS).tolist() == [[1, 2, 4], [2, 1, 4]]


def test_a_triplet_in_which_the_third_was_chosen_is_turned():
    trials = from_triplets(np.array([[0, 1, 2]]), IDS)
    chosen = Trials(trials.table.assign(response=3.0))
    assert to_triplets(chosen, IDS).tolist() == [[0, 2, 1]]


def test_the_odd_one_may_be_given_by_name_or_place(tmp_path):
    path = tmp_path / "choices.csv"
    path.write_text(
        "rater,stimulus1,stimulus2,stimulus3,odd\nr,ant,bee,cat,bee\nr,ant,bee,dog,3\n"
    )
    trials = read_trials(path)
    assert told(trials) == [({"ant", "cat"}, "bee"), ({"ant", "bee"}, "dog")]
    path.write_text("stimulus1,stimulus2,stimulus3,odd\nant,bee,cat,dog\n")
    with pytest.raises(
        BadInput, match="odd one 'dog' \\(row 1\\) is not one of 'ant', 'bee', 'cat'"
    ):
        read_trials(path)


def test_anchored_triplets_are_read_by_name(tmp_path):
    path = tmp_path / "triplets.csv"
    path.write_text("anchor,positive,negative\nant,bee,cat\n")
    assert to_triplets(read_trials(path), IDS).tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("text", ["0 1 3\n2 1 0\n", "0,1,3\n2,1,0", "0.0\t1.0\t3.0\n2 1 0\n"])
def test_text_of_things_is_read(tmp_path, text):
    path = tmp_path / "train_90.txt"
    path.write_text(text)
    trials = read_trials(path, stimuli=IDS)
    assert to_things(trials, IDS).tolist() == [[0, 1, 3], [2, 1, 0]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0 1 9\n", "names stimulus 9, but there are 4"),
        ("0 1 -1\n", "names stimulus -1"),
        ("0 1 2\n0 1\n", "Line 2 .* does not hold three"),
        ("0 1 2\n0 1 1.5\n", "whole numbers"),
        ("0 1 1\n", "compared with itself"),
    ],
)
def test_broken_triples_are_refused(tmp_path, text, words):
    path = tmp_path / "x.txt"
    path.write_text(text)
    with pytest.raises(BadInput, match=words):
        read_trials(path, stimuli=IDS)


def test_an_array_of_triples_is_read(tmp_path):
    np.save(tmp_path / "t.npy", np.array([[0, 1, 3]]))
    found = read_trials(tmp_path / "t.npy", stimuli=IDS)
    assert to_things(found, IDS).tolist() == [[0, 1, 3]]


def test_a_list_that_lacks_a_stimulus_is_refused():
    with pytest.raises(BadInput, match="lacks 'dog', which was shown"):
        to_things(from_things(np.array([[0, 1, 3]]), IDS), IDS[:3])


def test_dissimilarity_of_choices_is_the_share_of_comparisons_lost():
    # ant-bee wins against cat twice and loses once, when ant is odd.
    triples = np.array([[0, 1, 2], [0, 1, 2], [1, 2, 0]])
    rated = rated_pairs(from_things(triples, IDS))
    values, counts = aggregate(rated)
    pairs = dict(zip([("ant", "bee"), ("ant", "cat"), ("bee", "cat")], values, strict=True))
    assert pairs == pytest.approx(
        {("ant", "bee"): 1 / 3, ("ant", "cat"): 1, ("bee", "cat"): 2 / 3}
    )
    assert counts.tolist() == [3, 3, 3]


def test_triplets_compare_two_pairs_only():
    rated = rated_pairs(from_triplets(np.array([[0, 1, 2]]), IDS, rater="r"))
    assert rated.values.tolist()[0][:2] == [0, 1]
    assert np.isnan(rated.values[0, 2])


def test_agreement_of_repeated_choices_is_counted_by_hand():
    # Asked three times, two answers equal: 1 of 3 pairs. Another task once: not counted.
    triples = np.array([[0, 1, 2], [1, 0, 2], [2, 1, 0], [0, 1, 3]])
    answers, tasks, n_repeated = repeated_choices(from_things(triples, IDS))
    assert n_repeated == 1
    assert choice_agreement(answers, tasks) == pytest.approx(1 / 3)
    assert np.isnan(choice_agreement(answers[3:], tasks[3:]))


def test_two_orders_of_one_triplet_are_one_task_but_two_anchors_are_not():
    trials = from_triplets(np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2]]), IDS)
    answers, tasks, n_repeated = repeated_choices(trials)
    assert (tasks[0] == tasks[1], tasks[0] == tasks[2], n_repeated) == (True, False, 1)
    assert answers[0] != answers[1]
