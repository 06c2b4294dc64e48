"""The entry point: finds the command, runs it, turns mistakes into one plain line."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from shapespace.errors import ShapespaceError

COMMANDS = {
    "demo": "demo:demo",
    "data list": "data:list_sets",
    "data get": "data:get",
    "data add": "data:add",
    "data check": "data:check",
    "data preview": "data:preview",
    "ratings check": "ratings:check",
    "ratings convert": "ratings:convert",
    "ratings reliability": "ratings:reliability",
    "describe": "describe:describe",
    "train": "train:train",
    "evaluate": "evaluate:evaluate",
    "draw reconstruct": "draw:reconstruct",
    "draw noise": "draw:noise",
    "draw interpolate": "draw_paths:interpolate",
    "draw walk": "draw_paths:walk",
    "draw points": "draw_paths:points",
    "draw stimuli": "draw_paths:stimuli",
    "reproduce part8": "reproduce_part8:part8",
    "reproduce spaces": "reproduce:spaces",
    "reproduce features": "reproduce_features:features",
    "space build": "space:build",
    "space map": "map:map_space",
    "map": "map:map_images",
    "space directions": "directions:directions",
    "space regions": "regions:regions",
    "compare": "compare:compare",
    "study run": "study:run",
    "study show": "study:show",
    "report": "report:report",
    "explore": "explore:explore",
    "export": "export:export",
}
"""Every command, and the function (module of this room : name) that carries it out."""


def load(command: str) -> Callable[..., None]:
    """Return the function behind a command; heavy imports wait inside it."""
    module, name = COMMANDS[command].split(":")
    return getattr(import_module(f"shapespace.cli.{module}"), name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return the exit code (0 done, 1 user's mistake, 2 wrong usage)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in (["--version"], ["-V"]):
        from shapespace import __version__

        print(f"shapespace {__version__}")
        return 0
    command = next((c for n in (2, 1) if (c := " ".join(words[:n])) in COMMANDS), None)
    if command is None:
        return _overview(words)
    try:
        import tyro

        tyro.cli(
            load(command),
            prog=f"shapespace {command}",
            args=words[len(command.split()) :],
            config=(tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff),
        )
    except ShapespaceError as error:
        print(f"shapespace {command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"shapespace {command}: interrupted; what was finished is kept.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 0
    return 0


def _overview(words: list[str]) -> int:
    """Print the commands, all of them or those that begin with the first word."""
    asked = [word for word in words if word not in ("-h", "--help")]
    shown = [c for c in COMMANDS if not asked or c.split()[0] == asked[0]]
    wrong = bool(asked) and (not shown or len(asked) > 1 or len(asked) == len(words))
    stream = sys.stderr if wrong else sys.stdout
    if not shown or len(asked) > 1:
        print(f"shapespace: there is no command {' '.join(asked[:2])!r}.", file=stream)
        shown = shown or list(COMMANDS)
    print("usage: shapespace COMMAND [--help] ...\n", file=stream)
    for command in shown:
        summary = (load(command).__doc__ or "").strip().splitlines()[0]
        print(f"  {command:<20} {summary}", file=stream)
    print("\n`shapespace COMMAND --help` explains one, with an example.", file=stream)
    return 2 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
