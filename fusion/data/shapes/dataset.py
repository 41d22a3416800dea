"""The shapes dataset as the engine and the page see it: a seed gives a scene with its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fusion.data import DATASETS
from fusion.data.shapes.draw import draw
from fusion.data.shapes.scene import Scene, make_scene
from fusion.data.shapes.vocabulary import ANSWERS, LANGUAGES, answer_name
from fusion.outputs import SceneQuestion, SceneView

if TYPE_CHECKING:
    from fusion.data.shapes.questions import Question

QUESTIONS = 6
ATTRIBUTES = ("colour", "shape", "size", "superlative", "relation")


@DATASETS.register(
    "shapes",
    label="Shapes",
    summary="Made scenes of one to ten shapes, with questions in English and Chinese whose true "
    "answers and objects are known.",
)
class ShapesDataset:
    """Scenes by seed; the same seed gives the same scene on every machine."""

    @property
    def answers(self) -> dict[str, dict[str, str]]:
        """Every answer's name in every language, by its language-free id."""
        return {a: {language: answer_name(a, language) for language in LANGUAGES} for a in ANSWERS}

    def scene(self, seed: int, size: tuple[int, int] | None = None) -> SceneView:
        """The scene of a seed with six questions, the first about one certain object if any is;
        on a canvas of another `size` it is another scene."""
        scene = make_scene(seed, size=size)
        asked = [SceneQuestion(q.text, q.answer, tuple(q.referents)) for q in _questions(scene)]
        return _view(scene, asked)

    def moved(self, seed: int, moves: Mapping[int, tuple[float, float]]) -> SceneView:
        """The scene of a seed with objects moved by (dx, dy), fractions of the canvas, and those of
        its questions that still have one sure answer; ValueError where one finds no room."""
        from fusion.data.shapes.families.view import View
        from fusion.data.shapes.moving import answer_again, moved

        scene = make_scene(seed)
        after = moved(scene, moves)
        view = View(after)
        again = [(q, answer_again(view, q)) for q in _questions(scene)]
        return _view(after, [SceneQuestion(q.text, a, ()) for q, a in again if a is not None])

    def exchangeable(self, question: str, language: str) -> list[tuple[str, tuple[str, ...]]]:
        """The question in pieces that join to it again, each with what may stand in its place."""
        from fusion.data.shapes.phrasing.exchange import pieces

        return pieces(question, language)


def _view(scene: Scene, questions: Sequence[SceneQuestion]) -> SceneView:
    from fusion.data.shapes.moving import name_of

    drawing = draw(scene)
    return SceneView(
        seed=scene.seed,
        image=drawing.image,
        questions=tuple(questions),
        masks=drawing.masks,
        boxes=drawing.boxes,
        names=tuple(name_of(thing) for thing in scene.objects),
    )


def _questions(scene: Scene) -> list[Question]:
    """English first, then both languages in turn, no family twice while there are others."""
    from fusion.data.shapes.questions import questions_of

    pools = [questions_of(scene, scene.seed, 2 * QUESTIONS, language=lang) for lang in LANGUAGES]
    first = next((q for q in pools[0] if q.unique and q.family in ATTRIBUTES), None)
    chosen = [first] if first else []
    for turn in range(len(chosen), QUESTIONS):
        chosen += _next(pools[turn % len(pools)], chosen)
    return chosen


def _next(pool: Sequence[Question], chosen: Sequence[Question]) -> list[Question]:
    """One more question, of a family not asked yet where there is one; none when none is left."""
    left = [q for q in pool if q.text not in {c.text for c in chosen}]
    families = {c.family for c in chosen}
    return sorted(left, key=lambda q: q.family in families)[:1]
