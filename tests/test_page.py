"""The real page in a real browser: what a visitor does, sees, and must never see."""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from viz.words import page as words

ROOT = Path(__file__).parents[1]
STARTS_WITHIN = 240
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
EVIL = "<img src=x onerror=alert(1)> what ${1+1} {{value}} `x`"
ANSWERED = """(before) => document.querySelector('[data-testid=toast-body]')
  || document.querySelector('#stage [data-drawn]').dataset.drawn !== before"""
DRAWN = {"/ask_drawn", "/masking_drawn", "/compare_drawn", "/explain_drawn"}
BACKBONE_ACTIONS = {"/backbones", "/compare_backbones", "/keypoints", "/nearest_words"}
OWN_TAGS = "#chips img, #answers img, #suggestions img, #readout img"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started as a visitor of the README starts it."""
    yield from served(tmp_path_factory)


def served(tmp_path_factory: pytest.TempPathFactory, *arguments: str) -> Iterator[str]:
    """The address of the app, started with these arguments."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("app") / "log.txt"
    command = [sys.executable, "app.py", "--port", str(port), *arguments]
    with log.open("w") as out:
        app = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, app, log)
            yield address
        finally:
            app.terminate()
            app.wait(30)
    assert "Traceback" not in log.read_text(), log.read_text()[-3000:]


def _wait_for(address: str, app: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(STARTS_WITHIN * 5):
        assert app.poll() is None, log.read_text()[-3000:]
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)  # a process that starts gives no sign to wait for
        else:
            return
    pytest.fail(f"the app was not there after {STARTS_WITHIN} seconds: {log.read_text()[-3000:]}")


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or "/usr/bin/chromium"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def filming(browser: Browser) -> Iterator[Browser]:
    """A browser with a camera (Chromium's own moving test picture) that it may use."""
    camera = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    opened = browser.browser_type.launch(executable_path=CHROMIUM, args=(*FLAGS, *camera))
    yield opened
    opened.close()


def open_tab(page: Page, name: str) -> None:
    """Open a tab, by the menu of those for which there is no room if it is one of them."""
    tab = page.get_by_role("tab", name=name)
    if not tab.is_visible():
        page.locator("#tabs .overflow-menu > button").click()
        tab = page.locator("#tabs .overflow-dropdown button", has_text=name)
    tab.click()


def visit(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    height: int = 800,
    query: str = "",
    locale: str = "en-US",
) -> Iterator[Page]:
    """A visitor whose browser complains of nothing and asks no other host for anything."""
    page = browser.new_page(viewport={"width": width, "height": height}, locale=locale)
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    strangers: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: None if _ours(r.url, url) else strangers.append(r.url))
    page.goto(f"{url}/{query}")
    first = page.locator("#chips .chip").first
    if "tab=" in query:  # it may stand on another tab by then
        expect(first).to_be_attached()
    else:
        expect(first).to_be_visible()
    yield page
    page.close()
    assert complaints == []
    assert strangers == []


def _ours(address: str, url: str) -> bool:
    return address.startswith((url, "data:", "blob:"))


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    yield from visit(browser, url)


@pytest.fixture
def phone(browser: Browser, url: str) -> Iterator[Page]:
    yield from visit(browser, url, width=390, height=844)


@pytest.fixture
def projector(browser: Browser, url: str) -> Iterator[Page]:
    yield from visit(browser, url, width=1920, height=1080)


@pytest.fixture
def dark(browser: Browser, url: str) -> Iterator[Page]:
    yield from visit(browser, url, query="?__theme=dark")


def question(page: Page) -> Locator:
    return page.locator("#question").locator("input, textarea").first


def chip(page: Page, word: str) -> Locator:
    return page.locator("#chips .chip").filter(has_text=word)


def ask(page: Page, text: str) -> None:
    """Type and press Enter, until the words of the question are on show."""
    question(page).fill(text)
    question(page).press("Enter")
    for word in text.strip("?").split():
        expect(chip(page, word).first).to_be_visible()


