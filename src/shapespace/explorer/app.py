"""The server behind the page: each answer is one call of an open run."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.types import ASGIApp

from shapespace.errors import BadInput, ShapespaceError
from shapespace.explorer.describing import description, pairs, start_facts, walk_facts
from shapespace.explorer.frames import byte_frame, picture_frame
from shapespace.explorer.guard import Guard, failed
from shapespace.explorer.opened import OpenRun
from shapespace.explorer.sketches import MAX_BYTES, Sketches, UnknownSketch
from shapespace.explorer.spots import Between, Drawn, Plane, Spot, Walked
from shapespace.explorer.vector import svg_of

Number = Annotated[int, InPath(ge=0)]


def make_app(runs: Sequence[OpenRun], sketches: Sketches) -> ASGIApp:
    """Return the server of the page.

    Args:
        runs: What is explored, one or more; all in the same space.
        sketches: Where the sketches of its visitors are kept; the same as the runs'.

    Raises:
        BadInput: If the runs cannot stand side by side.
    """
    about = description(runs)
    ratings: dict[int, dict[str, Any]] = {}
    app = FastAPI(title="shapespace explorer", docs_url=None, redoc_url=None, openapi_url=None)

    def run(number: int) -> OpenRun:
        if number >= len(runs):
            raise HTTPException(404, f"There is no run {number}; {len(runs)} are open.")
        return runs[number]

    @app.get("/api/ping")
    def ping() -> dict[str, bool]:
        return {"ok": True}

    @app.get("/api/about")
    def tell() -> dict[str, Any]:
        return about

    @app.get("/api/runs/{number}/stimuli")
    def stimuli(number: Number) -> Response:
        return _binary(picture_frame(run(number).drawings, {"names": list(run(number).names)}))

    @app.get("/api/runs/{number}/pairs")
    def rated_pairs(number: Number) -> dict[str, Any]:
        if number not in ratings:
            ratings[number] = pairs(run(number))
        return ratings[number]

    @app.post("/api/runs/{number}/draw")
    def draw(number: Number, asked: Drawn) -> Response:
        return _binary(picture_frame(*run(number).draw(asked)))

    @app.post("/api/runs/{number}/start")
    def start(number: Number, asked: Spot) -> Response:
        return _binary(picture_frame(*start_facts(run(number), asked)))

    @app.post("/api/runs/{number}/between")
    def between(number: Number, asked: Between) -> Response:
        one = run(number)
        codes = one.way(asked)
        facts = {
            "points": one.run.space.map.coordinates(codes).tolist(),
            "off": [max(one.off(code[None]).values()) for code in codes],
        }
        return _binary(picture_frame(one.run.decode(codes), facts))

    @app.post("/api/runs/{number}/walk")
    def walk(number: Number, asked: Walked) -> Response:
        return _binary(picture_frame(*walk_facts(run(number), asked.spot, asked.feature)))

    @app.post("/api/runs/{number}/shade")
    def shade(number: Number, asked: Plane) -> Response:
        bytes_ = run(number).shading(asked)
        return _binary(byte_frame(bytes_.tobytes(), {"n_columns": asked.n_columns}))

    @app.post("/api/runs/{number}/code")
    def code(number: Number, asked: Drawn) -> dict[str, Any]:
        one = run(number)
        found = one.code_of(asked)
        return {
            "run": one.run.name,
            "space": one.run.space.name,
            "asked": asked.model_dump(exclude_none=True, exclude={"again"}),
            "coordinates": one.run.space.map.coordinates(found)[0].tolist(),
            **one.off(found),
            "code": found[0].tolist(),
        }

    @app.post("/api/runs/{number}/svg")
    def svg(number: Number, asked: Drawn) -> Response:
        one = run(number)
        picture = one.run.decode(one.code_of(asked))
        title = f"Drawn by the run {one.run.name}"
        return Response(svg_of(picture, title=title), media_type="image/svg+xml")

    @app.post("/api/sketches")
    async def sketch(request: Request) -> dict[str, Any]:
        content = await request.body()
        found = await run_in_threadpool(sketches.add, content)
        return {"ok": True, "id": found.id, "notes": list(found.notes)}

    app.add_exception_handler(BadInput, _bad_input)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(AnyHTTPException, _http)
    app.add_exception_handler(Exception, _ours)
    page = Path(str(files("shapespace.explorer") / "page"))
    app.mount("/", StaticFiles(directory=page, html=True))
    return Guard(app, max_bytes=MAX_BYTES)


def _binary(content: bytes) -> Response:
    return Response(content, media_type="application/octet-stream")


def _bad_input(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ShapespaceError)
    return failed(410 if isinstance(error, UnknownSketch) else 422, str(error))


def _malformed(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return failed(422, f"This request cannot be used: {where or 'its body'}: {first['msg']}.")


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AnyHTTPException)
    words = {404: "There is nothing of this name here.", 405: "This cannot be done here."}
    known = error.detail if error.detail not in ("Not Found", "Method Not Allowed") else None
    return failed(error.status_code, known or words.get(error.status_code, str(error.detail)))


def _ours(_: Request, error: Exception) -> JSONResponse:
    return failed(
        500, f"The explorer failed ({type(error).__name__}). This is a mistake of ours."
    )
