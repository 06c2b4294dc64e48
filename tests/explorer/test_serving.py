import json
import socket
import subprocess
import sys

import pytest
import requests

from shapespace.cli.explore import explore
from shapespace.errors import BadInput
from shapespace.explorer import opening, serving
from shapespace.explorer.describing import description
from shapespace.explorer.opening import open_runs
from shapespace.explorer.serving import serve, take_port
from shapespace.explorer.sketches import MOST_KEPT, Sketches


def test_the_command_tells_its_address_and_answers_there(opened, monkeypatch, capsys):
    seen = {}

    class Server:
        def __init__(self, config) -> None:
            seen["config"] = config

        def run(self, sockets) -> None:
            seen["bound"] = sockets[0].getsockname()

    monkeypatch.setattr(serving.uvicorn, "Server", Server)
    monkeypatch.setattr(opening, "open_runs", lambda *_, **__: opened)
    monkeypatch.setattr(serving.webbrowser, "open", lambda address: seen.update(page=address))
    explore((opened[0][0].run.path,), port=0, json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["runs"] == ["one", "two"]
    assert told["address"] == f"http://127.0.0.1:{seen['bound'][1]}/" == seen["page"]
    assert seen["bound"][0] == "127.0.0.1"
    explore((opened[0][0].run.path,), port=0, no_open=True)
    assert "Ctrl-C stops it" in capsys.readouterr().out


def test_a_missing_browser_is_said(opened, monkeypatch, capsys):
    monkeypatch.setattr(serving.uvicorn.Server, "run", lambda *_, **__: None)
    monkeypatch.setattr(serving.webbrowser, "open", lambda _: False)
    serve(*opened, port=0, open_browser=True, tell=print)
    assert "No browser could be opened" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"Port {port} cannot be used"):
            take_port(port)
    with pytest.raises(BadInput, match="from 0 to 65535, got 70000"):
        take_port(70000)


def test_missing_packages_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr("shapespace.cli.explore.find_spec", lambda _: None)
    with pytest.raises(BadInput, match="fastapi and uvicorn, which the extra `web`"):
        explore((tmp_path,))


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(BadInput):
        open_runs([tmp_path], space="published", dims=4, stimuli="drawings")


def test_help_needs_no_torch():
    code = (
        "import sys; from shapespace.cli.main import main\n"
        "try: main(['explore', '--help'])\n"
        "except SystemExit: pass\n"
        "assert 'torch' not in sys.modules and 'fastapi' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "shapespace explore demo/run" in done.stdout


def test_the_oldest_sketch_is_forgotten_first():
    kept = Sketches()
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 99 99"><path d="M0 0h%d"/></svg>'
    )
    lines = drawing.replace(b'"M0 0h%d"', b'"M9 9h80v%d" fill="none" stroke="#000"')
    ids = [kept.add(lines % (i + 1)).id for i in range(0, 2 * MOST_KEPT, 2)]
    again = kept.add(lines % 1).id
    assert again == ids[0]
    kept.add(lines % 90)
    assert kept.get(ids[0]).id == ids[0]
    with pytest.raises(BadInput, match="no longer kept"):
        kept.get(ids[1])


def test_runs_of_different_stimuli_cannot_stand_side_by_side(opened):
    one, two = opened[0]
    different = object.__new__(type(two))
    different.__dict__.update(two.__dict__, names=two.names[:5])
    with pytest.raises(BadInput, match="know different stimuli"):
        description([one, different])


def test_a_mistake_of_ours_is_said_in_the_same_shape(served, monkeypatch, opened):
    monkeypatch.setattr(type(opened[0][0]), "draw", lambda *_: 1 / 0)
    body = {"spot": {"start": "owl"}}
    answer = requests.post(f"{served.address}api/runs/0/draw", json=body, timeout=10)
    assert answer.status_code == answer.json()["status"] == 500
    assert "mistake of ours" in answer.json()["error"]


def test_small_answers_do_not_wait_for_the_reader(served):
    # Without TCP_NODELAY each answer is held back until the last packet is acknowledged, 40 ms.
    times = []
    with requests.Session() as session:
        for _ in range(9):
            answer = session.get(f"{served.address}api/ping", timeout=10)
            times.append(answer.elapsed.total_seconds())
    assert served.socket.proto == socket.IPPROTO_TCP
    assert min(times) < 0.04
