import numpy as np
import pytest

from shapespace.data.trials.matching import match
from shapespace.data.trials.table import COLUMNS, trials
from shapespace.errors import BadInput

PAIR = {
    "paradigm": "similarity",
    "rater": ["s1", "s2"],
    "stimulus1": ["cat", "cat"],
    "stimulus2": ["dog", "dog"],
    "response": [1.0, 5.0],
    "scale_low": 1.0,
    "scale_high": 5.0,
}


def test_what_is_not_said_is_empty():
    table = trials(PAIR).table
    assert list(table.columns) == COLUMNS
    assert (table[["trial", "stimulus3", "attribute"]] == "").all(axis=None)
    assert table["time"].isna().all()


def test_stimuli_and_raters_are_told_sorted():
    found = trials(PAIR | {"rater": ["z", "b"], "stimulus1": ["cat", "ant"]})
    assert found.stimuli == ("ant", "cat", "dog")
    assert found.raters == ("b", "z")
    assert found.paradigms == ("similarity",)


def test_a_missing_response_is_left_out_with_a_note():
    found = trials(PAIR | {"response": [np.nan, 2.0]})
    assert len(found.table) == 1
    assert found.notes == ("1 trials without a response were left out.",)


def test_one_paradigm_is_taken_out_of_several():
    mixed = trials(PAIR | {"paradigm": ["similarity", "dissimilarity"]})
    assert mixed.of("dissimilarity").table["response"].tolist() == [5.0]
    with pytest.raises(BadInput, match="no trials of the kind 'attribute'; these are 'simil"):
        mixed.of("attribute")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"response": [np.nan, np.nan]}, "no trial with a response"),
        (
            {"response": [6.0, 1.0]},
            "response 6 of rater 's1' on 'cat', 'dog' is outside the scale",
        ),
        ({"response": [np.inf, 1.0], "scale_high": np.nan}, "is no number"),
        ({"scale_low": 5.0, "scale_high": 1.0}, "from 5 to 1 has no room"),
        ({"stimulus2": ["cat", "dog"]}, "compared with itself by rater 's1'"),
        ({"stimulus2": ["", "dog"]}, "has 2 stimuli, but not that of rater 's1' on 'cat'"),
        ({"stimulus3": ["owl", ""]}, "has 2 stimuli"),
        ({"paradigm": "sorting"}, "no paradigm 'sorting'; it is one of similarity"),
        ({"rater": "s1"}, "two responses of rater 's1' on 'cat', 'dog'.*column 'trial'"),
        ({"time": [-1.0, 1.0]}, "time of -1 s cannot be"),
        (
            {"paradigm": "dissimilarity", "response": [-1.0, 1.0], "scale_low": np.nan},
            "dissimilarity of -1 cannot be",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(changes, words):
    with pytest.raises(BadInput, match=words):
        trials(PAIR | changes)


@pytest.mark.parametrize(("paradigm", "response"), [("odd_one_out", 4.0), ("triplet", 1.0)])
def test_a_choice_of_none_of_the_stimuli_is_refused(paradigm, response):
    with pytest.raises(BadInput, match="chooses none of the stimuli"):
        trials(
            {
                "paradigm": paradigm,
                "stimulus1": ["a"],
                "stimulus2": ["b"],
                "stimulus3": ["c"],
                "response": [response],
            }
        )


def test_an_attribute_needs_a_name():
    with pytest.raises(BadInput, match="No attribute is named for an unnamed rater on 'a'"):
        trials({"paradigm": "attribute", "stimulus1": ["a"], "response": [1.0]})


def test_the_same_pair_in_the_other_order_is_the_same_trial():
    turned = {"rater": "s1", "stimulus1": ["cat", "dog"], "stimulus2": ["dog", "cat"]}
    with pytest.raises(BadInput, match="two responses"):
        trials(PAIR | turned)
    assert len(trials(PAIR | turned | {"trial": ["1", "2"]}).table) == 2


def test_unnamed_raters_may_answer_the_same():
    assert len(trials(PAIR | {"rater": ""}).table) == 2


def test_a_table_without_a_column_is_refused():
    whole = trials(PAIR)
    with pytest.raises(BadInput, match="lacks the column 'response'"):
        type(whole)(whole.table.drop(columns="response"))


def test_mismatches_are_named_and_near_names_suggested():
    found = match(["Bell Pepper", "owl"], ["bell_pepper", "owl", "ant"])
    assert found.both == ("owl",)
    assert found.only_known == ("ant", "bell_pepper")
    with pytest.raises(BadInput, match=r"not in the set: 'Bell Pepper'. Is .* 'bell_pepper'"):
        found.require_all_known("the set")
    match(["owl"], ["owl", "ant"]).require_all_known("the set")
