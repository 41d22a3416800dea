"""The page's actions for programs: named, described, with examples, by client and by plain HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from fusion.bench.server import ROOT, Server
from fusion.engine import Engine
from viz.panels.endpoints import Endpoints
from viz.panels.guests import Guests
from viz.panels.tools import MOST_WAITING, Tools

README = (ROOT / "README.md").read_text(encoding="utf-8")
USUAL_ADDRESS = "http://127.0.0.1:7860/"
QUESTION = "what colour is the background?"
DRAWN = ("ask_drawn", "masking_drawn", "compare_drawn", "explain_drawn")
INTERNAL = re.compile(
    r"^/(page_|steer_|inside_|compare_(?!backbones|drawn)|explain_(?!drawn)|doubt)"
)


@pytest.fixture(scope="module")
def client(live: Server) -> Client:
    return Client(live.url, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
def described(live: Server) -> Mapping[str, Any]:
    """What the page says of its endpoints."""
    info = httpx.get(f"{live.url}gradio_api/info", timeout=60).json()
    named: dict[str, Any] = info["named_endpoints"]
    return named


def uploaded(live: Server, file: Path) -> dict[str, Any]:
    """A file as it is given to an endpoint by plain HTTP."""
    sent = {"files": (file.name, file.read_bytes())}
    [path] = httpx.post(f"{live.url}gradio_api/upload", files=sent, timeout=60).json()
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def called(live: Server, name: str, body: object, version: str = "") -> tuple[str, Any]:
    """The last event of one call, and its data; `version` "v2/" takes arguments by their names."""
    call = f"{live.url}gradio_api/call/{version}{name}"
    begun = httpx.post(call, json=body, timeout=60)
    assert begun.status_code == 200, begun.text
    stream = httpx.get(f"{call}/{begun.json()['event_id']}", timeout=120).text
    *_, (event, data) = re.findall(r"event: (\w+)\ndata: (.*)\n", stream)
    return event, json.loads(data)


# ------------------------------------------------------------------ what they say of themselves


def test_every_endpoint_says_what_it_does_and_takes(described: Mapping[str, Any]) -> None:
    for name, endpoint in described.items():
        assert endpoint["description"].strip().endswith((".", "?")), name
        assert all(given["python_type"]["type"] for given in endpoint["parameters"]), name


def test_the_examples_work(live: Server, described: Mapping[str, Any], scene_file: Path) -> None:
    """Every endpoint answers the call that its own description gives as an example."""
    image = uploaded(live, scene_file)
    for name, endpoint in described.items():
        body = {g["parameter_name"]: g["example_input"] for g in endpoint["parameters"]}
        if "image" in body:
            assert body["image"]["path"] == "scene.jpg", name
            body["image"] = image
        event, found = called(live, name.strip("/"), body, "v2/")
        assert event == "complete", (name, found)


def test_what_the_page_does_inside_is_no_endpoint(described: Mapping[str, Any]) -> None:
    assert [name for name in described if INTERNAL.match(name)] == []
    assert {f"/{name}" for name in DRAWN} < set(described)


def test_the_documents_agree(live: Server, described: Mapping[str, Any]) -> None:
    """The OpenAPI document, from which other tools build their clients, has the same endpoints."""
    paths = httpx.get(f"{live.url}gradio_api/openapi.json", timeout=60).json()["paths"]
    calls = {path.rpartition("/call/v2")[2] for path in paths if "/call/v2/" in path}
    assert calls == set(described)


# ------------------------------------------------------------------ the four with pictures


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_comes_with_few_words(client: Client, scene_file: Path, name: str) -> None:
    text, picture = client.predict(handle_file(scene_file), QUESTION, api_name=f"/{name}")
    found = json.loads(text)
    assert len(text) < 4000
    with Image.open(picture) as drawn:
        pixels = np.asarray(drawn.convert("RGB"))
    assert min(pixels.shape[:2]) > 100 and pixels.std() > 5
    numbers = client.predict(
        handle_file(scene_file), QUESTION, api_name=f"/{name.removesuffix('_drawn')}"
    )
    if name == "ask_drawn":
        assert found["answer"] == numbers["answers"][0]["answer"]
        assert sum(found["weight_by_ninth"].values()) == pytest.approx(1, abs=1e-2)
    elif name == "masking_drawn":
        assert found["shapley"] == pytest.approx(numbers["shapley"], abs=1e-3)
        assert found["answer_when_shown"]["both"] == numbers["cases"]["both"]["answer"]
    elif name == "compare_drawn":
        said = {fusion: result["answers"][0]["answer"] for fusion, result in numbers.items()}
        assert {fusion: result["answer"] for fusion, result in found.items()} == said
    else:
        assert (found["answer"], found["unit"]) == (numbers["answer"], numbers["unit"])
        values = [value for _, value in found["tokens"]]
        assert values == pytest.approx(numbers["text"]["values"], abs=1e-3)
        regions = np.array(numbers["image"]["values"])
        whole = regions.sum() / np.abs(regions).sum()
        assert sum(found["share_by_ninth"].values()) == pytest.approx(whole, abs=2e-3)


def test_the_map_of_another_question_is_another_map(client: Client, scene_file: Path) -> None:
    maps = set()
    for question in ("what colour is the leftmost shape?", "what shape is the largest thing?"):
        _, picture = client.predict(handle_file(scene_file), question, api_name="/ask_drawn")
        maps.add(Path(picture).read_bytes())
    _, blind = client.predict(
        handle_file(scene_file), QUESTION, show_image=False, api_name="/ask_drawn"
    )
    maps.add(Path(blind).read_bytes())
    assert len(maps) == 3


def test_so_many_wait_and_the_next_is_told(tiny: Engine, scene_file: Path) -> None:
    tools = Tools(tiny, Guests(tiny))

    async def crowd() -> str:
        async with tools._turn:
            asked = [tools.compare(str(scene_file), QUESTION) for _ in range(MOST_WAITING + 1)]
            waiting = [asyncio.create_task(one) for one in asked]
            await asyncio.sleep(0)
            with pytest.raises(gr.Error) as told:
                await tools.compare(str(scene_file), QUESTION)
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        text, _ = await tools.compare(str(scene_file), QUESTION)
        assert json.loads(text)["concat"]["answer"]
        return str(told.value.message)

    assert "no more can be taken" in asyncio.run(crowd())


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ((False, True, [], []), {"keep": {"text"}}),
        ((True, False, [], []), {"keep": {"image"}}),
        ((True, True, [1], []), {"drop_tokens": [1]}),
        ((True, True, [], [[0, 0, 0.5, 1]]), {"erase": np.tile(np.arange(192) < 96, (192, 1))}),
    ],
    ids=["image", "question", "word", "box"],
)
def test_what_a_program_hides_is_hidden(
    tiny: Engine, scene_file: Path, given: tuple[Any, ...], meant: dict[str, Any]
) -> None:
    endpoints: Any = Endpoints(tiny, Guests(tiny))
    about, fusion, method = (str(scene_file), QUESTION), "hybrid-dot", "grad-cam"
    wanted = tiny.ask(*about, fusion=fusion, **meant)
    found = endpoints.ask_numbers(*about, fusion, *given, "main")
    assert best(found) == wanted.answers[0] != tiny.ask(*about, fusion=fusion).answers[0]
    told = endpoints.explain_numbers(*about, fusion, method, "", *given, "main")
    explained = tiny.explain(*about, fusion=fusion, method=method, **meant)
    assert told["probability"] == explained.probability == wanted.answers[0][1]
    if given[0] and given[1]:
        masking = tiny.masking(*about, fusion=fusion, **meant)
        told = endpoints.masking_numbers(*about, fusion, *given[2:], "main")
        assert told["values"] == masking.values


def best(found: dict[str, Any]) -> tuple[str, float]:
    """The best answer of what a program is given."""
    return found["answers"][0]["answer"], found["answers"][0]["probability"]


# ------------------------------------------------------------------ plain HTTP


def test_plain_http_gives_what_the_client_gets(
    live: Server, client: Client, scene_file: Path
) -> None:
    given = [uploaded(live, scene_file), QUESTION, "hybrid-self", True, True, [], [], "main"]
    event, [found] = called(live, "ask", {"data": given})
    assert event == "complete"
    same = client.predict(handle_file(scene_file), QUESTION, fusion="hybrid-self", api_name="/ask")
    assert {**found, "milliseconds": 0} == {**same, "milliseconds": 0}


def test_plain_http_takes_names_and_leaves_the_rest_as_it_is(
    live: Server, scene_file: Path
) -> None:
    body = {"image": uploaded(live, scene_file), "question": QUESTION}
    event, [found] = called(live, "masking", body, "v2/")
    assert event == "complete" and set(found["values"]) == {"none", "text", "image", "both"}


def test_a_mistake_is_told_by_plain_http_too(live: Server, scene_file: Path) -> None:
    body = {"image": uploaded(live, scene_file), "question": "???"}
    event, found = called(live, "ask", body, "v2/")
    assert event == "error" and "no words in it" in found["error"]


# ------------------------------------------------------------------ the README's programs


def programs() -> list[str]:
    """The README's programs for a page that runs."""
    return re.findall(r"^```py\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("number", range(3), ids=["client", "http", "mcp"])
def test_the_programs_of_the_readme_run(
    live: Server, scene_file: Path, tmp_path: Path, number: int
) -> None:
    code = programs()[number]
    assert USUAL_ADDRESS in code
    if number:  # the first one makes it
        with Image.open(scene_file) as picture:
            picture.convert("RGB").save(tmp_path / "scene.jpg")
    command = [sys.executable, "-c", code.replace(USUAL_ADDRESS, live.url)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "'answer'" in done.stdout and "'probability'" in done.stdout


def test_there_is_a_program_for_each_way() -> None:
    ways = [re.search(r"gradio_client|httpx|mcp", code) for code in programs()]
    assert [way[0] for way in ways if way] == ["gradio_client", "httpx", "mcp"]
