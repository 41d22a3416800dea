"""The four questions one can put to a model, as tools of the Model Context Protocol: image in,
a few lines and an image out.

A tool has the name of its function; programs that want every number call `/ask` and the others of
`endpoints`, whose names in the protocol end in `_numbers`. Of a tool that waits in Gradio's queue,
Gradio joins several results into one text, so these have a line of their own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import gradio as gr
from PIL import Image

from fusion.engine import Engine
from fusion.outputs import MAIN
from viz.panels import brief
from viz.panels.errors import told_plainly
from viz.panels.guests import Guests
from viz.panels.visit import Shown
from viz.words import page as words

Told = tuple[str, Image.Image]
MOST_WAITING = 50
DRAWN = "_drawn"  # what the names of their endpoints end in


class Tools:
    """One method per tool; the docstrings are what a program is told of it."""

    def __init__(self, engine: Engine, guests: Guests) -> None:
        self.engine, self.guests = engine, guests
        self._turn, self._here = asyncio.Lock(), 0

    async def _in_turn(self, work: Callable[[], Told]) -> Told:
        """One after the other, so many at most, and no thread waits."""
        with told_plainly():
            if self._here > MOST_WAITING:
                raise ValueError(words.BUSY)
        self._here += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(_plainly, work)
        finally:
            self._here -= 1

    async def ask(
        self,
        image: str,
        question: str,
        fusion: str,
        show_image: bool,
        show_question: bool,
        backbone: str,
    ) -> Told:
        """Answer a question about an image, and draw where the model looked.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.
            fusion: Name of the fusion that answers, such as "hybrid-self"; /fusions lists them.
            show_image: False hides the whole image from the model.
            show_question: False hides the whole question from the model.
            backbone: "main", or a name that /backbones gives.

        Returns:
            JSON with the best answers, the weights of image, question and words, and the share of
            the attention on each ninth of the picture.
            The picture under its attention map, from dark (little) to bright (10 times uniform).
        """
        keep = Shown(image=show_image, question=show_question).keep

        def work() -> Told:
            engine = self.guests.engine_of(fusion)
            picture = engine.picture(image)
            found = engine.ask(picture, question, fusion=fusion, keep=keep, backbone=backbone)
            return _told(brief.answered(found), brief.answered_picture(picture, found))

        return await self._in_turn(work)

    async def masking(self, image: str, question: str, fusion: str, backbone: str) -> Told:
        """Answer with nothing, the question, the image, and both, and measure what each did.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.
            fusion: Name of the fusion that answers, such as "hybrid-self"; /fusions lists them.
            backbone: "main", or a name that /backbones gives.

        Returns:
            JSON with the answer's probability in the four cases, the Shapley value of image and
            question, their interaction, and the attention weights to compare them with.
            What the model was shown in each case, under its attention map, and what it said.
        """

        def work() -> Told:
            engine = self.guests.engine_of(fusion)
            picture = engine.picture(image)
            found = engine.masking(picture, question, fusion=fusion, backbone=backbone)
            return _told(brief.masked(found), brief.masked_picture(picture, found))

        return await self._in_turn(work)

    async def compare(self, image: str, question: str) -> Told:
        """Answer a question about an image through every fusion of image and text.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.

        Returns:
            JSON with every fusion's answer, its probability, and the weights of both modalities.
            The picture once for every fusion, under its attention map.
        """

        def work() -> Told:
            picture = self.engine.picture(image)
            found = self.engine.compare(picture, question)
            return _told(brief.compared(found), brief.compared_picture(picture, found))

        return await self._in_turn(work)

    async def explain(
        self, image: str, question: str, fusion: str, method: str, answer: str, backbone: str
    ) -> Told:
        """Explain one answer: what each region of the picture and each word did for it.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.
            fusion: Name of the fusion that answers, such as "hybrid-self"; /fusions lists them.
            method: Name of the explainer, such as "occlusion"; an unknown one names them all.
            answer: The answer to explain, such as "red"; the best one if empty.
            backbone: "main", or a name that /backbones gives.

        Returns:
            JSON with the value of every word in its unit, and the share of each ninth of the
            picture in what all its regions did.
            The picture under the explainer's map; of signed ones, purple speaks against the answer.
        """

        def work() -> Told:
            engine = self.guests.engine_of(fusion)
            picture = engine.picture(image)
            found = engine.explain(
                picture,
                question,
                fusion=fusion,
                method=method,
                answer=answer or None,
                backbone=backbone,
            )
            return _told(brief.explained(found), brief.explained_picture(picture, found))

        return await self._in_turn(work)


def _plainly(work: Callable[[], Told]) -> Told:
    with told_plainly():
        return work()


def _told(found: dict[str, Any], picture: Image.Image) -> Told:
    return json.dumps(found, ensure_ascii=False), picture


def add_tools(engine: Engine, guests: Guests, default_fusion: str) -> None:
    """Add one endpoint for each method of `Tools`; nothing of it is seen."""
    tools = Tools(engine, guests)
    with gr.Column(visible=False):
        image = gr.File(label="image", file_types=["image"], type="filepath")
        question = gr.Textbox(label="question")
        fusion = gr.Textbox(default_fusion, label="fusion")
        method = gr.Textbox("occlusion", label="method")
        explained = gr.Textbox("", label="answer")
        backbone = gr.Textbox(MAIN, label="backbone")
        show_image = gr.Checkbox(True, label="show_image")
        show_question = gr.Checkbox(True, label="show_question")
        told = [gr.Textbox(label="result"), gr.Image(label="picture", format="png")]
        trigger = gr.Button()
    asked = [image, question, fusion]
    all_tools: list[tuple[Callable[..., Awaitable[Told]], list[Any]]] = [
        (tools.ask, [*asked, show_image, show_question, backbone]),
        (tools.masking, [*asked, backbone]),
        (tools.compare, [image, question]),
        (tools.explain, [*asked, method, explained, backbone]),
    ]
    for tool, inputs in all_tools:
        trigger.click(tool, inputs, told, api_name=f"{tool.__name__}{DRAWN}", queue=False)
