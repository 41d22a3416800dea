"""Training for programs: gradio_client, curl and MCP."""

from __future__ import annotations

import secrets
from typing import Any

import gradio as gr

from fusion.training.live import LiveConfig
from viz.panels import plain_json
from viz.panels.errors import told_plainly
from viz.panels.train_handlers import Trained, Trainer

USUAL = LiveConfig()


def add_train_endpoint(trainer: Trainer) -> None:
    """Add `/train`, in one line with the trainings of the page."""

    def train_fusion(
        _request: gr.Request,
        fusion: str = USUAL.fusion,
        families: list[str] = list(USUAL.families),  # noqa: B006 (Gradio reads it, once)
        scenes: int = USUAL.scenes,
        epochs: int = USUAL.epochs,
        mask_rate: float = USUAL.mask_rate,
    ) -> dict[str, Any]:
        """Train a fusion from fresh weights on new scenes, for two minutes at most, after those who
        wait already; the same choices give the same model.

        Args:
            fusion: Name of one of the ten fusions, such as "hybrid-dot".
            families: The kinds of questions to train on, such as ["colour", "shape", "size"].
            scenes: How many scenes, 50 to 600.
            epochs: How often each question is learned from, 1 to 20.
            mask_rate: Share of the questions that lose image or words while learning, 0 to 0.5.

        Returns:
            The learning curve, the accuracy by kind of question, the seconds that each part took,
            and the name that /ask and /masking take as `fusion`, while it is kept.
        """
        with told_plainly():
            config = LiveConfig.from_dict(
                {
                    "fusion": fusion,
                    "families": families,
                    "scenes": scenes,
                    "epochs": epochs,
                    "mask_rate": mask_rate,
                }
            )
            owner = _request.session_hash or secrets.token_hex(12)
            *_, last = trainer.train(config, owner)
        assert isinstance(last, Trained)  # nobody stops it
        return plain_json.learning(last.learning, last.guest.name if last.guest else None)

    gr.api(train_fusion, api_name="train", concurrency_limit=None)
