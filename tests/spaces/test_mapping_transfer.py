"""The cross-validated transfer against a slow, obvious version, and against known truth."""

import numpy as np
import pytest
from sklearn.model_selection import LeaveOneGroupOut

from shapespace.errors import BadInput
from shapespace.spaces.mapping.regressions import REGRESSIONS, STRENGTHS
from shapespace.spaces.mapping.scores import mean_squared_error, scores
from shapespace.spaces.mapping.space_map import SpaceMap
from shapespace.spaces.mapping.transfer import CodedImages, transfer

N, COPIES, UNITS = 20, 4, 7
FOLDS = np.arange(N) % 4
STIMULI = np.tile(np.arange(N), COPIES)


@pytest.fixture(scope="module")
def world():
    """Codes that hold the coordinates of two spaces, in copies with some noise."""
    draw = np.random.default_rng(2)
    truth = draw.normal(size=(N, UNITS))
    spaces = {2: truth[:, :2] + 0.1 * draw.normal(size=(N, 2)), 3: truth[:, 2:5]}
    noisy, clean = (
        CodedImages(truth[STIMULI] + level * draw.normal(size=(N * COPIES, UNITS)), STIMULI)
        for level in (0.5, 0.2)
    )
    return noisy, clean, spaces


def _slowly(kind, strength, train, test, targets, leave_out):
    """Fit without some folds, one strength and one space at a time."""
    known = ~np.isin(FOLDS[train.stimuli], leave_out)
    model = SpaceMap(kind, strength).fit(train.codes[known], targets[train.stimuli[known]])
    return model.predict(test.codes)


@pytest.mark.parametrize("kind", REGRESSIONS)
def test_all_spaces_at_once_are_the_same_as_each_by_itself(world, kind):
    noisy, clean, spaces = world
    strengths = STRENGTHS[kind][:3]
    found = transfer(kind, strengths, noisy, {"clean": clean, "noisy": noisy}, spaces, FOLDS)
    assert set(found) == {("clean", 2), ("clean", 3), ("noisy", 2), ("noisy", 3)}
    for test in (clean, noisy):
        result = found["clean" if test is clean else "noisy", 3]
        for row, strength in enumerate(strengths):
            expected = np.empty((len(STIMULI), 3))
            for fold in range(4):
                rows = FOLDS[STIMULI] == fold
                placed = _slowly(kind, strength, noisy, test, spaces[3], [fold])
                expected[rows] = placed[rows]
            np.testing.assert_allclose(result.at(row).coordinates, expected, atol=2e-3)
            np.testing.assert_array_equal(result.at(row).targets, spaces[3][STIMULI])


def test_strengths_are_chosen_without_the_fold_they_are_judged_on(world):
    noisy, clean, spaces = world
    strengths = (0.001, 1.0, 100.0)
    result = transfer("ridge", strengths, noisy, {"clean": clean}, spaces, FOLDS)["clean", 2]
    for fold in range(4):
        inside = np.flatnonzero(FOLDS[STIMULI] != fold)
        errors = np.zeros(3)
        for _, judged in LeaveOneGroupOut().split(inside, groups=FOLDS[STIMULI[inside]]):
            rows = inside[judged]
            other = int(FOLDS[STIMULI[rows[0]]])
            for k, strength in enumerate(strengths):
                placed = _slowly("ridge", strength, noisy, clean, spaces[2], [fold, other])
                errors[k] += ((placed[rows] - spaces[2][STIMULI[rows]]) ** 2).sum()
        assert result.chosen[fold] == errors.argmin()
        mine = FOLDS[STIMULI] == fold
        at_choice = result.at(result.chosen[fold])
        np.testing.assert_array_equal(
            result.nested.coordinates[mine], at_choice.coordinates[mine]
        )
    assert mean_squared_error(result.at(result.best)) == min(
        mean_squared_error(result.at(k)) for k in range(3)
    )


def test_codes_that_hold_the_space_lead_there_and_swapped_names_do_not(world):
    noisy, clean, spaces = world
    swapped = {2: spaces[2][np.random.default_rng(0).permutation(N)]}
    r2 = [
        scores(
            transfer("ridge", (0.1,), noisy, {"clean": clean}, target, FOLDS)[
                "clean", 2
            ].nested,
            generator=np.random.default_rng(0),
            n_draws=10,
        )["r2"].value
        for target in (spaces, swapped)
    ]
    assert r2[0] > 0.6
    assert r2[1] < 0.1


def test_the_test_stimuli_teach_nothing(world):
    # Copies of the same drawing in training would be found again by the nearest neighbour.
    noisy, _, _ = world
    nonsense = {2: np.random.default_rng(9).normal(size=(N, 2))}
    result = transfer("knn", (1,), noisy, {"same": noisy}, nonsense, FOLDS)["same", 2]
    off = ((result.nested.coordinates - result.targets) ** 2).sum(axis=1)
    assert off.min() > 0


def test_without_a_choice_there_is_no_nested_result(world):
    noisy, clean, spaces = world
    found = transfer("ridge", (0.1, 1.0), noisy, {"c": clean}, spaces, FOLDS, choose=False)
    with pytest.raises(BadInput, match="ask for `choose`"):
        _ = found["c", 2].nested


def test_two_folds_cannot_choose_a_strength(world):
    noisy, clean, spaces = world
    halves = np.arange(N) % 2
    transfer("linear", (0.0,), noisy, {"c": clean}, spaces, halves)
    with pytest.raises(BadInput, match="at least 3 folds, got 2"):
        transfer("ridge", (0.1, 1.0), noisy, {"c": clean}, spaces, halves)
