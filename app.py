"""Duet's web page: load the engine, build the page, serve it."""

from __future__ import annotations

import argparse

from fusion.engine import ASSETS, Engine
from fusion.memory import share_arenas
from viz.panels.page import build_page
from viz.theme import launch_options


def main() -> None:
    """Serve the page until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=None, help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=None, help="port to listen on (from 7860)")
    parser.add_argument("--assets", default=ASSETS, help="folder of the weights")
    parser.add_argument("--hub-model", help="a pretrained model beside them: vilt, id or folder")
    given = parser.parse_args()
    share_arenas()
    page = build_page(Engine.load(given.assets, hub_model=given.hub_model))
    page.launch(server_name=given.host, server_port=given.port, **launch_options())


if __name__ == "__main__":
    main()
