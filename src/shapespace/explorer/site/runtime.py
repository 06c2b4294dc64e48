"""onnxruntime-web, which runs networks in a browser: taken from npm when a site is written."""

import base64
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from shapespace.data.archives import read_members
from shapespace.errors import BadInput, ShapespaceError

NAME = "onnxruntime-web"
VERSION = "1.30.0"
INTEGRITY = (
    "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJm"
    "g8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
)
"""Checksum of the package file, in npm's notation: nothing else is ever put into a site."""

FILES = {
    "package/dist/ort.wasm.bundle.min.mjs": "ort.wasm.bundle.min.js",
    "package/dist/ort-wasm-simd-threaded.wasm": "ort-wasm-simd-threaded.wasm",
}
"""What a site needs of it, and its name there: servers that do not know .mjs know .js."""

LICENCE = f"""\
{NAME} {VERSION} (ONNX Runtime), as published on npm; only the files beside this one.

MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

_SECONDS = 900


def runtime_files(package: Path | None = None) -> dict[str, bytes]:
    """Return the files of onnxruntime-web that a site needs, by their names there.

    Args:
        package: The package file, such as npm's `onnxruntime-web-1.30.0.tgz`; fetched by npm if
            none is given.

    Raises:
        BadInput: If the file given is not that package.
        ShapespaceError: If npm is missing or fails.
    """
    if package is not None:
        return _checked(package)
    with tempfile.TemporaryDirectory(prefix="shapespace-npm-") as scratch:
        return _checked(fetch(Path(scratch)))


def fetch(folder: Path) -> Path:
    """Have npm put the package file into a folder; return where it lies.

    Raises:
        ShapespaceError: If npm is missing or fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise ShapespaceError(f"npm is not installed, which fetches {NAME}. {_WAY_OUT}")
    words = [npm, "pack", f"{NAME}@{VERSION}", "--ignore-scripts", "--prefer-offline"]
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ShapespaceError(f"npm did not fetch {NAME} ({error}). {_WAY_OUT}") from error
    found = sorted(folder.glob("*.tgz"))
    if done.returncode or not found:
        raise ShapespaceError(f"npm did not fetch {NAME} ({_reason(done.stderr)}). {_WAY_OUT}")
    return found[0]


_WAY_OUT = (
    f"Install it and try again, or run `npm pack {NAME}@{VERSION}` where there is a network and "
    "name the file that it writes with --onnxruntime-web."
)


def _reason(said: str) -> str:
    """Return the first line of npm's complaint that is a sentence, not a code."""
    lines = [line.removeprefix("npm error ").strip() for line in said.splitlines()]
    return next((line for line in lines if line.count(" ") > 2), "it gave no reason")


def _checked(package: Path) -> dict[str, bytes]:
    try:
        digest = hashlib.sha512(package.read_bytes()).digest()
    except OSError as error:
        raise BadInput(f"{package} cannot be read: {error.strerror}.") from error
    if f"sha512-{base64.b64encode(digest).decode()}" != INTEGRITY:
        raise BadInput(
            f"{package} is not the package file of {NAME} {VERSION}: its checksum is another one. "
            f"`npm pack {NAME}@{VERSION}` writes the right one."
        )
    members = read_members(package, list(FILES))
    return {FILES[name]: content for name, content in members.items()}
