"""With the network cut: the page starts, answers, and neither looks for another host nor unpickles.

Python tells a hook of every connection and of every class that is unpickled, in all threads.
"""

from __future__ import annotations

import json
import subprocess
import sys

from fusion.bench.server import ROOT

PROGRAM = """
import ipaddress, json, sys

told = {"asked": [], "unpickled": []}

def is_here(host):
    try:
        return host in ("localhost", "", None) or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

def hear(event, given):
    if event == "socket.getaddrinfo":
        host = given[0].decode() if isinstance(given[0], bytes) else given[0]
        host not in ("0.0.0.0", "::") and not is_here(host) and refuse(event, host)
    elif event in ("socket.connect", "socket.sendto") and isinstance(given[1], tuple):
        is_here(given[1][0]) or refuse(event, given[1][0])
    elif event == "pickle.find_class":
        told["unpickled"].append(list(map(str, given)))

def refuse(event, host):
    told["asked"].append([event, str(host)])
    raise OSError(101, "Network is unreachable")

sys.addaudithook(hear)

from fusion.engine import Engine
from viz.panels.page import build_page
from viz.theme import launch_options

engine = Engine.load()
page = build_page(engine)
_, address, _ = page.launch(prevent_thread_lock=True, quiet=True, **launch_options())

import httpx  # the Python client would ask the hub who it is

def call(name, *given):
    at = f"{address}gradio_api/call/{name}"
    event = httpx.post(at, json={"data": given}).json()["event_id"]
    said = httpx.get(f"{at}/{event}", timeout=60).text
    return json.loads(said.split("event: complete\\ndata: ")[1].splitlines()[0])[0]

scene = call("new_scene", 7)
engine.compare_backbones(engine.scene(7).image, scene["questions"][0]["question"])
told["fusions"] = len(call("fusions"))
page.close()
print(json.dumps(told))
"""
TRY = """
for ask in (
    lambda: socket.getaddrinfo("example.invalid", 80),
    lambda: socket.socket().connect(("192.0.2.1", 80)),
):
    try:
        ask()
    except OSError:
        pass
import pickle
pickle.loads(pickle.dumps(json.JSONDecoder))
print(json.dumps(told))
"""


def told_by(program: str) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_page_starts_and_answers_with_the_network_cut() -> None:
    told = told_by(PROGRAM)
    assert told["asked"] == [] and told["fusions"]
    assert told["unpickled"] == []


def test_the_hook_hears_both() -> None:
    hook = PROGRAM.partition("from fusion.engine")[0]
    told = told_by(f"import socket\n{hook}{TRY}")
    asked = [["socket.getaddrinfo", "example.invalid"], ["socket.connect", "192.0.2.1"]]
    assert told["asked"] == asked
    assert told["unpickled"] == [["json.decoder", "JSONDecoder"]]
