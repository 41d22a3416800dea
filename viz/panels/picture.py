"""Where pictures come from: a new scene, a file, the clipboard, the webcam, a drawing."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from viz.panels.web_files import web
from viz.words import page as words


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class PicturePanel:
    new_scene: gr.Button
    upload: gr.UploadButton


def picture_panel() -> PicturePanel:
    """The four buttons; drawing, webcam, pasting and dropping all end in the upload."""
    new_scene = gr.Button(words.NEW_SCENE, elem_id="new-scene", min_width=96, size="sm")
    upload = gr.UploadButton(
        words.UPLOAD, file_types=["image"], elem_id="upload", min_width=80, size="sm"
    )
    gr.HTML(
        html_template=web("picture.html"),
        js_on_load=web("picture.js"),
        elem_id="give",
        apply_default_css=False,
        words=words.PICTURE,
        inks=list(words.INKS),
        ink_names=list(words.INKS.values()),
    )
    return PicturePanel(new_scene=new_scene, upload=upload)
