"""The page's actions for programs: gradio_client, curl and MCP. No state, typed, plain JSON.

Four of them exist a second time as `tools`, with less to read and a picture. Those here give every
number and so end in `_numbers`, except in the names of their endpoints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from fusion.engine import Engine
from fusion.outputs import MAIN
from viz.panels import plain_json
from viz.panels.errors import told_plainly
from viz.panels.forms import NUMBER, WEIGHTS, WHOLE, json_input, list_of, or_null
from viz.panels.given import given_shown, number, pairs, whole
from viz.panels.guests import Guests
from viz.panels.hub_answers import check_ready, loaded

JSON = dict[str, Any]
NUMBERS = "_numbers"


class Endpoints:
    """One method per endpoint; the docstrings are the API's documentation."""

    def __init__(self, engine: Engine, guests: Guests) -> None:
        self.engine, self.guests = engine, guests

    def _fusion(self, fusion: str, backbone: str) -> str:
        """The fusion that answers: the pretrained model has one alone, whatever is asked for."""
        info = self.engine.hub
        return info.fusion if info is not None and backbone == info.name else fusion

    def _engine(self, fusion: str, backbone: str) -> Engine:
        check_ready(self.engine, backbone)
        return self.guests.engine_of(fusion)

    def ask_numbers(
        self,
        image: str,
        question: str,
        fusion: str,
        show_image: bool,
        show_question: bool,
        dropped_tokens: list[int],
        erased: list[list[float]],
        backbone: str,
    ) -> JSON:
        """Answer a question about an image, with every attention weight that was used.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.
            fusion: Name of the fusion that answers, such as "hybrid-additive" or one from /train.
            show_image: False hides the whole image from the model.
            show_question: False hides the whole question from the model.
            dropped_tokens: Positions of single word pieces to hide, counted from 0.
            erased: Boxes to erase, each [left, top, right, bottom] as fractions of the picture.
            backbone: "main", or a name that /backbones gives.

        Returns:
            Answers with probabilities, best first; modality weights; attention over regions and
            tokens; from tokens to regions; and a notice if the picture is unlike the training.
        """
        shown = given_shown(show_image, show_question, dropped_tokens, erased)
        with told_plainly():
            explanation = self._engine(fusion, backbone).ask(
                image,
                question,
                fusion=self._fusion(fusion, backbone),
                backbone=backbone,
                **shown.given(),
            )
        return plain_json.explanation(explanation)

    def inside(
        self,
        image: str,
        question: str,
        fusion: str,
        temperature: float,
        show_image: bool,
        show_question: bool,
        backbone: str,
    ) -> JSON:
        """Follow a question through a fusion, attention by attention.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.
            fusion: Name of the fusion that answers, such as "hybrid-additive" or one from /train.
            temperature: Divides every score before its softmax, above 0; 1 is what is served.
            show_image: False hides the whole image from the model.
            show_question: False hides the whole question from the model.
            backbone: "main", or a name that /backbones gives.

        Returns:
            For each step its scores, weights and weighted sums by attention head, query and key;
            both modality vectors and their weights; the fused vector; and the answers.
        """
        shown = given_shown(show_image, show_question, [], [])
        with told_plainly():
            found = self._engine(fusion, backbone).inside(
                image,
                question,
                fusion=self._fusion(fusion, backbone),
                keep=shown.keep,
                temperature=number(temperature),
                backbone=backbone,
            )
        return plain_json.inside(found)

    def masking_numbers(
        self,
        image: str,
        question: str,
        fusion: str,
        dropped_tokens: list[int],
        erased: list[list[float]],
        backbone: str,
    ) -> JSON:
        """Answer with nothing, the question, the image, and both: what did each contribute?

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.
            fusion: Name of the fusion that answers, such as "hybrid-additive" or one from /train.
            dropped_tokens: Positions of single word pieces to hide, counted from 0.
            erased: Boxes to erase, each [left, top, right, bottom] as fractions of the picture.
            backbone: "main", or a name that /backbones gives.

        Returns:
            The explained answer, its probability in the four cases, the Shapley value of image
            and text, their interaction, and the best answer of each case.
        """
        shown = given_shown(True, True, dropped_tokens, erased)
        with told_plainly():
            masking = self._engine(fusion, backbone).masking(
                image,
                question,
                fusion=self._fusion(fusion, backbone),
                backbone=backbone,
                drop_tokens=shown.dropped,
                erase=shown.erase_mask(),
            )
        return plain_json.masking(masking)

    def compare_numbers(self, image: str, question: str) -> JSON:
        """Answer a question about an image through every fusion.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.

        Returns:
            One result per fusion, each as /ask gives it.
        """
        with told_plainly():
            comparison = self.engine.compare(image, question)
        return {name: plain_json.explanation(e) for name, e in comparison.explanations.items()}

    def explain_numbers(
        self,
        image: str,
        question: str,
        fusion: str,
        method: str,
        answer: str,
        show_image: bool,
        show_question: bool,
        dropped_tokens: list[int],
        erased: list[list[float]],
        backbone: str,
    ) -> JSON:
        """Explain one answer: what each region of the picture and each word did for it.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.
            fusion: Name of the fusion that answers, such as "hybrid-additive" or one from /train.
            method: Name of the explainer, such as "occlusion"; an unknown one names them all.
            answer: The answer to explain, such as "red"; the best one if empty.
            show_image: False hides the whole image from the model.
            show_question: False hides the whole question from the model.
            dropped_tokens: Positions of single word pieces to hide, counted from 0.
            erased: Boxes to erase, each [left, top, right, bottom] as fractions of the picture.
            backbone: "main", or a name that /backbones gives.

        Returns:
            Values over regions (rows, columns) and tokens, with standard errors where they were
            sampled; their unit; and whether values below 0 speak against the answer.
        """
        shown = given_shown(show_image, show_question, dropped_tokens, erased)
        with told_plainly():
            attribution = self._engine(fusion, backbone).explain(
                image,
                question,
                fusion=self._fusion(fusion, backbone),
                method=method,
                answer=answer or None,
                backbone=backbone,
                **shown.given(),
            )
        return plain_json.attribution(attribution)

    def steer(
        self,
        image: str,
        question: str,
        fusion: str,
        backbone: str,
        region_weights: list[list[float]] | None = None,
        token_weights: list[float] | None = None,
        modality_weights: dict[str, float] | None = None,
        heads_off: list[list[int]] | None = None,
        strength: float = 1.0,
    ) -> JSON:
        """Answer a question as the fusion does, and again with its attention changed by hand.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.
            fusion: Name of the fusion that answers, such as "hybrid-additive" or one from /train.
            backbone: "main", or a name that /backbones gives.
            region_weights: Where to look: rows of numbers from 0 on, stretched over the picture.
            token_weights: How much of each word piece to read, a number from 0 on for each.
            modality_weights: The weights of both modalities: {"image": 1, "text": 0}.
            heads_off: Attention heads to switch off, each [layer, head], counted from 0.
            strength: From 0, its own weights over regions and words, to 1, those given.

        Returns:
            "before" and "after", each as /ask gives it, and the weights that were put in place.
        """
        with told_plainly():
            steered = self._engine(fusion, backbone).steer(
                image,
                question,
                fusion=self._fusion(fusion, backbone),
                backbone=backbone,
                region_weights=region_weights,
                token_weights=token_weights,
                modality_weights=modality_weights,
                heads_off=pairs(heads_off),
                strength=number(strength),
            )
        return plain_json.steered(steered)

    def compare_backbones(self, image: str, question: str) -> JSON:
        """Answer a question about an image through every backbone, each with its own encoding.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            question: The question, in English or Simplified Chinese.

        Returns:
            "results", one per backbone, each as /ask gives it, with the encoding in its time; and
            "failed", a sentence for each backbone that cannot be used.
        """
        with told_plainly():
            found = self.engine.compare_backbones(image, question)
        results = {name: plain_json.explanation(e) for name, e in found.explanations.items()}
        return {"results": results, "failed": dict(found.failed)}

    def keypoints(self, image: str, erased: list[list[float]]) -> list[JSON]:
        """Find the keypoints by which SIFT describes a picture.

        Args:
            image: The picture: a PNG, JPEG, WebP or GIF file.
            erased: Boxes to erase, each [left, top, right, bottom] as fractions of the picture.

        Returns:
            For each keypoint x and y as fractions of width and height, the radius as a share of the
            width, and the angle of the main gradient in radians, from right towards down.
        """
        shown = given_shown(True, True, [], erased)
        with told_plainly():
            return plain_json.keypoints(self.engine.keypoints(image, erase=shown.erase_mask()))

    def nearest_words(self, token: str) -> list[JSON]:
        """Find the word pieces that stand nearest to one in the table of word vectors.

        Args:
            token: A word piece as /ask gives it in "tokens", such as "star".

        Returns:
            The nearest pieces with the cosine of the angle between the vectors, nearest first.
        """
        with told_plainly():
            found = self.engine.nearest_words(token or "")
        return [{"token": piece, "cosine": cosine} for piece, cosine in found]

    def load_model(self) -> JSON:
        """Fetch and read the pretrained model that is served beside the shipped ones.

        Returns:
            The name to give as "backbone", its label, where its weights are from, and "ready".
        """
        with told_plainly():
            return loaded(self.engine)

    def backbones(self) -> list[JSON]:
        """List the backbones that can be compared: encoders, accuracy, parameters and bytes."""
        return plain_json.backbones(self.engine.backbones)

    def new_scene(self, seed: int) -> JSON:
        """Make the scene of a seed: its picture, and questions with their true answers.

        Args:
            seed: Any whole number from 0 on; the same number gives the same scene everywhere.

        Returns:
            The picture as a data URI, and the questions with their answers' names.
        """
        with told_plainly():
            return plain_json.scene(self.engine.scene(whole(seed)))

    def fusions(self) -> list[JSON]:
        """List the fusions that can answer: name, label, what it does, accuracy and size."""
        return plain_json.fusions(self.engine.fusions)