def current_case(page: Page) -> Locator:
    return page.locator("#cases tr.current th")


def fits(page: Page) -> None:
    too_long = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    assert too_long <= 0, f"the page is {too_long} pixels longer than the screen"


def no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


# ------------------------------------------------------------------ the first ten seconds


def test_it_opens_answered_on_one_screen(page: Page) -> None:
    expect(question(page)).not_to_be_empty()
    expect(page.locator("#answers li")).to_have_count(5)
    expect(page.locator("#answers .mark").first).to_be_visible()
    expect(page.locator("#cases tbody tr")).to_have_count(4)
    expect(current_case(page)).to_have_text(words.CASE_NAMES["both"])
    expect(page.locator("#shares .pair")).to_have_count(2)
    assert "of the weight" in (page.locator("#regions").get_attribute("aria-label") or "")
    expect(page.locator("#readout")).to_contain_text("of the attention lies on the outlined object")
    fits(page)
    no_sideways_scroll(page)


def test_everything_that_can_be_pressed_has_an_id(page: Page) -> None:
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, summary')]
        .filter((e) => e.offsetParent && !e.closest('[id]:not([id^="html-"]):not([id^="tabs"])'))
        .filter((e) => e.getAttribute('role') !== 'tab').map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert nameless == []


# ------------------------------------------------------------------ asking


def test_a_typed_question_is_answered(page: Page) -> None:
    ask(page, "how many objects are there?")
    expect(page.locator("#answers li")).to_have_count(5)
    expect(page.locator("#cases .hint")).to_have_text(words.HINT_BEFORE)
    expect(page.locator("#answers .mark")).to_have_count(0)


def test_the_button_asks_and_chinese_is_answered_in_chinese(page: Page) -> None:
    question(page).fill("图片里有几个圆形？")
    page.locator("#ask").click()
    expect(chip(page, "几")).to_be_visible()
    expect(page.locator("#answers")).to_contain_text(words.ANSWER)


def test_a_question_of_the_scene_knows_its_answer(page: Page) -> None:
    pick = page.locator("#suggestions button").nth(2)
    pick.click()
    expect(question(page)).to_have_value(pick.inner_text())
    expect(
        page.locator("#answers .mark").or_(page.locator("#answers .truth")).first
    ).to_be_visible()


def test_a_new_scene_is_another_one_and_answered(page: Page) -> None:
    before = page.locator(".photo").get_attribute("src")
    page.locator("#new-scene").click()
    expect(page.locator(".photo")).not_to_have_attribute("src", before or "")
    expect(
        page.locator("#answers .mark").or_(page.locator("#answers .truth")).first
    ).to_be_visible()
    expect(current_case(page)).to_have_text(words.CASE_NAMES["both"])


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "empty"), ("   ", "empty"), ("🙂🙂", ""), ("x" * 5000, "")],
)
def test_a_bad_question_gets_a_sentence(page: Page, text: str, message: str) -> None:
    question(page).fill(text)
    page.locator("#ask").click()
    toast = page.get_by_test_id("toast-body").or_(page.locator("#answers .notice"))
    expect(toast.first).to_contain_text(message)
    assert "Traceback" not in toast.first.inner_text()
    ask(page, "what shape is it?")


def test_what_is_typed_is_never_run(page: Page) -> None:
    before = page.locator("#stage [data-drawn]").get_attribute("data-drawn")
    question(page).fill(EVIL)
    page.locator("#ask").click()
    page.wait_for_function(ANSWERED, arg=before)
    expect(page.locator(OWN_TAGS)).to_have_count(0)


# ------------------------------------------------------------------ hiding


