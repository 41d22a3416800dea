"""What comes along when the page comes again: all that is shown, once, to who has its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from fusion.engine import Engine
from tests.test_links import TABS, same
from viz.panels.carried import Carried
from viz.panels.following import follow
from viz.panels.handlers import Handlers
from viz.words import page as words


def own(handlers: Handlers, folder: Path) -> tuple[str, str]:
    """Lets a picture of one's own wait, with half of it erased; its name, and the picture's."""
    file = folder / "own.png"
    Image.effect_noise((200, 100), 90).save(file)
    page = handlers.own_picture(str(file), "what colour is the star?", "hybrid-additive")
    change = {"image": True, "question": True, "dropped": [1], "erased": [[0, 0, 0.5, 1]]}
    visit = handlers.hide(page.visit, page.visit.picture_id, change).visit
    return handlers.carry(visit, visit.picture_id), visit.picture_id


def test_all_that_is_shown_comes_along(tiny: Engine, tmp_path: Path) -> None:
    handlers = Handlers(tiny)
    name, picture_id = own(handlers, tmp_path)
    [(_, before)] = handlers._carried._waiting.values()
    followed = follow(handlers, f"?scene=9&carried={name}&tab=compare", TABS)
    assert followed.page is not None and followed.tab == "compare" and not followed.told
    after = followed.page.visit
    assert after.picture_id == picture_id and same(before, after)
    assert after.shown.dropped == (1,) and after.shown.erased
    assert followed.page.chosen and followed.page.picture is not None  # both are sent


def test_it_is_given_once(tiny: Engine, tmp_path: Path) -> None:
    handlers = Handlers(tiny)
    name, _ = own(handlers, tmp_path)
    assert follow(handlers, f"?carried={name}", TABS).page is not None
    again = follow(handlers, f"?carried={name}", TABS)
    assert again.page is None and again.told == (words.NOT_HERE,)


def test_the_oldest_and_those_nobody_came_for_are_forgotten(tiny: Engine) -> None:
    visit = Handlers(tiny).opening().visit
    carried = Carried(most=2)
    first, second, third = (carried.put(visit) for _ in range(3))
    with pytest.raises(ValueError, match=words.NOT_HERE[:30]):
        carried.take(first)
    assert carried.take(third) is visit and carried.take(second) is visit
    late = Carried(seconds=-1)
    with pytest.raises(ValueError, match=words.NOT_HERE[:30]):
        late.take(late.put(visit))
