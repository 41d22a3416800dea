"""Scenes with objects moved, and words that may stand in each other's place."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from fusion.data.shapes.dataset import ShapesDataset
from fusion.data.shapes.families import GENERATORS
from fusion.data.shapes.families.view import View
from fusion.data.shapes.moving import answer_again, moved
from fusion.data.shapes.phrasing.exchange import OFFERS, pieces
from fusion.data.shapes.questions import questions_of
from fusion.data.shapes.scene import make_scene

SEEDS = range(300, 330)
SCENE = 564  # five objects, with room around the heart, which comes first


@pytest.fixture(scope="module")
def scenes() -> ShapesDataset:
    return ShapesDataset()


def test_nothing_moved_is_the_scene_itself(scenes: ShapesDataset) -> None:
    one, same = scenes.scene(SCENE), scenes.moved(SCENE, {})
    assert one.image.tobytes() == same.image.tobytes()
    assert one.names == same.names and len(one.names) == len(one.masks) == 5
    assert [q[:2] for q in one.questions] == [q[:2] for q in same.questions]


def test_the_object_is_where_it_was_moved_to_and_the_others_stay(scenes: ShapesDataset) -> None:
    before, after = scenes.scene(SCENE), scenes.moved(SCENE, {0: (-0.1, 0.12)})
    width, height = before.image.size
    step = (round(-0.1 * width), round(0.12 * height))
    shifted = np.roll(before.masks[0], step[::-1], (0, 1))
    np.testing.assert_array_equal(after.masks[0], shifted)
    np.testing.assert_array_equal(after.masks[1:], before.masks[1:])
    away = ~(before.masks[0] | after.masks[0])
    change = np.abs(np.asarray(before.image, int) - np.asarray(after.image, int)).max(-1)
    assert change[after.masks[0]].max() > 40
    assert (change[away] > 40).mean() < 0.02  # the rim of the drawn object, and its compression


@pytest.mark.parametrize(
    ("move", "told"),
    [
        ({0: (0.5, 0.0)}, "The large blue heart would leave the picture"),
        ({0: (0.0, -1.0)}, "would leave the picture"),
        ({0: (-0.25, 0.1)}, "would lie over the large teal rectangle"),
        ({5: (0.1, 0.0)}, "There is no object 5; the scene has 5"),
    ],
)
def test_what_finds_no_room_is_refused(
    scenes: ShapesDataset, move: dict[int, tuple[float, float]], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        scenes.moved(SCENE, move)


def test_every_question_of_a_scene_is_answered_again_as_it_was() -> None:
    answered = 0
    for seed in SEEDS:
        scene = make_scene(seed)
        view = View(scene)
        for question in questions_of(scene, seed, 30):
            assert answer_again(view, question) == question.answer, question
            answered += 1
    assert answered > 400


def test_after_a_move_the_answer_is_what_the_generator_would_say() -> None:
    """Where the families find the same question in the moved scene, its answer is theirs."""
    compared = changed = 0
    for seed in SEEDS:
        scene = make_scene(seed)
        questions = questions_of(scene, seed, 60, families=("place", "relation", "superlative"))
        for dx in (0.25, -0.25, 0.4, -0.4):
            try:
                after = moved(scene, {0: (dx, 0.0)})
            except ValueError:
                continue
            view, rng = View(after), Random(seed)
            facts = [GENERATORS[q.family](view, rng) for q in questions for _ in range(4)]
            found = {fact.form: fact.answer for fact in facts if fact is not None}
            for question in questions:
                if question.form in found:
                    compared += 1
                    changed += found[question.form] != question.answer
                    assert answer_again(view, question) == found[question.form], question
    assert compared > 100 and changed > 10


@pytest.mark.parametrize(
    ("question", "language", "word", "offer"),
    [
        ("is the star left of the heart?", "en", "left", "right"),
        ("How many grey circles are there", "en", "grey", "teal"),
        ("How many grey circles are there", "en", "circles", "hearts"),
        ("are there more red things than blue ones", "en", "more", "fewer"),
        ("最左边的图形是什么颜色？", "zh", "最左边", "最右边"),
        ("红色的星形在哪里", "zh", "红色", "蓝色"),
    ],
)
def test_minimal_pairs_are_offered(question: str, language: str, word: str, offer: str) -> None:
    found = pieces(question, language)
    assert "".join(text for text, _ in found) == question
    assert offer in dict(found)[word] and word not in dict(found)[word]


def test_what_is_offered_offers_the_word_in_turn() -> None:
    for offers in OFFERS.values():
        for word, others in offers.items():
            assert len(set(others)) == len(others) > 0
            assert all(word in offers[other] for other in others)
