"""What stands between the page and the rest of the machine: hosts, origins and sizes."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
"""The only names the server answers to; any other is a page of someone else (DNS rebinding)."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def failed(status: int, error: str) -> JSONResponse:
    """Return a failure in the one shape that all have."""
    return JSONResponse({"ok": False, "error": error, "status": status}, status_code=status)


class Guard:
    """Refuses foreign hosts and origins and too large bodies; adds the security headers."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        """Stand before an app.

        Args:
            app: What answers the rest.
            max_bytes: The largest body of a request.
        """
        self.app, self.max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers)
        left = self.max_bytes

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, self._too_large())
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await (refusal or self.app)(scope, counted, guarded)

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        if urlsplit(f"//{headers.get('host', '')}").hostname not in HOSTS:
            return failed(403, "The explorer answers on this machine only, as 127.0.0.1.")
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc != headers["host"]:
            return failed(403, "Another page may not use the explorer.")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self.max_bytes:
            return failed(413, self._too_large())
        return None

    def _too_large(self) -> str:
        return f"This is larger than the {self.max_bytes // 2**20} MB that are taken."