def add_endpoints(engine: Engine, guests: Guests, concurrency_id: str, default_fusion: str) -> None:
    """Add one endpoint for each method of `Endpoints`; nothing of it is seen."""
    endpoints = Endpoints(engine, guests)
    with gr.Column(visible=False):
        image = gr.File(label="image", file_types=["image"], type="filepath")
        question = gr.Textbox(label="question")
        fusion = gr.Textbox(default_fusion, label="fusion")
        method = gr.Textbox("occlusion", label="method")
        explained = gr.Textbox("", label="answer")
        backbone = gr.Textbox(MAIN, label="backbone")
        token = gr.Textbox(label="token")
        regions = json_input(None, "region_weights", or_null(list_of(list_of(NUMBER))))
        tokens = json_input(None, "token_weights", or_null(list_of(NUMBER)))
        modalities = json_input(None, "modality_weights", or_null(WEIGHTS))
        heads = json_input([], "heads_off", list_of(list_of(WHOLE)))
        strength = gr.Number(1.0, label="strength")
        temperature = gr.Number(1, label="temperature")
        show_image = gr.Checkbox(True, label="show_image")
        show_question = gr.Checkbox(True, label="show_question")
        dropped = json_input([], "dropped_tokens", list_of(WHOLE))
        erased = json_input([], "erased", list_of(list_of(NUMBER)))
        seed = gr.Number(0, precision=0, label="seed")
        answer = gr.JSON(label="result")
        trigger = gr.Button()
    hidden = [dropped, erased]
    shown = [show_image, show_question, *hidden]
    both: list[tuple[Callable[..., Any], list[Any]]] = [
        (endpoints.ask_numbers, [image, question, fusion, *shown, backbone]),
        (
            endpoints.inside,
            [image, question, fusion, temperature, show_image, show_question, backbone],
        ),
        (endpoints.masking_numbers, [image, question, fusion, *hidden, backbone]),
        (endpoints.compare_numbers, [image, question]),
        (
            endpoints.explain_numbers,
            [image, question, fusion, method, explained, *shown, backbone],
        ),
        (
            endpoints.steer,
            [image, question, fusion, backbone, regions, tokens, modalities, heads, strength],
        ),
        (endpoints.compare_backbones, [image, question]),
        (endpoints.keypoints, [image, erased]),
        (endpoints.nearest_words, [token]),
        (endpoints.backbones, []),
        (endpoints.new_scene, [seed]),
        (endpoints.fusions, []),
    ]
    for endpoint, inputs in both:
        trigger.click(
            endpoint,
            inputs,
            answer,
            api_name=endpoint.__name__.removesuffix(NUMBERS),
            concurrency_id=concurrency_id,
            concurrency_limit=1,
        )
    if engine.hub is not None:
        trigger.click(endpoints.load_model, [], answer, api_name="load_model", concurrency_limit=4)
