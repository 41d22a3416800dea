"""The tally counts, hides what is hidden, and its warm-up is told the truth."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fusion.data.shapes.dense import dense_truth
from fusion.data.shapes.draw import draw
from fusion.data.shapes.families.counting import RELATION_MARGIN
from fusion.data.shapes.families.form import ATTRIBUTES, DIRECTIONS, Description
from fusion.data.shapes.families.view import View
from fusion.data.shapes.questions import FORM_FIELDS, questions_of
from fusion.data.shapes.scene import make_scene
from fusion.data.shapes.vocabulary import FAMILIES
from fusion.engine import ASSETS
from fusion.images import grid_shape
from fusion.models.store import load_backbone, load_fusion
from fusion.models.tally import (
    CHANNELS,
    DESCRIPTIONS,
    FEATURES,
    HIGHEST,
    STEEP,
    Tally,
    count_features,
)
from fusion.models.tokenizer import QuestionTokenizer
from fusion.training.exam import ExamSet, exam_sheets
from fusion.training.image_stage import UNKNOWN, share_loss
from fusion.training.tally_stage import RegionTruth, fitting, on_side

N, Q, P, D = 2, 3, 28, 10


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_count_is_the_sum_over_the_regions_that_fit() -> None:
    tally = Tally(D)
    question, regions = noise(N * Q, D), noise(N, P, D, seed=1)
    mask = noise(N * Q, P, seed=2) > 0
    counts = tally(question, regions, mask)
    assert counts.shape == (N * Q, CHANNELS)
    fits = tally.scores(question, regions).sigmoid()
    part, places = tally.part(regions).sigmoid(), tally.place(regions)
    for n in range(N):
        for q in range(Q):
            row = n * Q + q
            present = [j for j in range(P) if mask[row, j]]
            for c in range(DESCRIPTIONS):
                by_hand = sum(fits[n, c, q, j] * part[n, j, 0] for j in present)
                torch.testing.assert_close(counts[row, c], by_hand)
            weights = torch.stack([fits[n, 1, q, j] * part[n, j, 0] for j in present])
            anchor = (weights.unsqueeze(1) * places[n, present]).sum(0) / weights.sum()
            way = STEEP * tally.direction(question[row])
            beside = sum(
                fits[n, 0, q, j]
                * part[n, j, 0]
                * torch.sigmoid(way @ (places[n, j] - anchor) - tally.start)
                for j in present
            )
            torch.testing.assert_close(counts[row, DESCRIPTIONS], beside, rtol=1e-3, atol=1e-3)


def test_a_hidden_region_and_another_image_change_nothing() -> None:
    tally = Tally(D)
    question, regions = noise(N * Q, D), noise(N, P, D, seed=1)
    mask = (torch.arange(P) % 3 > 0).expand(N * Q, P)
    counts = tally(question, regions, mask)
    other = torch.where(mask[0].unsqueeze(1), regions, 9 * noise(N, P, D, seed=3))
    assert torch.equal(tally(question, other, mask), counts)
    other = torch.cat([regions[:1], noise(1, P, D, seed=4)])
    torch.testing.assert_close(tally(question, other, mask)[:Q], counts[:Q])
    assert (tally(question, regions, torch.zeros_like(mask)) == 0).all()


def test_two_counts_never_look_alike_to_a_linear_layer() -> None:
    counts = torch.arange(HIGHEST + 1.0).unsqueeze(1).expand(-1, CHANNELS)
    features = count_features(counts)
    assert features.shape == (HIGHEST + 1, FEATURES)
    for k, own in enumerate(features[:, CHANNELS : CHANNELS + HIGHEST + 1]):
        assert own.argmax() == k
        assert own[k] == 1


def test_what_fits_is_what_the_view_of_the_scene_says() -> None:
    """The regions that fit a form belong to exactly the objects that its descriptions mean."""
    asked = 0
    for seed in range(40, 52):
        scene = make_scene(seed)
        rows, columns = grid_shape(scene.width, scene.height, regions=144)
        truth = dense_truth(scene, draw(scene).masks, rows, columns)
        labels = np.stack([getattr(truth, name) for name in ATTRIBUTES], -1).reshape(1, -1, 3)
        owner = truth.owner.reshape(-1)
        view = View(scene)
        questions = questions_of(scene, 3, 8)
        index = {k: {v: i for i, v in enumerate(values)} for k, values in FORM_FIELDS.items()}
        forms = [[index[k][getattr(q.form, k)] for k in FORM_FIELDS] for q in questions]
        fits = fitting(torch.tensor([forms]), torch.from_numpy(labels).long())[0].numpy()
        for k, question in enumerate(questions):
            form = question.form
            meant = [
                view.mask(Description(form.shape1, form.colour1, form.size1)),
                view.mask(Description(form.shape2, form.colour2, form.size2)),
            ]
            for channel, mask in enumerate([*meant, meant[0] & meant[1]]):
                wanted = {i for i in range(view.n) if mask >> i & 1} & set(owner.tolist())
                assert set(owner[fits[channel, k]].tolist()) - {-1} == wanted
                asked += len(wanted)
    assert asked > 100


def test_the_side_that_a_question_names_is_what_the_view_of_the_scene_says() -> None:
    asked = 0
    for seed in range(40, 70):
        scene = make_scene(seed)
        rows, columns = grid_shape(scene.width, scene.height, regions=144)
        truth = dense_truth(scene, draw(scene).masks, rows, columns)
        owner, view = truth.owner.reshape(-1), View(scene)
        questions = questions_of(scene, 3, 8, families=("count", "relation", "verify"))
        index = {k: {v: i for i, v in enumerate(values)} for k, values in FORM_FIELDS.items()}
        forms = torch.tensor([[[index[k][getattr(q.form, k)] for k in FORM_FIELDS]
                               for q in questions]])  # fmt: skip
        labels = np.stack([getattr(truth, name) for name in ATTRIBUTES], -1).reshape(1, -1, 3)
        known = RegionTruth(
            labels=torch.from_numpy(labels).long(),
            places=torch.tensor([[(scene.objects[o].x, scene.objects[o].y) for o in owner]]),
            share=torch.from_numpy(truth.share).unsqueeze(0),
        )
        families = torch.tensor([[FAMILIES.index(q.family) for q in questions]])
        ahead, clear = on_side(forms, families, fitting(forms, known.labels), known)
        for k, question in enumerate(questions):
            form = question.form
            beside = form.relation in DIRECTIONS and form.family in ("count", "relation")
            assert bool(clear[0, k].any()) <= beside
            if not beside or form.relation is None:
                continue
            mask = view.mask(Description(form.shape2, form.colour2, form.size2))
            assert mask.bit_count() == 1
            anchor = mask.bit_length() - 1
            there, unclear = view.beside(form.relation, anchor, RELATION_MARGIN)
            if anchor not in owner:
                continue
            for j, own in enumerate(owner.tolist()):
                assert bool(clear[0, k, j]) == (own >= 0 and not unclear >> own & 1)
                if clear[0, k, j]:
                    assert bool(ahead[0, k, j]) == bool(there >> own & 1)
            asked += 1
    assert asked > 20


def test_shares_sum_to_the_number_of_objects_and_the_loss_knows_it() -> None:
    scene = make_scene(5)
    rows, columns = grid_shape(scene.width, scene.height, regions=144)
    truth = dense_truth(scene, draw(scene).masks, rows, columns)
    assert truth.share.sum() == pytest.approx(len(set(truth.owner[truth.owner >= 0].tolist())))
    assert (truth.share[truth.owner < 0] == 0).all()
    share = torch.from_numpy(truth.share).unsqueeze(0)
    right = torch.logit(share.clamp(1e-6, 1 - 1e-6))
    assert share_loss(right, share) < share_loss(right + 1, share)
    assert share_loss(right, share) < share_loss(right - 1, share)
    assert UNKNOWN < 0


@pytest.mark.parametrize("name", ["hybrid-self", "hybrid-additive"])
def test_the_shipped_tally_counts(name: str) -> None:
    """On scenes no training saw, counts of the first description are nearly always right."""
    backbone = load_backbone(ASSETS / "backbone")
    tokenizer = QuestionTokenizer.load(
        ASSETS / "backbone" / "tokenizer.json", max_tokens=backbone.config.max_tokens
    )
    tally = load_fusion(ASSETS / "fusions" / name).get_submodule("tally")
    right, beside = [], []
    for sheet in exam_sheets(ExamSet(scenes=120, per_scene=6), backbone, tokenizer):
        regions = sheet.image.regions.flatten(1, 2)
        mask = torch.ones(len(sheet.questions), regions.shape[1], dtype=torch.bool)
        counts = tally(sheet.text.pooled, regions, mask)[:, [0, DESCRIPTIONS]].tolist()
        for question, (count, side) in zip(sheet.questions, counts, strict=True):
            if question.family == "exist":
                right.append((round(count) > 0) == (question.answer == "yes"))
            elif question.family == "count" and question.form.relation is None:
                right.append(question.answer == f"count.{count:.0f}")
            elif question.family == "count":
                beside.append((int(question.answer.removeprefix("count.")), side))
    assert len(right) > 30 and len(beside) > 10
    assert np.mean(right) > 0.9
    assert np.corrcoef(np.array(beside).T)[0, 1] > 0.8  # what it counts may include the anchor
