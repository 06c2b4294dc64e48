"""Starting the server: a port taken on this machine only, the browser called."""

import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence

import uvicorn

from shapespace.errors import BadInput
from shapespace.explorer.app import make_app
from shapespace.explorer.opened import OpenRun
from shapespace.explorer.sketches import Sketches

HOST = "127.0.0.1"
"""The page is for the one who started it: no other machine can reach it."""


def take_port(port: int) -> socket.socket:
    """Return a listening socket of this machine; a free one if `port` is 0.

    Raises:
        BadInput: If it is taken, or no port.
    """
    if not 0 <= port < 2**16:
        raise BadInput(f"A port is a number from 0 to 65535, got {port}.")
    # With the protocol named, asyncio sends small answers at once; else each waits 40 ms.
    taken = socket.socket(proto=socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
    except OSError as error:
        taken.close()
        raise BadInput(
            f"Port {port} cannot be used ({error.strerror}). Choose another one with --port, or "
            "0 for any."
        ) from error
    return taken


def serve(
    runs: Sequence[OpenRun],
    sketches: Sketches,
    *,
    port: int,
    open_browser: bool,
    tell: Callable[[str], None],
) -> None:
    """Serve the page until it is interrupted.

    Args:
        runs: What is explored.
        sketches: As of `open_runs`.
        port: 0 for any that is free.
        open_browser: Whether the browser is called.
        tell: Given the address once it answers.

    Raises:
        BadInput: If the port cannot be used.
    """
    app = make_app(runs, sketches)
    with take_port(port) as taken:
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        taken.listen(128)
        address = f"http://{HOST}:{taken.getsockname()[1]}/"
        tell(address)
        if open_browser and not webbrowser.open(address):
            print(f"No browser could be opened; go to {address}", file=sys.stderr)
        uvicorn.Server(config).run(sockets=[taken])
