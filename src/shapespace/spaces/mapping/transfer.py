"""From codes to coordinates by regression, judged on stimuli that the regression never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from shapespace.errors import BadInput
from shapespace.spaces.mapping.regressions import Grid, Regression, predict_grid
from shapespace.spaces.mapping.scores import Placed, mean_squared_error


@dataclass(frozen=True, eq=False)
class CodedImages:
    """Codes of images, and the stimulus that each of them shows."""

    codes: Float[ndarray, "image unit"]
    stimuli: Int[ndarray, " image"]
    """Number of the stimulus of each image."""

    def among(self, stimuli: Sequence[int] | ndarray) -> "CodedImages":
        """Return the images of these stimuli alone."""
        chosen = np.isin(self.stimuli, stimuli)
        return CodedImages(self.codes[chosen], self.stimuli[chosen])


@dataclass(frozen=True, eq=False, kw_only=True)
class Transfer:
    """Every test image placed by a regression that saw no image of its stimulus."""

    kind: Regression
    strengths: tuple[float | int, ...]
    grid: Grid
    """Where each strength places the test images; one row an image, as they were given."""
    targets: Float[ndarray, "image dim"]
    """Where their stimuli lie."""
    stimuli: Int[ndarray, " image"]
    """The stimulus of each test image."""
    folds: Int[ndarray, " stimulus"]
    """Fold of every stimulus."""
    chosen: dict[int, int] | None
    """Fold to the place of the strength that did best inside the other folds; None if it was
    not looked for."""

    def at(self, place: int) -> Placed:
        """Return where the strength at this place of `strengths` puts the images."""
        return self._placed(self.grid[place])

    @property
    def best(self) -> int:
        """Place of the strength with the least MSE on the very images that are scored.

        This is how the study chose. It is too good, since the test stimuli chose it.
        """
        return int(np.argmin([mean_squared_error(self.at(k)) for k in range(len(self.grid))]))

    @property
    def nested(self) -> Placed:
        """Return the images placed by the strength that each fold's training stimuli chose.

        Raises:
            BadInput: If strengths were not chosen so.
        """
        if self.chosen is None:
            raise BadInput("No strength was chosen inside the folds; ask for `choose`.")
        places = np.array([self.chosen[fold] for fold in self.folds[self.stimuli].tolist()])
        return self._placed(self.grid[places, np.arange(len(places))])

    def _placed(self, coordinates: Float[ndarray, "image dim"]) -> Placed:
        return Placed(coordinates=coordinates, targets=self.targets, stimuli=self.stimuli)


def transfer(
    kind: Regression,
    strengths: Sequence[float | int],
    train: CodedImages,
    tests: Mapping[str, CodedImages],
    spaces: Mapping[int, Float[ndarray, "stimulus _"]],
    folds: Int[ndarray, " stimulus"],
    *,
    choose: bool = True,
) -> dict[tuple[str, int], Transfer]:
    """Fit the regression without each fold in turn, and place the test images of that fold.

    All spaces and tests share the work. Where strengths are chosen, each fold's choice comes
    from fits that leave out a further fold and are judged on it, so that a test stimulus has no
    part in the choice.

    Args:
        kind: Which regression.
        strengths: What is tried; see `regressions.STRENGTHS`.
        train: Training images, such as noisy copies.
        tests: Test images by name, such as clean copies; of the same stimuli.
        spaces: Coordinates of every stimulus, by the number of dimensions.
        folds: Fold of every stimulus; all images of a stimulus share it.
        choose: Whether to choose strengths inside the training stimuli; four to five times
            the work where there are five folds.

    Returns:
        One `Transfer` for each test and number of dimensions.

    Raises:
        BadInput: If there are fewer than two folds, or three where strengths are chosen.
    """
    numbers = np.unique(folds).tolist()
    choose = choose and len(strengths) > 1
    if len(numbers) < 2 + choose:
        raise BadInput(
            f"A regression judged on held-out stimuli needs at least {2 + choose} folds, got "
            f"{len(numbers)}."
        )
    targets = np.hstack(list(spaces.values()))
    ends = np.cumsum([points.shape[1] for points in spaces.values()])
    columns = {n: slice(int(end) - n, int(end)) for n, end in zip(spaces, ends, strict=True)}

    def fit_without(left_out: tuple[int, ...]) -> dict[tuple[str, int], Grid]:
        """Fit without some folds; place the test images of each of them."""
        known = train.among(np.flatnonzero(~np.isin(folds, left_out)))
        asked = [(name, fold) for name in tests for fold in left_out]
        images = [
            tests[name].among(np.flatnonzero(folds == fold)).codes for name, fold in asked
        ]
        found = predict_grid(kind, strengths, known.codes, targets[known.stimuli], images)
        return dict(zip(asked, found, strict=True))

    # A fit without two folds serves the choice for the one and for the other.
    fits = {
        left_out: fit_without(left_out)
        for n_left_out in (1, 2)[: 1 + choose]
        for left_out in combinations(numbers, n_left_out)
    }

    def best_inside(fold: int, name: str, column: slice) -> int:
        """Return the place of the strength with the least error on the other folds' stimuli."""
        errors = np.zeros(len(strengths))
        for other in numbers:
            if other != fold:
                grid = fits[min(fold, other), max(fold, other)][name, other][:, :, column]
                rows = folds[tests[name].stimuli] == other
                wanted = targets[tests[name].stimuli[rows], column]
                errors += ((grid - wanted) ** 2).sum(axis=(1, 2))
        return int(errors.argmin())

    result = {}
    for name, test in tests.items():
        grid = np.empty((len(strengths), len(test.stimuli), targets.shape[1]))
        for fold in numbers:
            grid[:, folds[test.stimuli] == fold] = fits[(fold,)][name, fold]
        for n_dims, column in columns.items():
            chosen = dict.fromkeys(numbers, 0) if len(strengths) == 1 else None
            if choose:
                chosen = {fold: best_inside(fold, name, column) for fold in numbers}
            result[name, n_dims] = Transfer(
                kind=kind,
                strengths=tuple(strengths),
                grid=grid[:, :, column],
                targets=targets[test.stimuli, column],
                stimuli=test.stimuli,
                folds=folds,
                chosen=chosen,
            )
    return result
