"""A run that answers the page: spots to codes, codes to drawings, and what is known of both."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from numpy import ndarray
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from shapespace.arrays import CodeRows, Coordinates, Greys
from shapespace.data.noise import salt_and_pepper
from shapespace.errors import BadInput
from shapespace.explorer.sketches import PREFIX, Sketches
from shapespace.explorer.spots import N_REST, Between, Drawn, Plane, Spot
from shapespace.studies.loaded import LoadedRun
from shapespace.walks.cloud import Cloud
from shapespace.walks.paths import path_between

N_NEAREST = 5
N_KEPT_CODES = 64

FULL = 200
"""What stands for the 100th percentile in the bytes of a shading."""


@dataclass(frozen=True, eq=False)
class OpenRun:
    """A loaded run with what its page needs made beforehand."""

    run: LoadedRun
    sketches: Sketches
    _start_codes: dict[tuple[str, float, int], CodeRows] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Compute everything that would make a first click slow."""
        self.draw(Drawn(spot=Spot(start=self.names[0]), again=True))
        self.draw(
            Drawn(spot=Spot(start=self.names[0], policy="sample", point=[0.0] * self._dims))
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Stimuli that have both a drawing and a place in the space."""
        names = tuple(name for name in self.run.space.items if name in self.run.stimuli)
        if not names:
            raise BadInput(f"No stimulus of {self.run.name} has a place in this space.")
        return names

    @cached_property
    def places(self) -> Coordinates:
        """Where people put them."""
        rows = {name: row for row, name in enumerate(self.run.space.items)}
        return self.run.space.coordinates[[rows[name] for name in self.names]]

    @cached_property
    def codes(self) -> CodeRows:
        """Their codes."""
        return self.run.codes[self._rows]

    @property
    def drawings(self) -> Greys:
        """Their drawings."""
        return self.run.drawings[self._rows]

    @property
    def _rows(self) -> list[int]:
        return [self.run.stimuli.index(name) for name in self.names]

    @cached_property
    def cloud_of_places(self) -> Cloud:
        """Where the map puts the training images."""
        return Cloud.of(self.run.space.map.coordinates(self.run.training_codes))

    @cached_property
    def rest(self) -> tuple[CodeRows, Float[ndarray, " direction"]]:
        """Principal steps of the training codes that do not move the place, and their shares."""
        codes = self.run.training_codes
        middle = self.run.space.map.coordinates(codes).mean(axis=0)
        fixed = self.run.space.map.move(codes, np.tile(middle, (len(codes), 1)))
        n_steps = min(N_REST, *fixed.shape)
        found = PCA(n_steps, svd_solver="full").fit(fixed)
        steps = found.components_ * np.sqrt(found.explained_variance_)[:, None]
        return steps, found.explained_variance_ratio_

    @property
    def rest_shares(self) -> list[float]:
        """Share of the variance of the rest of the code along each principal direction."""
        return self.rest[1].tolist()

    # From a spot to a code

    def start_picture(self, spot: Spot) -> Greys:
        """Return the drawing a spot starts from, without noise.

        Raises:
            BadInput: If there is no such stimulus.
            UnknownSketch: If there is no such sketch any more.
        """
        if spot.start.startswith(PREFIX):
            return self.sketches.get(spot.start).picture(self.run.side)
        if spot.start not in self.names:
            raise BadInput(f"There is no stimulus called {spot.start!r} here.")
        return self.run.drawings[[self.run.stimuli.index(spot.start)]]

    def given(self, spot: Spot) -> Greys:
        """Return the start drawing as the encoder is given it, with its noise."""
        clean = torch.from_numpy(self.start_picture(spot))[:, None]
        generator = torch.Generator().manual_seed(spot.seed)
        return salt_and_pepper(clean, spot.noise, generator=generator)[:, 0].numpy()

    def start_code(self, spot: Spot) -> CodeRows:
        """Return the code of the start drawing with its noise."""
        key = (spot.start, spot.noise, spot.seed)
        if key not in self._start_codes:
            while len(self._start_codes) >= N_KEPT_CODES:
                self._start_codes.pop(next(iter(self._start_codes)), None)
            self._start_codes[key] = self.run.encode(self.given(spot))
        return self._start_codes[key]

    def codes_at(self, points: Coordinates, spot: Spot) -> CodeRows:
        """Return the code of each point, all else as in the spot.

        With the policy "anchor" the code of the start changes as training codes do on average
        where coordinates differ, so that a small step shows.

        Raises:
            BadInput: If the points have another number of dimensions.
        """
        if points.shape[1] != self._dims:
            raise BadInput(
                f"Points of this space are {self._dims} numbers, got {points.shape[1]}."
            )
        if spot.policy == "anchor":
            start = self.start_code(spot)
            way = points - self.run.space.map.coordinates(start)
            codes = start + way @ self.run.inverse().T
        else:
            codes = self.run.codes_at(points, policy=spot.policy, seed=spot.seed)
        return codes + self._step_of(spot)

    def code(self, spot: Spot) -> CodeRows:
        """Return the code of a spot; of the start drawing itself where it has no point."""
        if spot.point is None:
            return self.start_code(spot) + self._step_of(spot)
        return self.codes_at(np.array([spot.point]), spot)

    def way(self, asked: Between) -> CodeRows:
        """Return the codes on the way between two spots."""
        first, last = self.code(asked.first)[0], self.code(asked.last)[0]
        known = first[None] if asked.path == "linear" else self.run.training_codes
        return path_between(first, last, asked.n_steps, kind=asked.path, training_codes=known)

    def code_of(self, asked: Drawn) -> CodeRows:
        """Return the code of what shall be drawn.

        Raises:
            BadInput: If it is neither a spot nor a share of a way.
        """
        if (asked.spot is None) == (asked.between is None):
            raise BadInput("Ask for either a spot or a share of the way between two.")
        if asked.spot is not None:
            return self.code(asked.spot)
        assert asked.between is not None
        if asked.between.path == "linear":
            first, last = self.code(asked.between.first), self.code(asked.between.last)
            return first + asked.share * (last - first)
        fine = self.way(asked.between.model_copy(update={"n_steps": 33}))
        at = asked.share * (len(fine) - 1)
        low = min(int(at), len(fine) - 2)
        return (fine[low] + (at - low) * (fine[low + 1] - fine[low]))[None]

    def _step_of(self, spot: Spot) -> CodeRows:
        steps = self.rest[0]
        if len(spot.rest) > len(steps):
            raise BadInput(f"This run has {len(steps)} directions of the rest of its code.")
        amounts = np.zeros(len(steps))
        amounts[: len(spot.rest)] = spot.rest
        return (amounts @ steps)[None]

    @property
    def _dims(self) -> int:
        return self.run.space.n_dims

    # What is shown

    def draw(self, asked: Drawn) -> tuple[Greys, dict[str, Any]]:
        """Return the drawing of a code, and what is known of the place it lies at."""
        code = self.code_of(asked)
        picture = self.run.decode(code)
        point = self.run.space.map.coordinates(code)
        facts = {"point": point[0].tolist(), "nearest": self.nearest(point), **self.off(code)}
        if asked.again:
            back = self.run.space.map.coordinates(self.run.encode(picture))
            facts["again"] = back[0].tolist()
        return picture, facts

    def off(self, codes: CodeRows) -> dict[str, float]:
        """Return how far codes are off the data: the farthest, in percentiles.

        Of two things: of the whole code among the training codes, and of its place among theirs.
        """
        places = self.run.space.map.coordinates(codes)
        return {
            "off_code": float(self.run.off_data(codes).max()),
            "off_place": float(self.cloud_of_places.percentiles(places).max()),
        }

    def nearest(self, point: Coordinates) -> list[dict[str, Any]]:
        """Return the stimuli that people put nearest to a point, and how far they are."""
        far = cdist(point, self.places)[0]
        return [
            {"name": self.names[row], "distance": float(far[row])}
            for row in np.argsort(far, kind="stable")[:N_NEAREST]
        ]

    def shading(self, plane: Plane) -> UInt8[ndarray, "row column"]:
        """Return how far off the data each point of a plane is, as bytes from 0 to `FULL`.

        The larger of the percentiles of its place and of the code that the spot's policy puts
        there.
        """
        lengths = {len(plane.origin), len(plane.right), len(plane.down)}
        if lengths != {self._dims}:
            raise BadInput(f"A plane of this space is given by {self._dims} numbers each.")
        rows = np.repeat(np.arange(plane.n_rows), plane.n_columns)[:, None]
        columns = np.tile(np.arange(plane.n_columns), plane.n_rows)[:, None]
        points = plane.origin + columns * np.array(plane.right) + rows * np.array(plane.down)
        codes = self.codes_at(points, plane.spot)
        percentiles = np.maximum(
            self.run.off_data(codes), self.cloud_of_places.percentiles(points)
        )
        grey = np.floor(percentiles / 100 * FULL).astype(np.uint8)
        return grey.reshape(plane.n_rows, plane.n_columns)