def test_hiding_the_image_shows_before_and_after(page: Page) -> None:
    answer = page.locator("#answers .best .name").inner_text().split()[0]
    switch = page.locator("#switch-image")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(current_case(page)).to_have_text(words.CASE_NAMES["text"])
    expect(page.locator("#cases figure")).to_have_count(2)
    expect(page.locator("#cases figure").first).to_contain_text(answer)
    expect(page.locator("#cases figure").last).to_contain_text("image hidden")
    expect(page.locator(".veil")).to_be_visible()
    expect(page.locator("#readout")).to_contain_text(words.NO_MAP_HIDDEN)
    fits(page)
    page.locator("#switch-question").click()
    expect(current_case(page)).to_have_text(words.CASE_NAMES["none"])
    expect(page.locator("#shares .sentence")).to_have_text(words.AGREEMENT_BOTH_HIDDEN)
    page.locator("#switch-image").click()
    page.locator("#switch-question").click()
    expect(current_case(page)).to_have_text(words.CASE_NAMES["both"])


def test_flipping_fast_ends_where_the_visitor_ended(page: Page) -> None:
    for _ in range(3):
        page.locator("#switch-image").click()
        page.locator("#switch-question").click()
    expect(page.locator("#switch-image")).to_have_attribute("aria-checked", "false")
    expect(page.locator("#switch-question")).to_have_attribute("aria-checked", "false")
    expect(current_case(page)).to_have_text(words.CASE_NAMES["none"])


def test_a_word_is_switched_off_and_on_by_click_and_by_key(page: Page) -> None:
    first = page.locator("#chips .chip").first
    expect(first).to_have_attribute("aria-pressed", "true")
    first.click()
    expect(page.locator("#cases figure").last).to_contain_text("1 word off")
    expect(first).to_have_attribute("aria-pressed", "false")
    first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#cases figure").first).to_contain_text("1 word off")
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(first).to_be_focused()


def test_the_brush_erases_and_restores(page: Page) -> None:
    page.locator("#erase").click()
    box = page.locator("#regions").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    page.mouse.up()
    expect(page.locator("#cases figure").last).to_contain_text("part erased")
    page.locator("#restore").click()
    expect(page.locator("#cases figure").first).to_contain_text("part erased")
    expect(page.locator("#restore")).to_be_hidden()


# ------------------------------------------------------------------ pointing, with no round trip


