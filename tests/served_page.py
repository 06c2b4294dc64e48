"""What tests of the page share: servers, and a watch on what a page does."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import uvicorn

from shapespace.explorer.serving import take_port


class Served:
    """A server in a thread that can be killed and started again on its port."""

    def __init__(self, app, port: int = 0) -> None:
        self.app, self.port = app, port
        self.start()

    def start(self) -> None:
        self.socket = take_port(self.port)
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        config = uvicorn.Config(
            self.app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True
        )
        self.thread.start()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.socket.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


class Hosted:
    """A plain web server of a folder, as `python -m http.server` starts it."""

    def __init__(self, folder: Path) -> None:
        handler = partial(_Quiet, directory=str(folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class Watched:
    """What must not happen on a page: errors on its console, requests to the outside."""

    def __init__(self, address: str) -> None:
        self.address, self.bad = address, []

    def watch(self, page) -> None:
        page.on("request", self._asked)
        page.on("pageerror", lambda error: self.bad.append(str(error)))
        page.on("console", self._said)

    def _asked(self, request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.bad.append(request.url)

    def _said(self, message) -> None:
        if message.type in ("error", "warning"):
            self.bad.append(message.text)

    def forgive(self, words: str) -> None:
        """Forget what a test provoked."""
        self.bad = [one for one in self.bad if words not in one]


def open_page(page, address: str) -> None:
    """Go to the page and wait until its first drawing is there."""
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    page.wait_for_function("() => document.querySelector('#nearest button') !== null")
