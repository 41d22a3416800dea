"""From results to what the panels show: marks, sentences, before and after, and escaped HTML."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion.outputs import (
    CASES,
    Explanation,
    FusionInfo,
    Masking,
    SceneQuestion,
    SceneView,
)
from viz.panels import markup, plain_json, presenter, stage_view
from viz.panels.visit import LONGEST_KEPT, Shown, Visit, kept, shown_from, truth_of
from viz.words import page as words

H, W = 4, 7
IDS = ["a.red", "a.blue", "a.green", "yes", "no", "count.3"]
NAMES = ["red", "blue", "green", "yes", "no", "3"]
TOKENS = ["what", "col", "##our", "<b>"]
SHARES = [0.6, 0.2, 0.1, 0.05, 0.03, 0.02]
BOTH = frozenset({"image", "text"})
EVIL = "<img src=x onerror=alert(1)>\"'`${1}{{x}}"


def explanation(**changes: Any) -> Explanation:
    weights = np.arange(1, H * W + 1, dtype=float).reshape(H, W)
    fields: dict[str, Any] = {
        "question": "what colour?",
        "language": "en",
        "fusion": "hybrid-additive",
        "keep": BOTH,
        "answers": list(zip(NAMES, SHARES, strict=True)),
        "answer_ids": IDS,
        "tokens": TOKENS,
        "dropped_tokens": frozenset(),
        "modality_weights": {"image": 0.7, "text": 0.3},
        "image_attention": weights / weights.sum(),
        "token_attention": list(zip(TOKENS, [0.1, 0.2, 0.3, 0.4], strict=True)),
        "cross_attention": np.full((2, 3, len(TOKENS), H, W), 1 / (H * W)),
        "notice": None,
        "milliseconds": 1.0,
    }
    return Explanation(**{**fields, **changes})


def blind(**changes: Any) -> Explanation:
    return explanation(
        keep=frozenset(),
        modality_weights=None,
        image_attention=None,
        token_attention=None,
        cross_attention=None,
        **changes,
    )


def masking(none: float, text: float, image: float, both: float) -> Masking:
    cases = {case: explanation() for case in CASES}
    return Masking(
        answer_id="a.red",
        answer="red",
        cases=cases,
        values={"none": none, "text": text, "image": image, "both": both},
        shapley={
            "image": (image - none) / 2 + (both - text) / 2,
            "text": (text - none) / 2 + (both - image) / 2,
        },
        interaction=both - image - text + none,
    )


def scene(answer_id: str = "a.red") -> SceneView:
    masks = np.zeros((2, H * 10, W * 10), dtype=bool)
    masks[0, 10:20, 20:40] = True
    masks[1, 30:40, 0:10] = True
    return SceneView(
        seed=3,
        image=Image.new("RGB", (W * 10, H * 10)),
        questions=(SceneQuestion("What colour? ", answer_id, (0,)),),
        masks=masks,
        boxes=np.array([[20, 10, 40, 20], [0, 30, 10, 40]]),
    )


def visit(**changes: Any) -> Visit:
    fields: dict[str, Any] = {
        "picture": Image.new("RGB", (W * 10, H * 10)),
        "picture_id": "scene-3",
        "scene": truth_of(scene()),
        "question": "what colour?",
        "fusion": "hybrid-additive",
        "shown": Shown(),
        "explanation": explanation(),
    }
    return Visit(**{**fields, **changes})


# ------------------------------------------------------------------ answers


def test_five_answers_and_the_right_one_is_ticked() -> None:
    view = presenter.answers(visit(), explanation())
    assert [row.text for row in view.rows] == NAMES[:5]
    assert [row.mark for row in view.rows] == ["right", "", "", "", ""]
    assert view.truth == ""


def test_a_wrong_answer_is_crossed_and_the_right_one_ticked() -> None:
    view = presenter.answers(visit(scene=truth_of(scene("a.blue"))), explanation())
    assert [row.mark for row in view.rows[:2]] == ["wrong", "right"]


def test_a_truth_below_the_fifth_is_told() -> None:
    view = presenter.answers(visit(scene=truth_of(scene("count.3"))), explanation())
    assert view.rows[0].mark == "wrong"
    assert view.truth == words.truth("3", 0.02)


def test_no_marks_where_the_truth_is_unknown() -> None:
    for unknown in (visit(scene=None), visit(question="something else")):
        assert {row.mark for row in presenter.answers(unknown, explanation()).rows} == {""}


# ------------------------------------------------------------------ who decided


def test_agreement_is_said() -> None:
    view = presenter.shares(explanation(), masking(0.1, 0.2, 0.6, 0.9))
    assert view.weight == 0.7
    assert view.measured == pytest.approx(0.75)
    assert not view.disagree
    assert view.sentence == words.agreement(0.7, 0.75)


def test_disagreement_is_said() -> None:
    view = presenter.shares(explanation(), masking(0.1, 0.8, 0.1, 0.9))
    assert view.disagree
    assert view.sentence.startswith(words.disagreement(0.7, 0.0625)[:20])


def test_no_effect_is_said() -> None:
    view = presenter.shares(explanation(), masking(0.9, 0.9, 0.9, 0.9))
    assert view.measured is None
    assert view.sentence == words.AGREEMENT_NO_EFFECT


def test_a_negative_share_is_said() -> None:
    view = presenter.shares(explanation(), masking(0.5, 0.1, 0.9, 0.6))
    assert words.negative(words.QUESTION_SIDE) in view.sentence
    assert view.measured == 1


def test_a_fusion_without_weights_says_so() -> None:
    view = presenter.shares(explanation(modality_weights=None), masking(0.1, 0.2, 0.6, 0.9))
    assert view.weight is None
    assert view.weight_note == words.NO_WEIGHT
    assert view.sentence == words.AGREEMENT_NO_WEIGHT
    assert words.NO_WEIGHT in markup.shares(view)


def test_hidden_modalities_are_said() -> None:
    four = masking(0.1, 0.2, 0.6, 0.9)
    one = explanation(keep=frozenset({"text"}), modality_weights={"image": 0.0, "text": 1.0})
    assert presenter.shares(one, four).sentence == words.agreement_hidden(words.IMAGE)
    assert presenter.shares(blind(), four).sentence == words.AGREEMENT_BOTH_HIDDEN
    assert presenter.shares(blind(), four).weight_note == words.NO_WEIGHT_HIDDEN


# ------------------------------------------------------------------ cases, before and after


def test_four_cases_with_change_from_both() -> None:
    view = presenter.cases(visit(), masking(0.1, 0.2, 0.6, 0.9))
    assert [row.name for row in view.rows] == [
        words.CASE_NAMES[case] for case in ("both", "image", "text", "none")
    ]
    assert [row.value for row in view.rows] == [0.9, 0.6, 0.2, 0.1]
    assert [row.change for row in view.rows] == pytest.approx([0, -0.3, -0.7, -0.8])
    assert [row.current for row in view.rows] == [True, False, False, False]
    assert view.cards is None
    assert words.HINT_BEFORE in markup.cases(view)


def test_before_and_after_stand_side_by_side() -> None:
    after = visit(shown=Shown(image=False), before=visit())
    view = presenter.cases(after, masking(0.1, 0.2, 0.6, 0.9))
    assert view.cards is not None
    assert view.cards[0].title == words.state(True, True, 0, False)
    assert view.cards[1].title == words.state(False, True, 0, False)
    assert markup.cases(view).count("<figure>") == 2


def test_compared_are_results_that_differ_in_one_thing() -> None:
    before = visit()
    assert presenter.compared(before, visit(shown=Shown(question=False))) is not None
    assert presenter.compared(before, visit(fusion="concat")) is not None
    assert presenter.compared(before, visit()) is None
    assert presenter.compared(before, visit(question="another", shown=Shown(image=False))) is None
    assert presenter.compared(before, visit(picture_id="scene-4", fusion="concat")) is None
    assert presenter.compared(visit(explanation=None), visit(fusion="concat")) is None
    assert presenter.compared(None, visit()) is None


def test_asking_the_same_again_keeps_before_and_after() -> None:
    before = visit(before=visit(fusion="concat"))
    assert presenter.compared(before, visit()) is before.before


def test_states_in_words() -> None:
    assert words.state(False, False, 2, True) == "nothing shown"
    assert words.state(True, True, 1, True) == "image + question, 1 word off, part erased"
    assert words.state(False, True, 2, True) == "image hidden, 2 words off"


# ------------------------------------------------------------------ stage


def test_the_stage_is_json_with_everything_linked() -> None:
    view = stage_view.stage(visit(), explanation(), 5)
    assert json.loads(json.dumps(view)) == view
    assert view["grid"] == [H, W]
    assert view["cross"]["shape"] == [len(TOKENS), H, W]
    assert [t["joined"] for t in view["tokens"]] == [False, False, True, False]
    assert [t["weight"] for t in view["tokens"]] == [0.1, 0.2, 0.3, 0.4]
    assert view["outline"].startswith("M")
    assert "outlined object" in view["inside"]
    assert view["sequence"] == 5


def test_a_map_is_described() -> None:
    said = stage_view.map_description(explanation())
    assert "of the weight on the bottom" in said
    assert "28 regions" in said
    assert "1.9 times" in said


@pytest.mark.parametrize(
    ("result", "note"),
    [
        (explanation(), ""),
        (blind(), f"{words.NO_MAP_HIDDEN} {words.NO_WORDS_HIDDEN}"),
        (
            explanation(
                image_attention=None,
                token_attention=None,
                cross_attention=None,
                modality_weights=None,
            ),
            words.NO_ATTENTION,
        ),
        (explanation(image_attention=None), words.NO_MAP_FUSION),
        (
            explanation(image_attention=None, modality_weights={"image": 0.0, "text": 1.0}),
            words.ALL_ERASED,
        ),
        (
            explanation(token_attention=None, dropped_tokens=frozenset(range(len(TOKENS)))),
            words.ALL_WORDS_OFF,
        ),
    ],
)
def test_what_is_missing_is_said_in_words(result: Explanation, note: str) -> None:
    assert stage_view.notes(result) == note


def test_no_outline_where_the_truth_is_unknown() -> None:
    view = stage_view.stage(visit(scene=None), explanation(), 0)
    assert (view["outline"], view["inside"]) == ("", "")


def test_the_picture_is_labelled() -> None:
    assert stage_view.picture(visit())["label"] == words.scene(3)
    assert stage_view.picture(visit(scene=None))["label"] == words.OWN_PICTURE


def test_what_is_kept_of_a_visit_is_small() -> None:
    masks = np.zeros((2, 900, 1024), dtype=bool)
    masks[0, 300:600, 512:] = True
    view = replace(scene(), masks=masks, image=Image.new("RGB", (1024, 900)))
    truth = truth_of(view)
    assert truth.masks.nbytes < 60_000
    assert truth.masks[0].mean() == pytest.approx(masks[0].mean(), abs=0.02)
    assert truth.outlines[0].startswith("M")
    assert truth.outlines[1] == ""
    assert max(kept(Image.new("RGB", (5000, 30))).size) == LONGEST_KEPT


# ------------------------------------------------------------------ what is shown to the model


def test_what_the_browser_sends_is_checked() -> None:
    good = {"image": True, "question": False, "dropped": [2, 0, 2], "erased": [[0, 0, 0.5, 1]]}
    shown = shown_from(good)
    assert shown == Shown(question=False, dropped=(0, 2), erased=((0, 0, 0.5, 1),))
    assert shown.case == "image"
    mask = shown.erase_mask()
    assert mask is not None
    assert mask.mean() == pytest.approx(0.5)
    assert Shown().erase_mask() is None


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"dropped": [-1]},
        {"dropped": "x"},
        {"dropped": None},
        {"erased": [[0, 0, 2, 1]]},
        {"erased": [[0, 0, float("nan"), 1]]},
        {"erased": [[0, 0, 1]]},
        {"erased": [[0, 0, 1, 1]] * 5000},
    ],
)
def test_nonsense_from_the_browser_is_refused(change: dict[str, Any]) -> None:
    whole = {"image": True, "question": True, "dropped": [], "erased": []}
    with pytest.raises(ValueError, match="cannot be read"):
        shown_from({**whole, **change} if change else {})


def test_a_new_question_switches_all_words_on_and_keeps_the_switches() -> None:
    before = visit(shown=Shown(image=False, dropped=(1,)))
    assert before.asking("another", "concat").shown == Shown(image=False)
    assert before.asking(before.question, "concat").shown == before.shown


# ------------------------------------------------------------------ HTML and JSON


def test_every_text_is_escaped() -> None:
    evil = [(EVIL, 0.6), *list(zip(NAMES[1:], SHARES[1:], strict=True))]
    result = explanation(answers=evil, notice=EVIL)
    four = replace(masking(0.1, 0.2, 0.6, 0.9), answer=EVIL, cases=dict.fromkeys(CASES, result))
    after = visit(fusion=EVIL, explanation=result, before=visit())
    html = [
        markup.answers(presenter.answers(after, result)),
        markup.cases(presenter.cases(after, four)),
        markup.suggestions([EVIL]),
        markup.fusion_help(EVIL, EVIL),
    ]
    for text in html:
        assert "&lt;img src=x" in text
        assert "<img src=x" not in text


def test_a_notice_is_seen() -> None:
    view = presenter.answers(visit(), explanation(notice="do not believe this"))
    assert 'class="notice"' in markup.answers(view)
    assert "do not believe this" in markup.answers(view)


def test_fusion_help_has_sentence_accuracy_and_size() -> None:
    info = FusionInfo(
        name="a",
        label="A",
        summary="Sums.",
        accuracy=0.9876,
        parameters=412_345,
        in_comparison=True,
    )
    summary, facts = presenter.fusion_help((info,), "a")
    assert (summary, facts) == ("Sums.", "98.8\u00a0% right on test scenes · 412,345 parameters")
    larger = presenter.fusion_help((replace(info, parameters=1_312_345),), "a")
    assert larger[1].endswith("1.3 million parameters")
    unmeasured = presenter.fusion_help((replace(info, accuracy=None),), "a")
    assert "not measured" in unmeasured[1]


@pytest.mark.parametrize("result", [explanation(), blind()])
def test_results_are_plain_json(result: Explanation) -> None:
    plain = plain_json.explanation(result)
    assert json.loads(json.dumps(plain)) == plain


def test_masking_scene_and_fusions_are_plain_json() -> None:
    for plain in (
        plain_json.masking(masking(0.1, 0.2, 0.6, 0.9)),
        plain_json.scene(scene()),
    ):
        assert json.loads(json.dumps(plain)) == plain