def test_pointing_needs_no_round_trip(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    drawn = "document.querySelector('canvas.map').toDataURL()"
    resting = page.evaluate(drawn)
    page.locator("#chips .chip").nth(1).hover()
    expect(page.locator("#readout")).to_contain_text("looks here")
    assert page.evaluate(drawn) != resting
    page.locator("#regions").hover()
    expect(page.locator("#readout")).to_contain_text("× uniform")
    assert page.evaluate(drawn) == resting
    page.locator("#map-toggle").click()
    assert page.evaluate(drawn) != resting
    assert asked == []


def test_regions_by_keyboard(page: Page) -> None:
    page.locator("#regions").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#readout")).to_contain_text("row ")
    page.locator("#erase").focus()
    page.keyboard.press("Enter")
    page.locator("#regions").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(page.locator("#cases figure").last).to_contain_text("part erased")


def test_the_numbers_behind_the_map(page: Page) -> None:
    page.locator("#numbers summary").click()
    rows = page.locator("#numbers tbody tr")
    expect(rows.first).to_be_visible()
    assert rows.count() > 3
    expect(page.locator("#numbers caption")).to_contain_text("of the weight")
    expect(page.locator("#numbers .tally")).to_contain_text("that fit the first thing named")


# ------------------------------------------------------------------ fusions, pictures


def test_a_fusion_without_attention_says_so(page: Page) -> None:
    page.locator("#fusion input").click()
    page.get_by_role("option").first.click()
    expect(page.locator("#readout")).to_have_text(words.NO_ATTENTION)
    expect(page.locator("#shares .none").first).to_have_text(words.NO_WEIGHT)
    expect(page.locator("#cases figure").last).to_contain_text("concat")
    expect(page.locator("#fusion-help")).to_contain_text("parameters")


def _png(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 90).save(buffer, "PNG")
    return buffer.getvalue()


def test_an_own_picture_is_answered_and_a_broken_one_told(page: Page) -> None:
    chooser = page.locator("#picture-row input[type=file]")
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": _png((90, 60))})
    expect(page.locator(".tools .label")).to_have_text(words.OWN_PICTURE)
    expect(page.locator("#suggestions")).to_have_text(words.TRY_NONE)
    expect(page.locator("#answers .notice")).to_be_visible()
    page.locator("#chips .chip").first.click()
    expect(page.locator("#cases figure")).to_have_count(2)
    fits(page)
    broken = {"name": "b.png", "mimeType": "image/png", "buffer": b"not a picture"}
    chooser.set_input_files(broken)
    expect(page.get_by_test_id("toast-body").first).to_contain_text("picture")
    ask(page, "what is it?")
    fits(page)


def test_a_drawing_is_answered(page: Page) -> None:
    page.locator("#draw").click()
    page.locator(".inks button").nth(1).click()
    page.locator("#pad").click()
    page.locator("#picture-use").click()
    expect(page.locator("#picture-dialog")).to_be_hidden()
    expect(page.locator(".tools .label")).to_have_text(words.OWN_PICTURE)


def test_a_picture_from_the_webcam_is_answered(filming: Browser, url: str) -> None:
    for page in visit(filming, url):
        page.locator("#webcam").click()
        expect(page.locator("#camera")).to_be_visible()
        page.wait_for_function("document.querySelector('#camera').videoWidth > 0")
        width, height = (
            page.evaluate(f"document.querySelector('#camera').video{side}")
            for side in ("Width", "Height")
        )
        page.locator("#picture-use").click()
        expect(page.locator("#picture-dialog")).to_be_hidden()
        expect(page.locator(".tools .label")).to_have_text(words.OWN_PICTURE)
        page.wait_for_function("document.querySelector('img.photo').naturalWidth > 0")
        shown = page.evaluate(
            "(({naturalWidth: w, naturalHeight: h}) => w / h)(document.querySelector('img.photo'))"
        )
        assert shown == pytest.approx(width / height, rel=0.02)


def test_without_a_camera_the_button_says_so(page: Page) -> None:
    page.locator("#webcam").click()
    expect(page.locator("#webcam")).to_have_text(words.PICTURE["noWebcam"])
    expect(page.locator("#picture-dialog")).to_be_hidden()


def test_a_pasted_picture_is_answered(page: Page) -> None:
    page.evaluate(
        """(bytes) => {
          const file = new File([new Uint8Array(bytes)], 'p.png', { type: 'image/png' });
          const transfer = new DataTransfer();
          transfer.items.add(file);
          document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer }));
        }""",
        list(_png((90, 60))),
    )
    expect(page.locator(".tools .label")).to_have_text(words.OWN_PICTURE)


def test_two_visitors_do_not_meet(browser: Browser, url: str, page: Page) -> None:
    ask(page, "how many red ones are there?")
    for other in visit(browser, url):
        other.locator("#switch-image").click()
        expect(current_case(other)).to_have_text(words.CASE_NAMES["text"])
        page.locator("#switch-question").click()
        expect(current_case(page)).to_have_text(words.CASE_NAMES["image"])
        expect(chip(other, "red")).to_have_count(0)


# ------------------------------------------------------------------ screens


def test_a_phone_needs_no_sideways_scroll(phone: Page) -> None:
    no_sideways_scroll(phone)
    phone.locator("#switch-image").click()
    expect(phone.locator("#cases figure")).to_have_count(2)
    no_sideways_scroll(phone)


def test_a_projector_shows_everything_larger_and_points_right(projector: Page) -> None:
    fits(projector)
    no_sideways_scroll(projector)
    assert projector.evaluate("+getComputedStyle(document.querySelector('.main')).zoom") > 1.2
    regions = projector.locator("#regions").bounding_box()
    assert regions is not None
    corner = {"x": 0.98 * regions["width"], "y": 0.98 * regions["height"]}
    projector.locator("#regions").hover(position=corner)
    grid = projector.evaluate(
        "[...document.querySelectorAll('canvas.map')].map((c) => [c.height / 12, c.width / 12])[0]"
    )
    expect(projector.locator("#readout")).to_contain_text(f"row {grid[0]}, column {grid[1]}:")


def test_dark_is_dark_and_can_be_switched(dark: Page) -> None:
    brightness = "getComputedStyle(document.querySelector('#answers')).backgroundColor"
    assert max(map(int, dark.evaluate(brightness)[4:-1].split(","))) < 80
    dark.locator("#theme").click()
    assert min(map(int, dark.evaluate(brightness)[4:-1].split(","))) > 200


def test_the_limits_are_told(page: Page) -> None:
    page.get_by_role("tab", name=words.TAB_ABOUT).click()
    expect(page.locator("#about")).to_contain_text("Attention is not explanation")
    address = page.locator("#about a").get_attribute("href") or ""
    assert page.request.get(f"{page.url}{address}").ok


# ------------------------------------------------------------------ the same as an API


def test_every_action_is_a_named_endpoint(url: str, tmp_path: Path) -> None:
    client = Client(url, verbose=False)
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    actions = {
        "/ask",
        "/inside",
        "/masking",
        "/compare",
        "/explain",
        "/steer",
        "/new_scene",
        "/fusions",
        "/results",
        "/train",
    }
    assert set(named) == actions | BACKBONE_ACTIONS | DRAWN
    assert all(endpoint["description"] for endpoint in named.values())
    picture = tmp_path / "picture.png"
    picture.write_bytes(_png((90, 60)))
    given = {"image": handle_file(picture), "question": "what colour is the star?"}
    result = client.predict(**given, api_name="/ask")
    assert sum(a["probability"] for a in result["answers"]) == pytest.approx(1, abs=1e-3)
    hidden = client.predict(
        **given, show_image=False, dropped_tokens=[0], erased=[[0, 0, 0.5, 0.5]], api_name="/ask"
    )
    assert (hidden["shown"], hidden["dropped_tokens"]) == (["text"], [0])
    four = client.predict(**given, api_name="/masking")
    assert set(four["values"]) == {"none", "text", "image", "both"}
    assert len(client.predict(**given, api_name="/compare")) == 10
    explained = client.predict(
        **given, method="relevance", answer="red", dropped_tokens=[0], api_name="/explain"
    )
    assert (explained["answer_id"], explained["unit"]) == ("colour.red", "share")
    assert explained["text"]["values"][0] == 0 and explained["text"]["error"] is None
    assert sum(map(sum, explained["image"]["values"])) == pytest.approx(1, abs=1e-3)
    steered = client.predict(
        **given,
        region_weights=[[0, 1]],
        modality_weights={"image": 1, "text": 3},
        api_name="/steer",
    )
    looked = zip(steered["after"]["image_attention"], steered["region_weights"], strict=True)
    assert all(row == pytest.approx(put, abs=1e-6) for row, put in looked)
    assert steered["after"]["modality_weights"] == pytest.approx({"image": 0.25, "text": 0.75})
    assert steered["before"]["answers"] == result["answers"]
    with pytest.raises(AppError, match=r"unknown explainer .*magic.*; known: raw-attention"):
        client.predict(**given, method="magic", api_name="/explain")
    assert client.predict(api_name="/fusions")[0]["name"] == "concat"
    scene = client.predict(seed=7, api_name="/new_scene")
    assert scene == client.predict(seed=7, api_name="/new_scene")
    with pytest.raises(AppError, match="empty"):
        client.predict(**{**given, "question": " "}, api_name="/ask")
