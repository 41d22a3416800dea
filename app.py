"""Duet's web page: load the engine, build the page, serve it."""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from fusion.engine import ASSETS, Engine  # noqa: E402
from viz.panels.page import build_page  # noqa: E402
from viz.theme import launch_options  # noqa: E402


def main() -> None:
    """Serve the page until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=None, help="address to listen on")
    parser.add_argument("--port", type=int, default=None, help="port to listen on")
    parser.add_argument("--assets", default=ASSETS, help="folder of the weights")
    given = parser.parse_args()
    page = build_page(Engine.load(given.assets))
    page.queue(default_concurrency_limit=2)
    page.launch(server_name=given.host, server_port=given.port, **launch_options())


if __name__ == "__main__":
    main()
