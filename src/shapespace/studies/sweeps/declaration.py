"""What a study is, as its author writes it down in `study.toml`."""

import tomllib
from dataclasses import asdict, field
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shapespace.errors import BadInput
from shapespace.studies.runs.config import Protocol, RunConfig, in_words, parse_config
from shapespace.studies.runs.recipes import recipe as find_recipe
from shapespace.studies.sweeps.toml_lines import lines_of_keys

STRICT = ConfigDict(extra="forbid")
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Values = dict[str, list[Any]]
"""Values to try for each key of the config, by its dotted path."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Budget:
    """What one run may use. Lengths that are not given are those of the recipe."""

    n_images: Count | None = None
    """Images shown in training."""
    images_per_epoch: Count | None = None
    """Images between two validations."""
    n_validation_images: Count | None = None
    """Images of one validation."""
    memory_gb: Annotated[float, Field(gt=0)] = 2.0
    """Memory of one worker in gigabytes (10^9 bytes); a run that wants more fails and says so."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Measures:
    """What is measured of every run when it is trained."""

    n_images: Count = 256
    """Augmented test images of each source."""
    noise_levels: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.0, 0.1, 0.25, 0.55)
    """Shares of pixels hit when a run is tested."""
    people: bool = True
    """Whether codes are compared with people."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Declaration:
    """A study: a base, what is varied, and on which folds and seeds."""

    name: Annotated[str, Field(min_length=1)]
    about: str = ""
    """One sentence on what it asks."""
    recipe: str
    """Where every config begins."""
    protocol: Protocol
    """How runs are judged, as in the config."""
    folds: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] = field(
        default_factory=lambda: [42]
    )
    data: dict[str, Any] = field(default_factory=dict)
    """Changes of the recipe's `data`, such as `mixture`."""
    base: dict[str, Any] = field(default_factory=dict)
    """Other changes of the recipe that hold for every run, by dotted path."""
    budget: Budget = Budget()
    measures: Measures = Measures()
    vary: Values = field(default_factory=dict)
    """Keys that are varied one at a time, the others staying as in the base."""
    grid: Values = field(default_factory=dict)
    """Keys of which every combination of values is run."""
    names: dict[str, str] = field(default_factory=dict)
    """Short names of keys for tables and labels."""


def shipped() -> list[str]:
    """Return the names of the studies that come with the package."""
    folder = files("shapespace.studies").joinpath("declared")
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if ".toml" in f.name)


def declaration_text(source: str) -> tuple[str, str]:
    """Find a declaration by the name of a shipped study or by its path.

    Returns:
        Its text, and what to call it in messages.

    Raises:
        BadInput: If there is none.
    """
    if source in shipped():
        text = (
            files("shapespace.studies").joinpath(f"declared/{source}.toml").read_text("utf-8")
        )
        return text, f"{source}.toml"
    path = Path(source)
    try:
        return path.read_text("utf-8"), path.name
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{source!r} is neither a study of ours ({', '.join(shipped())}) nor a study.toml "
            f"that can be read ({error})."
        ) from error


