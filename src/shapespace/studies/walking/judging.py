"""Walks of a run along the directions of a space, judged by the model and without it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from shapespace.arrays import Coordinates, Greys
from shapespace.data.progress import progress_bar
from shapespace.data.randomness import numpy_stream
from shapespace.errors import BadInput
from shapespace.studies.loaded import LoadedRun, Thing
from shapespace.studies.runs.evaluating import without_nan
from shapespace.walks.cloud import OFF
from shapespace.walks.inverse import StepKind
from shapespace.walks.looks import (
    EXPECTED,
    Calibration,
    Look,
    calibrate,
    judge_looks,
    looks_to_dict,
)
from shapespace.walks.points import POLICIES, Policy, share_of_policy
from shapespace.walks.walking import ReadBack, Walk, random_walks, read_back, step_length

N_RANDOM = 30
"""Random directions of the control."""

N_SCRIBBLES = 64
"""Scribbles with which the measures of pictures are calibrated."""


@dataclass(frozen=True, eq=False, kw_only=True)
class JudgedWalk:
    """One walk from several drawings, and what can be said for it."""

    walk: Walk
    axis: np.ndarray
    """Unit vector of the feature, along which pictures are read back."""
    starts: tuple[str, ...]
    """Names of the drawings it began from."""
    seen: tuple[str, ...]
    """What each of them was to the run."""
    held: bool
    """Whether the other features were held."""
    step: StepKind
    """How codes change."""
    read_back: ReadBack
    looks: dict[str, Look]
    off_data: np.ndarray
    """Percentile of every code, start x step."""
    calibration: dict[str, Calibration]
    n_random: int

    @property
    def expected(self) -> tuple[str, int] | None:
        """Measure that the walk should move and which way, for published features."""
        return EXPECTED.get(self.walk.feature)

    @property
    def does_as_said(self) -> bool | None:
        """Whether the pictures change as the feature says, beyond chance and beyond the control;
        None where no measure is known for the feature."""
        if self.expected is None:
            return None
        name, sign = self.expected
        look = self.looks[name]
        inner = look.slope.low if sign > 0 else -look.slope.high
        return bool(inner > 0 and look.p < 0.05)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but codes and pictures, for JSON."""
        return without_nan(
            {
                "feature": self.walk.feature,
                "amounts": self.walk.amounts.tolist(),
                "starts": list(self.starts),
                "seen": list(self.seen),
                "others_held": self.held,
                "step": self.step,
                "asked": self.walk.asked.tolist(),
                "read_back_coordinates": self.walk.read_back.tolist(),
                "read_back": self.read_back.to_dict(),
                "looks": looks_to_dict(self.looks),
                "expected": self.expected and list(self.expected),
                "does_as_said": self.does_as_said,
                "calibration": {name: asdict(c) for name, c in self.calibration.items()},
                "n_random": self.n_random,
                "off_data_percentiles": self.off_data.tolist(),
                "share_off_data": float((self.off_data > OFF).mean()),
            }
        )


def judged_walks(
    run: LoadedRun,
    features: Sequence[str],
    starts: Sequence[Thing] = (),
    *,
    n_steps: int = 7,
    reach: float = 1.5,
    hold: bool = False,
    step: StepKind = "typical",
    n_random: int = N_RANDOM,
    n_scribbles: int = N_SCRIBBLES,
) -> list[JudgedWalk]:
    """Walk along features of the run's space and judge every walk.

    Args:
        run: The run, with its space.
        features: Directions to walk along.
        starts: Stimuli or files to begin from, two or more; the held-out drawings if none are
            given.
        n_steps: Pictures of each start, 3 or more.
        reach: How far either way, in standard deviations of the stimuli along the direction.
        hold: Whether the other features are held.
        step: How codes change; see `LoadedRun.walk`.
        n_random: Random directions of the control.
        n_scribbles: Scribbles with which the measures of pictures are calibrated.

    Raises:
        BadInput: If a feature or start is not known, or there are too few.
    """
    names = [str(start) for start in starts] or run.held_out
    if len(names) < 2:
        raise BadInput("To judge a walk takes at least 2 drawings to begin from.")
    if n_random < 1:
        raise BadInput(f"The control needs at least 1 random direction, got {n_random}.")
    seen = tuple(run.seen(name) for name in names)
    codes = run.encode(run.images(*names))
    done = [
        run.walk(f, list(codes), steps=n_steps, reach=reach, hold=hold, step=step)
        for f in features
    ]
    judged = []
    with progress_bar("walking", len(done) + 1, unit="walks") as bar:
        known = calibrate(run, run.side, n_scribbles)
        bar.advance()
        for walk in done:
            stream = numpy_stream(run.config.seed, f"walk {walk.feature}", 0)
            controls = random_walks(
                run, run.space.map, codes, walk.amounts[[0, len(walk.amounts) // 2, -1]],
                length=step_length(run.space.map, run.inverse(step), walk.direction),
                training_codes=run.training_codes, n_walks=n_random, generator=stream,
            )  # fmt: skip
            flat = walk.codes.reshape(-1, walk.codes.shape[-1])
            judged.append(
                JudgedWalk(
                    walk=walk,
                    axis=run.space.directions[walk.feature],
                    starts=tuple(names),
                    seen=seen,
                    held=hold,
                    step=step,
                    read_back=read_back(walk, run.space.directions, generator=stream),
                    looks=judge_looks(walk, controls, generator=stream),
                    off_data=run.off_data(flat).reshape(walk.codes.shape[:2]),
                    calibration=known,
                    n_random=n_random,
                )
            )
            bar.advance()
    return judged


def by_policy(
    run: LoadedRun, points: Coordinates, *, anchor: Thing
) -> tuple[dict[Policy, Greys], float]:
    """Draw points by every policy.

    Args:
        run: The run, with its space.
        points: Two or more.
        anchor: What the policy "anchor" keeps.

    Returns:
        The pictures of each policy, and how much of them depends on the policy: 0 if the point
        alone decides, 1 if pictures of one point differ as those of any two.

    Raises:
        BadInput: If the points or the anchor cannot be used.
    """
    if len(points) < 2:
        raise BadInput(f"To compare policies takes at least 2 points, got {len(points)}.")
    drawn: dict[Policy, Greys] = {
        policy: run.from_space(points, policy=policy, anchor=anchor) for policy in POLICIES
    }
    return drawn, share_of_policy(np.stack(list(drawn.values())))


def described_space(run: LoadedRun) -> dict[str, Any]:
    """Return what a reader must know of the space and the map into it, for JSON and notes."""
    space = run.space
    held_out = space.held_out_r2
    return without_nan(
        {
            "name": space.name,
            "map": space.kind,
            "held_out_r2": None if held_out is None else held_out.tolist(),
            "mean_held_out_r2": None if held_out is None else float(held_out.mean()),
            "n_stimuli": len(space.items),
            "stand_in": run.stand_in,
            "directions": {name: way.tolist() for name, way in space.directions.items()},
        }
    )
