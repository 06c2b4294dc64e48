"""A trained run in Python: draw, encode, place in a similarity space, interpolate, walk."""

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch
from numpy import ndarray

from shapespace.arrays import CodeRows, Coordinates, Greys
from shapespace.data.builtin import drawings_set
from shapespace.data.config import DRAWINGS
from shapespace.data.home import open_set
from shapespace.data.images import read_image
from shapespace.data.packed import PackedSet
from shapespace.errors import BadInput
from shapespace.studies.runs.agreeing import rated_images
from shapespace.studies.runs.config import read_config
from shapespace.studies.runs.finished import read_parts
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.walking.mapped_space import MappedSpace, map_space
from shapespace.studies.walking.model_codec import ModelCodec
from shapespace.studies.walking.redrawing import HELD_OUT, IN_WORDS, UNKNOWN
from shapespace.studies.walking.training_codes import training_codes
from shapespace.training.device import pick_device
from shapespace.training.snapshot import load_model
from shapespace.walks.cloud import Cloud
from shapespace.walks.inverse import Inverse, StepKind, shortest_step, typical_step
from shapespace.walks.paths import PathKind, Way, grid_between, path_between
from shapespace.walks.points import Filling, Policy
from shapespace.walks.pullback import pullback_between
from shapespace.walks.walking import Walk, held, reaches, walk

Thing = str | Path | ndarray
"""A stimulus by name, a file, a picture (side x side) or a code."""


