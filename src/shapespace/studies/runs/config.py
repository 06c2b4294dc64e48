"""The whole of a run in one config: equal configs and data give equal runs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from shapespace.data.config import DataConfig
from shapespace.errors import BadInput
from shapespace.model.autoencoder import ModelConfig
from shapespace.training.config import TrainingConfig

Protocol = Literal["published", "sound"]


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class RunConfig:
    """Everything that decides what a run will be."""

    recipe: str
    """Name of the recipe it began as."""
    protocol: Protocol = "sound"
    """How the run is judged; "published" repeats the study's choices, "sound" mends them."""
    seed: Annotated[int, Field(ge=0)] = 42
    """Source of all randomness."""
    fold: Annotated[int, Field(ge=0)] = 0
    """Test fold; the one before it validates."""
    data: DataConfig
    model: ModelConfig
    training: TrainingConfig

    def __post_init__(self) -> None:
        if self.data.side != self.model.side:
            raise BadInput(
                f"The images are {self.data.side} pixels wide, but the model takes "
                f"{self.model.side}. Set data.side and model.side to the same number."
            )
        tasks = self.training.tasks
        if tasks.mapping and tasks.dims > self.model.code_size:
            raise BadInput(
                f"{tasks.dims} units of the code shall be coordinates, but it has only "
                f"{self.model.code_size}. Lower training.tasks.dims or raise model.code_size."
            )
        absent = [name for name in tasks.labelled if not self.data.mixture.get(name)]
        if absent and tasks.classification:
            raise BadInput(
                f"The set {absent[0]!r} of training.tasks.labelled is not in data.mixture; "
                "give it a count there."
            )
        if self.fold >= self.data.n_folds:
            raise BadInput(
                f"There is no fold {self.fold}: with {self.data.n_folds} folds they are numbered "
                f"0 to {self.data.n_folds - 1}."
            )


def to_json(config: RunConfig) -> str:
    """Return the text of `config.json`."""
    return json.dumps(asdict(config), indent=2) + "\n"


def read_config(path: Path) -> RunConfig:
    """Read `config.json`.

    Raises:
        BadInput: If it is missing or not a valid config.
    """
    try:
        return parse_config(json.loads(path.read_text()))
    except FileNotFoundError as error:
        raise BadInput(f"There is no run in {path.parent}: it has no config.json.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error


def parse_config(values: Any) -> RunConfig:
    """Turn nested values, as they come from JSON, into a config.

    Raises:
        BadInput: With every key that is unknown or has an impossible value.
    """
    try:
        return TypeAdapter(RunConfig).validate_python(values)
    except ValidationError as error:
        raise BadInput(f"The config is not valid: {in_words(error)}.") from error


def in_words(error: ValidationError) -> str:
    """Return what pydantic found, one clause a mistake."""
    clauses = []
    for mistake in error.errors():
        # The discriminator adds the kind of model to the path; users never typed it.
        kinds = ("published", "published-small", "ladder")
        path = [str(part) for part in mistake["loc"] if part not in kinds]
        message = mistake["msg"].removeprefix("Value error, ").rstrip(".")
        if mistake["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            message = "there is no such key"
        where = ".".join(path)
        given = mistake.get("input")
        shown = f" (got {given!r})" if isinstance(given, str | int | float | bool) else ""
        clauses.append(f"{where}: {message}{shown}" if where else message)
    return "; ".join(clauses)


def with_settings(config: RunConfig, settings: tuple[str, ...]) -> RunConfig:
    """Return a config with some values changed, each given as KEY=VALUE.

    Args:
        config: Where to start.
        settings: Such as "training.learning_rate=0.001" or 'data.mixture={"drawings": 64}'; the
            value is JSON, or plain text where that fails.

    Raises:
        BadInput: If a key does not exist or a value does not fit.
    """
    values = asdict(config)
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise BadInput(
                f"{setting!r} is not of the form KEY=VALUE, as in model.code_size=256."
            )
        *parents, last = key.split(".")
        place = values
        for parent in parents:
            place = place.get(parent)
            if not isinstance(place, dict):
                raise BadInput(
                    f"The config has no key {key!r}; see `shapespace describe --json`."
                )
        if last not in place and parents != ["data", "mixture"]:
            raise BadInput(f"The config has no key {key!r}; see `shapespace describe --json`.")
        try:
            place[last] = json.loads(text)
        except json.JSONDecodeError:
            place[last] = text
    return parse_config(values)
