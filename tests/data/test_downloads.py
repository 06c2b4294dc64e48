"""Downloads from a real server on this machine that misbehaves on request."""

import hashlib
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shapespace.data.downloads import TRIES, download, hash_file
from shapespace.errors import DownloadFailed, ShapespaceError

CONTENT = bytes(range(256)) * 4000  # about 1 MB
BLOCK = 2**14
"""Bytes that are read at a time; less than one is lost at a cut."""
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT at every path; the attributes say how badly."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.content = CONTENT
        self.cut_after: list[int] = []
        """Bytes after which each of the next connections is cut."""
        self.statuses: list[int] = []
        """Status of the next answers, instead of the file."""
        self.ranges = True
        self.wrong_start = False
        self.tag = '"v1"'
        self.kind = "application/octet-stream"
        self.say_length = True
        self.seen: list[dict[str, str]] = []

    def handle_error(self, request, client_address) -> None:
        pass  # a client that hangs up is part of the tests


class Answer(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        server.seen.append(dict(self.headers))
        if server.statuses:
            self.send_response(server.statuses.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        asked = self.headers.get("Range", "")
        fits = self.headers.get("If-Range") in (None, server.tag)
        if asked and server.ranges and fits:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(server.content):
                self.send_error(416)
                return
            self.send_response(206)
            said = start + 1 if server.wrong_start else start
            end = len(server.content)
            self.send_header("Content-Range", f"bytes {said}-{end - 1}/{end}")
        else:
            self.send_response(200)
        if server.tag:
            self.send_header("ETag", server.tag)
        self.send_header("Content-Type", server.kind)
        if server.say_length:
            self.send_header("Content-Length", str(len(server.content) - start))
        self.end_headers()
        body = server.content[start:]
        if server.cut_after:
            body = body[: server.cut_after.pop(0)]
        self.wfile.write(body)


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def fetch(server, tmp_path):
    def run(**options) -> str:
        url = f"http://127.0.0.1:{server.server_port}/a%20file.zip"
        return download(url, tmp_path / "a file.zip", pause_seconds=0.0, **options)

    return run


def test_a_file_arrives_whole_with_its_checksum_recorded(fetch, tmp_path):
    seen = []
    assert fetch(watch=lambda done, total: seen.append((done, total))) == SHA256
    assert (tmp_path / "a file.zip").read_bytes() == CONTENT
    assert (tmp_path / "a file.zip.sha256").read_text() == SHA256 + "\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a file.zip", "a file.zip.sha256"]
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)


def test_a_file_that_is_there_is_not_fetched_again(fetch, server):
    fetch()
    fetch()
    fetch(sha256=SHA256)
    assert len(server.seen) == 1


def test_a_file_that_was_damaged_on_disk_is_fetched_again(fetch, server, tmp_path):
    fetch()
    (tmp_path / "a file.zip").write_bytes(b"x" + CONTENT[1:])
    assert fetch() == SHA256
    assert len(server.seen) == 2


def test_a_cut_connection_is_taken_up_where_it_broke(fetch, server, tmp_path):
    server.cut_after = [19 * BLOCK, 13 * BLOCK]
    assert fetch() == SHA256
    starts = [int(h["Range"].removeprefix("bytes=")[:-1]) for h in server.seen[1:]]
    assert starts == [19 * BLOCK, 32 * BLOCK]
    assert (tmp_path / "a file.zip").read_bytes() == CONTENT


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(fetch, server, tmp_path):
    server.cut_after = [19 * BLOCK] + [0] * TRIES
    with pytest.raises(DownloadFailed, match=r"cut.*311,296 bytes that have come are kept"):
        fetch()
    assert (tmp_path / "a file.zip.part").stat().st_size == 19 * BLOCK
    assert fetch() == SHA256
    assert server.seen[-1]["Range"] == "bytes=311296-"


def test_a_server_that_cannot_resume_sends_all_again(fetch, server, tmp_path):
    server.ranges = False
    server.cut_after = [19 * BLOCK]
    assert fetch() == SHA256
    assert (tmp_path / "a file.zip").read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_not_mended_from_two_versions(fetch, server):
    server.cut_after = [19 * BLOCK] + [0] * TRIES
    with pytest.raises(DownloadFailed):
        fetch()
    server.content = CONTENT[::-1]
    server.tag = '"v2"'
    assert fetch() == hashlib.sha256(CONTENT[::-1]).hexdigest()


def test_without_a_version_from_the_server_nothing_is_pieced_together(fetch, server):
    server.tag = ""
    server.cut_after = [19 * BLOCK]
    assert fetch() == SHA256
    assert server.seen[1]["If-Range"] == '"-"'


