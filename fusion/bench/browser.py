"""From the press of the button to the last panel drawn, in a real browser on the served page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import trange

from fusion.bench.server import Server
from fusion.bench.timing import summary

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SIZE = {"width": 1280, "height": 800}
PANELS = ("stage", "answers", "shares", "cases")
QUESTIONS = (
    "how many shapes are there?",
    "what colour is the background?",
    "what shape is the largest thing?",
    "is there a circle?",
    "what colour is the leftmost shape?",
)
WARM_UP = 2

# Presses the button; resolves with the milliseconds until the frame after the last change of a
# panel, once the answers have changed and nothing has changed for `quiet` milliseconds.
PRESS = """
([panels, quiet, longest]) => new Promise((resolve, reject) => {
  const nodes = panels.map((id) => document.getElementById(id));
  let last = 0, answered = false, timer = null;
  const start = performance.now();
  const done = () => { observer.disconnect(); clearTimeout(limit); resolve(last - start); };
  const observer = new MutationObserver((changes) => {
    answered ||= changes.some((c) => document.getElementById('answers').contains(c.target));
    requestAnimationFrame(() => requestAnimationFrame(() => { last = performance.now(); }));
    clearTimeout(timer);
    if (answered) timer = setTimeout(done, quiet);
  });
  const fail = () => { observer.disconnect(); reject('no answer was drawn'); };
  const limit = setTimeout(fail, longest);
  const all = { childList: true, subtree: true, characterData: true, attributes: true };
  for (const node of nodes) observer.observe(node, all);
  const button = document.getElementById('ask');
  (button.matches('button') ? button : button.querySelector('button')).click();
})
"""
QUIET, LONGEST = 300, 120_000


def browser_path() -> str:
    """The browser that the system has; raises when there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError(f"no browser is installed; looked for {', '.join(NAMES)}")
    return found


@contextmanager
def opened(server: Server) -> Iterator[Any]:
    """A browser page on the served page, ready to be used."""
    from playwright.sync_api import sync_playwright  # a tool for development, not for running

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(FLAGS))
        try:
            page = browser.new_page(viewport=SIZE)
            page.set_default_timeout(LONGEST)
            page.goto(server.url)
            for panel in PANELS:
                page.locator(f"#{panel}").wait_for()
            yield page
        finally:
            browser.close()


def measure_browser(server: Server, *, questions: int) -> dict[str, Any]:
    """`questions` questions typed in turn, each press timed; the first ones only warm up."""
    durations = []
    with opened(server) as page:
        for i in trange(questions + WARM_UP, desc="browser", leave=False):
            page.locator("#question").locator("input, textarea").first.fill(
                QUESTIONS[i % len(QUESTIONS)]
            )
            durations.append(float(page.evaluate(PRESS, [list(PANELS), QUIET, LONGEST])))
    return summary(durations[WARM_UP:])