class LoadedRun:
    """A trained run, ready to be asked; what is costly is made when it is first needed.

    Pictures are arrays n x side x side of grey values in [0, 1], 0 ink and 1 paper. Codes are
    arrays n x units, points n x dimensions.

    Attributes:
        path: The run directory.
        name: Its last part.
        config: Its config.
        side: Side of its pictures in pixels.
        code_size: Units of its code.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        space: str | Path = "published",
        dims: int = 4,
        stimuli: str = DRAWINGS,
    ) -> None:
        """Read the model of a run.

        Args:
            path: The run directory.
            space: The similarity space: "published", a directory of `shapespace space build`, or
                "code" for the three features read directly from the code.
            dims: Dimensions of the space.
            stimuli: Name of the packed set whose ids are the items of the space; the built-in
                drawings if not given.

        Raises:
            BadInput: If there is no trained model.
        """
        run = RunDirectory(Path(path))
        self.path, self.name = run.path, run.path.resolve().name
        self.config = read_config(run.config_file)
        self.codec = ModelCodec(load_model(run.model, pick_device()))
        self.side, self.code_size = self.config.model.side, self.config.model.code_size
        self._run, self._space, self._dims, self._set_name = run, space, dims, stimuli

    # Pictures and codes

    def images(self, *names: str | Path) -> Greys:
        """Return pictures of stimuli by name, such as "owl", and of files (PNG, JPEG, SVG).

        Raises:
            BadInput: If there is no such stimulus or file, or it is no usable image.
        """
        if not names:
            raise BadInput(f"Name at least one stimulus or file, such as {self.stimuli[0]!r}.")
        found = []
        for name in names:
            row = self._row_of(name)
            if row is None:
                found.append(read_image(Path(name), self.side).scan / np.float32(255))
            else:
                found.append(self.drawings[row])
        return np.stack(found)

    def _row_of(self, name: str | Path) -> int | None:
        """Return the row of a stimulus; None for a file."""
        if Path(name).is_file():
            return None
        proper = str(name).strip().lower().replace("_", " ")
        for known in (str(name), proper):
            if known in self.stimuli:
                return self.stimuli.index(known)
        raise BadInput(
            f"There is neither a file nor a stimulus called {str(name)!r}. The stimuli are "
            f"{', '.join(self.stimuli)}."
        )

    def encode(self, images: ndarray) -> CodeRows:
        """Return the code of every picture.

        Raises:
            BadInput: If the pictures have another side, or values outside [0, 1].
        """
        return self.codec.encode(images)

    def decode(self, codes: ndarray) -> Greys:
        """Return the picture of every code.

        Raises:
            BadInput: If the codes have another number of units, or are not finite.
        """
        return self.codec.decode(codes)

    # The stimuli

    @cached_property
    def _set(self) -> PackedSet:
        if self._set_name == DRAWINGS:
            return drawings_set(self.side)
        return open_set(self._set_name)

    @cached_property
    def stimuli(self) -> tuple[str, ...]:
        """Names of the stimuli: of the built-in drawings, stand-ins for the 60 rated ones, or of
        the set that was named."""
        return tuple(self._set.table["id"])

    @property
    def stand_in(self) -> bool:
        """Whether the stimuli only stand in for those that people rated."""
        return self._set.info.stand_in

    @cached_property
    def drawings(self) -> Greys:
        """The stimuli as people saw them, in the order of `stimuli`."""
        return rated_images(self._set, self.side, torch.device("cpu"))[:, 0].numpy()

    @cached_property
    def codes(self) -> CodeRows:
        """Codes of the stimuli, in the order of `stimuli`."""
        return self.encode(self.drawings)

    @cached_property
    def _parts(self) -> dict[str, str]:
        parts = read_parts(self._run)
        own = parts[parts["set"] == self._set_name]
        return dict(zip(own["id"], own["part"], strict=True))

    def seen(self, name: str | Path) -> str:
        """Return what an image was to the run: "seen in training", "chose the snapshot", "held
        out", or "not known" (of files).

        Raises:
            BadInput: If there is no such stimulus or file.
        """
        row = self._row_of(name)
        if row is None:
            return UNKNOWN
        part = self._parts.get(self.stimuli[row])
        return IN_WORDS[part] if part else HELD_OUT

    @property
    def held_out(self) -> list[str]:
        """Stimuli that neither taught the run nor chose its snapshot; one in five, in turns, where
        the run saw none of them at all."""
        if not self._parts:
            return list(self.stimuli[self.config.fold % 5 :: 5])
        return [name for name in self.stimuli if self.seen(name) == HELD_OUT]

    # The similarity space

    @cached_property
    def space(self) -> MappedSpace:
        """The similarity space, and the map from codes into it."""
        codes = dict(zip(self.stimuli, self.codes, strict=True))
        return map_space(self._space, self._dims, config=self.config, codes=codes)

    def to_space(self, images: ndarray) -> Coordinates:
        """Return where pictures lie in the similarity space, one row a picture."""
        return self.space.map.coordinates(self.encode(images))

    def from_space(
        self,
        points: ndarray,
        *,
        policy: Policy = "conditional",
        anchor: Thing | None = None,
        seed: int = 0,
    ) -> Greys:
        """Draw points of the similarity space; see `codes_at`."""
        return self.decode(self.codes_at(points, policy=policy, anchor=anchor, seed=seed))

    def codes_at(
        self,
        points: ndarray,
        *,
        policy: Policy = "conditional",
        anchor: Thing | None = None,
        seed: int = 0,
    ) -> CodeRows:
        """Return codes that lie exactly at points of the similarity space.

        Args:
            points: One a row, or a single one.
            policy: Where the rest of the code comes from: "anchor" (a given drawing),
                "conditional" (the mean of the training codes at this point), "neighbours" (a
                blend of the nearest stimuli) or "sample" (the mean and a random deviation).
            anchor: For "anchor": what is kept.
            seed: For "sample": which deviation.

        Raises:
            BadInput: If points, policy or anchor cannot be used.
        """
        kept = None if anchor is None else self.code_of(anchor)
        points = np.atleast_2d(np.asarray(points, np.float64))
        return self.filling.codes(
            points, policy, anchor=kept, generator=np.random.default_rng(seed)
        )

    def code_of(self, thing: Thing) -> ndarray:
        """Return the code of a drawing, a file or a picture; a code is returned as it is.

        Raises:
            BadInput: If it is none of these.
        """
        if isinstance(thing, ndarray):
            if thing.shape == (self.code_size,):
                return thing.astype(np.float64)
            return self.encode(thing[None])[0]
        return self.encode(self.images(thing))[0]

    @cached_property
    def filling(self) -> Filling:
        """What turns points of the space into whole codes; see `codes_at`."""
        place = {name: row for row, name in enumerate(self.stimuli)}
        shared = [row for row, item in enumerate(self.space.items) if item in place]
        rows = [place[self.space.items[row]] for row in shared]
        return Filling(
            map=self.space.map,
            training_codes=self.training_codes,
            stimulus_codes=self.codes[rows],
            stimulus_points=self.space.coordinates[shared],
        )

    # What lies off the data

    @cached_property
    def training_codes(self) -> CodeRows:
        """Codes of about a thousand images of the training, of all its sets that are at hand."""
        return training_codes(self._run, self.config, self)

    @cached_property
    def cloud(self) -> Cloud:
        """Where the training codes lie."""
        return Cloud.of(self.training_codes)

    def off_data(self, codes: ndarray) -> ndarray:
        """Return for each code how far it lies from the training codes, as a percentile.

        Above 99 the decoder was hardly ever asked for anything like it.
        """
        return self.cloud.percentiles(np.asarray(codes, np.float64))

    # Paths and walks

    def interpolate(
        self,
        start: Thing,
        end: Thing,
        *,
        steps: int = 9,
        path: PathKind = "linear",
        policy: Policy | None = None,
    ) -> CodeRows:
        """Return codes on the way from one thing to another, both included; `decode` draws them.

        Args:
            start: Where the path begins.
            end: Where it ends.
            steps: Codes on the path, 2 or more.
            path: "linear", "spherical" (about the mean of the training codes), "geodesic" (the
                shortest way from training code to training code) or "pullback" (pictures change
                least in all; takes seconds).
            policy: If given, the way is the straight line in the similarity space instead, and
                the rest of each code is by this policy, the start being its anchor.

        Raises:
            BadInput: If one of the two cannot be used, or there is no such path.
        """
        ends = self.code_of(start), self.code_of(end)
        if policy is None:
            return self._way(path)(*ends, steps)
        places = self.space.map.coordinates(np.stack(ends))
        points = path_between(places[0], places[1], steps, training_codes=places)
        return self.codes_at(points, policy=policy, anchor=ends[0])

    def grid(
        self, corners: Sequence[Thing], *, steps: int = 5, path: PathKind = "linear"
    ) -> CodeRows:
        """Return steps x steps codes, row by row, between four things: top left, top right,
        bottom left, bottom right.

        Raises:
            BadInput: If there are not four, one of them cannot be used, or there is no such path.
        """
        if len(corners) != 4:
            raise BadInput(f"A grid lies between 4 corners, got {len(corners)}.")
        codes = np.stack([self.code_of(corner) for corner in corners])
        return grid_between(codes, steps, self._way(path))

    def _way(self, path: PathKind) -> Way:
        if path == "pullback":
            return partial(pullback_between, codec=self.codec, cloud=self.cloud)
        known = self.codes[:1] if path == "linear" else self.training_codes
        return partial(path_between, kind=path, training_codes=known)

    def walk(
        self,
        feature: str,
        starts: Sequence[Thing] = (),
        *,
        steps: int = 7,
        reach: float = 1.5,
        hold: bool = False,
        step: StepKind = "typical",
    ) -> Walk:
        """Walk along the direction of a feature in the similarity space.

        Args:
            feature: Such as "FORM".
            starts: Where to begin; from every stimulus that was held out, if none are given.
            steps: Pictures of each start, 3 or more; the middle one of an odd number is the
                start itself.
            reach: How far to go either way, in standard deviations of the stimuli along the
                direction.
            hold: Whether the other features are held, rather than moved as the direction does.
            step: How codes change: "typical" (as training codes do on average) or "shortest"
                (as little as possible).

        Raises:
            BadInput: If there is no such feature, or a start cannot be used.
        """
        directions = self.space.directions
        if feature not in directions:
            raise BadInput(
                f"{self.space.name} has no direction {feature!r}; it has "
                f"{', '.join(directions) or 'none'}."
            )
        amounts = reaches(self.space.coordinates, directions[feature], steps, reach)
        codes = np.stack([self.code_of(start) for start in starts or self.held_out])
        way = held(directions, feature) if hold else directions[feature]
        return walk(
            self,
            self.space.map,
            codes,
            way,
            amounts,
            inverse=self.inverse(step),
            feature=feature,
        )

    def inverse(self, step: StepKind = "typical") -> Inverse:
        """Return how the code changes for a unit of each dimension of the space; see `walk`."""
        if step == "shortest":
            return shortest_step(self.space.map)
        return self._typical_step

    @cached_property
    def _typical_step(self) -> Inverse:
        return typical_step(self.space.map, self.training_codes)