def test_an_answer_from_the_wrong_place_is_thrown_away(fetch, server):
    server.cut_after = [19 * BLOCK]
    server.wrong_start = True
    assert fetch() == SHA256


def test_a_part_longer_than_the_file_is_thrown_away(fetch, server, tmp_path):
    (tmp_path / "a file.zip.part").write_bytes(bytes(2 * len(CONTENT)))
    (tmp_path / "a file.zip.part.tag").write_text(server.tag)
    assert fetch() == SHA256
    assert len(server.seen) == 2


def test_a_part_that_was_damaged_fails_the_checksum_and_goes(fetch, server, tmp_path):
    (tmp_path / "a file.zip.part").write_bytes(b"x" * 1000)
    (tmp_path / "a file.zip.part.tag").write_text(server.tag)
    with pytest.raises(DownloadFailed, match="not the file it should be"):
        fetch(sha256=SHA256)
    assert fetch(sha256=SHA256) == SHA256


def test_a_server_that_names_no_length_is_believed_at_the_end(fetch, server):
    server.say_length = False
    assert fetch() == SHA256


def test_a_wrong_checksum_is_said_and_the_file_deleted(fetch, tmp_path):
    with pytest.raises(DownloadFailed, match=f"SHA-256 is {SHA256}, expected abc"):
        fetch(sha256="abc")
    assert list(tmp_path.iterdir()) == []


def test_a_file_unlike_the_first_one_is_not_trusted(fetch, server, tmp_path):
    fetch()
    (tmp_path / "a file.zip").unlink()
    server.content = CONTENT + b"!"
    with pytest.raises(DownloadFailed, match="to accept the new one"):
        fetch()


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_is_not_asked_for_twice(status, fetch, server):
    server.statuses = [status] * 3
    with pytest.raises(DownloadFailed, match=f"is not there .*{status}"):
        fetch()
    assert len(server.seen) == 1


def test_a_forbidden_file_is_said_so(fetch, server):
    server.statuses = [403]
    with pytest.raises(DownloadFailed, match="403 Forbidden"):
        fetch()


def test_a_server_in_trouble_is_asked_again(fetch, server):
    server.statuses = [503, 500, 429]
    assert fetch() == SHA256


def test_a_server_that_stays_in_trouble_is_given_up(fetch, server):
    server.statuses = [503] * (TRIES + 5)
    with pytest.raises(DownloadFailed, match="503"):
        fetch()
    assert len(server.seen) == TRIES


def test_a_web_page_is_not_taken_for_the_file(fetch, server):
    server.kind = "text/html; charset=utf-8"
    with pytest.raises(DownloadFailed, match="web page instead of the file"):
        fetch()


def test_nobody_listening_is_said_plainly(tmp_path):
    with Server() as gone:
        port = gone.server_port
    with pytest.raises(DownloadFailed, match="connection was refused"):
        download(f"http://127.0.0.1:{port}/a", tmp_path / "a", pause_seconds=0.0)


def test_a_name_that_nobody_has_is_said_plainly(tmp_path):
    with pytest.raises(DownloadFailed, match="name cannot be found"):
        download("http://nobody.invalid/a", tmp_path / "a", pause_seconds=0.0)


@pytest.mark.parametrize("url", ["http://", "http://[::1/a", "nonsense", "ftp://127.0.0.1/a"])
def test_what_is_no_address_is_refused(url, tmp_path):
    with pytest.raises(DownloadFailed, match="is not an address"):
        download(url, tmp_path / "a", pause_seconds=0.0)


FULL = """
import resource, sys
from pathlib import Path
from shapespace.data.downloads import download
from shapespace.errors import ShapespaceError
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
try:
    download(sys.argv[1], Path(sys.argv[2]), pause_seconds=0.0)
except ShapespaceError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_is_said_and_the_part_kept(server, tmp_path):
    url = f"http://127.0.0.1:{server.server_port}/a"
    done = subprocess.run(
        [sys.executable, "-c", FULL, url, str(tmp_path / "a")],
        capture_output=True,
        text=True,
        timeout=250,
        check=True,
    )
    assert "File too large" in done.stdout
    assert (tmp_path / "a.part").stat().st_size == 500_000
    assert download(url, tmp_path / "a", pause_seconds=0.0) == SHA256
    assert server.seen[-1]["Range"] == "bytes=500000-"


def test_a_folder_that_cannot_be_made_is_said(server, tmp_path):
    (tmp_path / "file").write_text("")
    url = f"http://127.0.0.1:{server.server_port}/a"
    with pytest.raises(ShapespaceError, match="Cannot write"):
        download(url, tmp_path / "file" / "a")


def test_hashing_is_that_of_the_standard_library(tmp_path):
    (tmp_path / "a").write_bytes(CONTENT)
    assert hash_file(tmp_path / "a") == SHA256
