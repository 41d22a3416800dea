"""The lessons, in the order in which they are taught: one file each."""

from viz.lessons.base import Lesson
from viz.lessons.blindfold import Blindfold
from viz.lessons.masked_training import MaskedTraining
from viz.lessons.mechanisms import Mechanisms
from viz.lessons.mute import Mute
from viz.lessons.not_explanation import NotExplanation
from viz.lessons.strategies import Strategies
from viz.lessons.where import Where
from viz.lessons.which_words import WhichWords


def lessons() -> dict[str, Lesson]:
    """Every lesson by its key."""
    taught: tuple[Lesson, ...] = (
        Where(),
        WhichWords(),
        Blindfold(),
        Mute(),
        MaskedTraining(),
        Strategies(),
        Mechanisms(),
        NotExplanation(),
    )
    return {lesson.key: lesson for lesson in taught}