def parse_declaration(text: str, name: str = "study.toml") -> Declaration:
    """Read a declaration and try every config that it asks for.

    Args:
        text: TOML.
        name: What to call the file in messages.

    Raises:
        BadInput: If a key is unknown or a value impossible; names the line and the way out.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name} is not TOML: {error}.") from error
    lines = _Lines(name, text)
    for table in ("base", "vary", "grid", "names"):
        if isinstance(values.get(table), dict):
            values[table] = _flat(values[table])
    try:
        declared = TypeAdapter(Declaration).validate_python(values)
    except ValidationError as error:
        raise BadInput(f"{_place(error, lines)}: {in_words(error)}.{_known(error)}") from error
    _check(declared, lines)
    return declared


def base_config(declared: Declaration) -> RunConfig:
    """Return the config of the default setting, on fold 0 with the first seed.

    Raises:
        BadInput: If the recipe or a change of it does not exist.
    """
    values = asdict(find_recipe(declared.recipe))
    budget = asdict(declared.budget)
    budget.pop("memory_gb")
    changes = {f"training.{key}": value for key, value in budget.items() if value is not None}
    changes |= {f"data.{key}": value for key, value in declared.data.items()} | declared.base
    changes |= {
        "protocol": declared.protocol,
        "fold": 0,
        "seed": declared.seeds[0],
    }
    return changed(values, changes)


def changed(values: dict[str, Any], changes: dict[str, Any]) -> RunConfig:
    """Return the config that comes of nested values when some of them are replaced.

    Args:
        values: A whole config as plain values.
        changes: New values by dotted path; one that is a table replaces the whole table.

    Raises:
        BadInput: If a path does not exist or a value is impossible.
    """
    whole = dict(values)
    for key, value in changes.items():
        *parents, last = key.split(".")
        place = whole
        for parent in parents:
            below = place.get(parent)
            if not isinstance(below, dict):
                raise BadInput(_no_key(key, place))
            place[parent] = place = dict(below)
        if last not in place:
            raise BadInput(_no_key(key, place))
        place[last] = value
    return parse_config(whole)


def value_at(values: dict[str, Any], key: str) -> Any:
    """Return the value at a dotted path of nested values."""
    for part in key.split("."):
        values = values[part]
    return values


def _place(error: ValidationError, lines: "_Lines") -> str:
    """Return the line of the first mistake that has one."""
    places = [lines.at(*(str(part) for part in m["loc"])) for m in error.errors()]
    return next((place for place in places if ", line" in place), places[0])


def _known(error: ValidationError) -> str:
    """Return a sentence with the keys that there are, where one was made up."""
    kinds = {(): Declaration, ("budget",): Budget, ("measures",): Measures}
    for mistake in error.errors():
        kind = kinds.get(tuple(mistake["loc"][:-1]))
        if kind and mistake["type"] == "unexpected_keyword_argument":
            return f" The keys there are {', '.join(kind.__dataclass_fields__)}."
    return ""


def _no_key(key: str, place: dict[str, Any]) -> str:
    return f"the config has no key {key!r}; at that place there are {', '.join(sorted(place))}"


def _check(declared: Declaration, lines: "_Lines") -> None:
    """Build every config that will be needed, so that no impossible value is found at night."""
    lines.try_at(lambda: find_recipe(declared.recipe), "recipe")
    for key, value in declared.data.items():
        # One at a time, to know the line; the side goes with the model's and is tried below.
        if key != "side":
            values = asdict(find_recipe(declared.recipe))
            lines.try_at(
                lambda k=key, v=value, w=values: changed(w, {f"data.{k}": v}), "data", key
            )
    base = lines.try_at(lambda: base_config(declared), "base" if declared.base else "recipe")
    values = asdict(base)
    for table, choices in (("vary", declared.vary), ("grid", declared.grid)):
        for key, options in choices.items():
            place = (table, *key.split("."))
            if key in ("fold", "seed"):
                raise BadInput(
                    f"{lines.at(*place)}: name {key}s at the top, as {key}s = [0, 1]."
                )
            if not options:
                raise BadInput(f"{lines.at(*place)}: give at least one value for {key}.")
            if any(options.count(option) > 1 for option in options):
                raise BadInput(f"{lines.at(*place)}: a value of {key} stands there twice.")
            for option in options:
                lines.try_at(lambda k=key, o=option: changed(values, {k: o}), *place)
    for combination in product(*declared.grid.values()):
        choice = dict(zip(declared.grid, combination, strict=True))
        lines.try_at(lambda c=choice: changed(values, c), "grid")
    for numbers, what in ((declared.folds, "folds"), (declared.seeds, "seeds")):
        if len(set(numbers)) < len(numbers):
            raise BadInput(f"{lines.at(what)}: a number stands there twice.")
    for fold in declared.folds:
        lines.try_at(lambda f=fold: changed(values, {"fold": f}), "folds")
    for key in declared.names:
        if key not in {*declared.vary, *declared.grid}:
            raise BadInput(f"{lines.at('names', *key.split('.'))}: {key} is not varied.")


def _flat(values: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Turn tables within tables into dotted paths; quoted dotted keys come out the same.

    `data.mixture` and `model` stay whole: a part of them means something else than all of them.
    """
    flat = {}
    for key, value in values.items():
        path = f"{above}{key}"
        if isinstance(value, dict) and path != "data.mixture" and "kind" not in value:
            flat |= _flat(value, f"{path}.")
        else:
            flat[path] = value
    return flat


class _Lines:
    """Names the line of a key in messages."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        # A quoted dotted key is one part of its path, an unquoted one several.
        self._lines = {".".join(path): line for path, line in lines_of_keys(text).items()}

    def at(self, *path: str) -> str:
        """Return "NAME, line N" for the longest part of a path that stands in the file."""
        parts = ".".join(path).split(".")
        for n in range(len(parts), 0, -1):
            line = self._lines.get(".".join(parts[:n]))
            if line is not None:
                return f"{self._name}, line {line}"
        return self._name

    def try_at(self, attempt: Any, *path: str) -> Any:
        """Return what `attempt` returns; a user's mistake in it gets the line of `path`."""
        try:
            return attempt()
        except BadInput as error:
            text = str(error).removeprefix("The config is not valid: ").rstrip(".")
            raise BadInput(f"{self.at(*path)}: {text}.") from error
