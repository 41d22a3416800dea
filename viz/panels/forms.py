"""The form of a JSON argument, as the list of endpoints, the OpenAPI document and MCP tell it.

Gradio tells of its own JSON component a form that no schema may have.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

Form = dict[str, Any]

NUMBER: Form = {"type": "number"}
WHOLE: Form = {"type": "integer"}
WEIGHTS: Form = {"type": "object", "properties": {"image": NUMBER, "text": NUMBER}}


def list_of(form: Form) -> Form:
    """A list of such values."""
    return {"type": "array", "items": form}


def or_null(form: Form) -> Form:
    """Such a value, or none."""
    return {"anyOf": [form, {"type": "null"}]}


def json_input(value: Any, label: str, form: Form) -> gr.JSON:
    """An argument of this form, `value` unless given."""
    component = gr.JSON(value, label=label)
    component.api_info = lambda: form
    return component
