"""The page as a server of the Model Context Protocol: images in, images out, by its own client."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ImageContent, TextContent, Tool
from PIL import Image

from fusion.bench.server import Server

QUESTION = "what colour is the background?"
FOUR = ("ask", "masking", "compare", "explain")
OTHERS = {
    "ask_numbers", "masking_numbers", "compare_numbers", "explain_numbers", "inside", "steer",
    "compare_backbones", "keypoints", "nearest_words", "backbones", "new_scene", "fusions",
    "train_fusion", "measured_results",
}  # fmt: skip


def talk(live: Server, say: Callable[[ClientSession], Awaitable[Any]], query: str = "") -> Any:
    """What comes of one conversation with the page."""

    async def conversation() -> Any:
        address = f"{live.url}gradio_api/mcp/{query}"
        async with (
            streamable_http_client(address) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await say(session)

    return asyncio.run(conversation())


def tools(live: Server, query: str = "") -> dict[str, Tool]:
    async def listed(session: ClientSession) -> Any:
        return (await session.list_tools()).tools

    return {tool.name: tool for tool in talk(live, listed, query)}


def call(live: Server, name: str, **given: Any) -> CallToolResult:
    async def one(session: ClientSession) -> Any:
        return await session.call_tool(name, given)

    result = talk(live, one)
    assert isinstance(result, CallToolResult)
    return result


def data_uri(file: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode()


def text_of(result: CallToolResult) -> str:
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


def test_the_tools_are_the_actions_and_nothing_else(live: Server) -> None:
    found = tools(live)
    assert set(found) == {*FOUR, *OTHERS}
    for name, tool in found.items():
        assert tool.description and len(tool.description) > 40, name
        for given, schema in tool.inputSchema["properties"].items():
            assert schema.get("description"), f"{name}: {given} is not described"


def test_a_program_can_choose_its_tools(live: Server) -> None:
    assert set(tools(live, f"?tools={','.join(FOUR)}")) == set(FOUR)


@pytest.mark.parametrize("name", FOUR)
def test_an_image_goes_in_and_one_comes_out(live: Server, scene_file: Path, name: str) -> None:
    result = call(live, name, image=data_uri(scene_file), question=QUESTION)
    assert not result.isError, text_of(result)
    assert isinstance(json.loads(text_of(result)), dict)
    [drawn] = [part for part in result.content if isinstance(part, ImageContent)]
    assert drawn.mimeType == "image/png"
    with Image.open(io.BytesIO(base64.b64decode(drawn.data))) as picture:
        assert np.asarray(picture.convert("RGB")).std() > 5


def test_two_tools_agree(live: Server, scene_file: Path) -> None:
    given = {"image": data_uri(scene_file), "question": QUESTION}
    asked = json.loads(text_of(call(live, "ask", **given)))
    compared = json.loads(text_of(call(live, "compare", **given)))
    assert compared[asked["fusion"]]["answer"] == asked["answer"]


def test_a_mistake_is_an_error_in_words(live: Server, scene_file: Path) -> None:
    result = call(live, "ask", image=data_uri(scene_file), question="какого цвета звезда?")
    assert result.isError and "English or Chinese" in text_of(result)
    result = call(live, "explain", image=data_uri(scene_file), question=QUESTION, method="magic")
    assert result.isError and "known: raw-attention" in text_of(result)


def test_it_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from viz.theme import launch_options

    assert launch_options()["mcp_server"] is True
    monkeypatch.setenv("GRADIO_MCP_SERVER", "false")
    assert launch_options()["mcp_server"] is False
