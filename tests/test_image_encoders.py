"""Every image encoder: shapes, batches, threads, gradients, pooling, and what each is known for."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import resnet50

from fusion.images import normalise
from fusion.models.folding import fold_batch_norms
from fusion.models.image_encoders import IMAGE_ENCODERS, sift
from fusion.models.image_encoders.base import ImageEncoder
from fusion.models.image_encoders.grey import grey
from tests.test_encoders import COMPUTED, B, D, H, W, close, image_encoder, name_of, pixels


@pytest.fixture(params=list(IMAGE_ENCODERS))
def images(request: pytest.FixtureRequest) -> ImageEncoder:
    return image_encoder(request.param)


def painted(background: tuple[int, int, int], square: tuple[int, int, int]) -> Tensor:
    """One image of a square and a small disc, without noise."""
    y, x = np.mgrid[: H * 16, : W * 16]
    inside = ((x > 20) & (x < 55) & (y > 30) & (y < 62)) | ((x - 85) ** 2 + (y - 25) ** 2 < 90)
    image = np.where(inside[..., None], square, background).astype(np.uint8)
    return normalise(torch.from_numpy(image[None]))


# ------------------------------------------------------------------ what all have


def test_image_shapes(images: ImageEncoder) -> None:
    out = images(pixels())
    assert images.stride == 16
    assert out.regions.shape == (B, H, W, D) and out.pooled.shape == (B, D)
    assert images.describe(pixels()).shape == (B, H, W, images.channels)
    assert out.regions.isfinite().all()
    assert out.regions.flatten(0, 2).std(0).min() > 1e-4


def test_image_pooling(images: ImageEncoder) -> None:
    other = image_encoder(name_of(images, IMAGE_ENCODERS), image_pooling="max")
    mean, largest = images(pixels()), other(pixels())
    assert torch.equal(mean.regions, largest.regions)
    close(mean.pooled, mean.regions.flatten(1, 2).mean(1))
    assert torch.equal(largest.pooled, largest.regions.flatten(1, 2).max(1).values)
    assert (mean.pooling, largest.pooling) == ("mean", "max")
    assert torch.equal(other.encoding(largest.regions).pooled, largest.pooled)


def test_an_image_alone_is_that_in_a_batch(images: ImageEncoder) -> None:
    whole = images(pixels())
    for k in range(B):
        alone = images(pixels()[k : k + 1])
        close(alone.regions, whole.regions[k : k + 1])
        close(alone.pooled, whole.pooled[k : k + 1])


def test_images_are_encoded_alike_every_time_and_in_every_thread(images: ImageEncoder) -> None:
    before = pixels()
    with torch.no_grad(), ThreadPoolExecutor(4) as pool:
        first = images(before).regions
        for again in pool.map(lambda k: images(pixels(k % 2)).regions, range(6)):
            assert again.shape == first.shape
        found = list(pool.map(lambda k: images(pixels(k % 2)).regions, range(6)))
    assert torch.equal(before, pixels())
    for k in range(6):
        assert torch.equal(found[k], found[k % 2])
    close(found[0], first)


def test_gradients_reach_what_learns(images: ImageEncoder) -> None:
    images.train()
    x = pixels().requires_grad_()
    out = images(x)
    (out.regions.square().mean() + out.pooled.square().mean()).backward()
    for name, parameter in images.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
    assert (x.grad is not None) == images.learns
    assert images.learns == (name_of(images, IMAGE_ENCODERS) not in COMPUTED)


@pytest.mark.parametrize("name", [name for name in IMAGE_ENCODERS if name not in COMPUTED])
def test_gradients_are_those_of_double_precision(name: str) -> None:
    """oneDNN computes in single precision only, so double is a second opinion; see NARROWEST."""
    encoder, found = image_encoder(name), []
    for module in (encoder, copy.deepcopy(encoder).double()):
        x = pixels().to(next(module.parameters()).dtype)
        assert x.is_contiguous(memory_format=torch.channels_last)
        described = module.describe(x)
        (described * torch.linspace(-1, 1, described.numel()).view_as(described)).sum().backward()
        found.append({n: p.grad for n, p in module.named_parameters() if p.grad is not None})
    single, double = found
    assert single.keys() == double.keys() and len(single) > 9
    for n, gradient in double.items():
        assert (single[n] - gradient).norm() < 1e-4 * gradient.norm(), n


# ------------------------------------------------------------------ one by one


def test_the_resnet_of_the_document_is_a_configuration() -> None:
    """ResNet-50: with torchvision's weights it finds what torchvision's finds, at stride 16."""
    torch.manual_seed(4)
    golden = resnet50(replace_stride_with_dilation=[False, False, True]).eval()
    encoder = image_encoder(
        "resnet", widths=(64, 128, 256, 512), blocks=(3, 4, 6, 3), block="bottleneck"
    )
    assert encoder.channels == 2048
    theirs = {"conv1": "stem.0", "bn1": "stem.1"} | {
        f"layer{k + 1}": f"stages.{k}" for k in range(4)
    }
    split = ((*name.partition("."), tensor) for name, tensor in golden.state_dict().items())
    weights = {f"{theirs[part]}.{rest}": t for part, _, rest, t in split if part in theirs}
    missing, unexpected = encoder.load_state_dict(weights, strict=False)
    assert unexpected == []
    assert {name.partition(".")[0] for name in missing} == {
        "project",
        "locate",
        "context",
        "neighbours",
    }
    x = pixels()[:1]
    layers = nn.Sequential(*list(golden.children())[:-2])  # no average, no classes
    with torch.no_grad():
        assert torch.equal(encoder.describe(x), layers(x).permute(0, 2, 3, 1))


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
@pytest.mark.parametrize("name", ["resnet", "vgg"])
def test_folded_batch_norms_say_the_same(name: str, block: str) -> None:
    encoder = image_encoder(name, block=block)
    torch.manual_seed(5)
    norms = [m for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:  # as training leaves them, not as they begin
        assert norm.running_mean is not None and norm.running_var is not None
        nn.init.uniform_(norm.running_mean, -0.5, 0.5)
        nn.init.uniform_(norm.running_var, 0.2, 2.0)
        nn.init.uniform_(norm.weight, -1.0, 1.5)
        nn.init.uniform_(norm.bias, -0.5, 0.5)
    before = encoder(pixels())
    fold_batch_norms(encoder)
    after = encoder(pixels())
    assert len(norms) >= 4 and not any(isinstance(m, nn.BatchNorm2d) for m in encoder.modules())
    close(after.regions, before.regions)


def test_sizes_that_no_encoder_has_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown block 'wide'; known: basic, bottleneck"):
        image_encoder("resnet", block="wide")
    with pytest.raises(ValueError, match=r"stage 2 of the ResNet halves a grid of 15 channels"):
        image_encoder("resnet", widths=(15, 24, 32))
    with pytest.raises(ValueError, match=r"at least 3 stages, got \(16, 24\)"):
        image_encoder("resnet", widths=(16, 24), blocks=(1, 1))
    with pytest.raises(ValueError, match="3 blocks after the first, got"):
        image_encoder("vgg", widths=(16, 24, 32, 40), blocks=(1, 1, 1, 1))


def test_grey_undoes_the_normalisation() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 16, 16, 1).expand(1, 16, 16, 3)
    assert np.array_equal(grey(normalise(levels))[0].ravel() * 255, np.arange(256.0))


@pytest.mark.parametrize("name", list(IMAGE_ENCODERS))
def test_colours_of_one_brightness(name: str) -> None:
    """Both images have the brightness 100 and 180 everywhere (0.299 R + 0.587 G + 0.114 B)."""
    plain, coloured = painted((100,) * 3, (180,) * 3), painted((254, 0, 211), (134, 238, 2))
    encoder = image_encoder(name)
    with torch.no_grad():
        a, b = encoder(plain).regions, encoder(coloured).regions
    assert torch.equal(a, b) == (name in COMPUTED)
    darker = encoder(painted((180,) * 3, (100,) * 3)).regions
    assert name == "hog" or not torch.equal(a, darker)  # opposite gradients count alike in HOG


@pytest.mark.parametrize("name", COMPUTED)
def test_an_even_image_has_no_descriptor(name: str) -> None:
    even = painted((90, 30, 200), (90, 30, 200))
    assert (image_encoder(name).describe(even) == 0).all()


def test_hog_knows_directions() -> None:
    """The brightness of a wave that runs along x changes at 0 degrees and in no other direction."""
    wave = (100 + 50 * np.sin(np.arange(W * 16) / 3)).astype(np.uint8)
    image = np.broadcast_to(wave[None, None, :, None], (1, H * 16, W * 16, 3)).copy()
    encoder = image_encoder("hog")
    along = encoder.describe(normalise(torch.from_numpy(image)))
    bins = along.view(H, W, -1, 9).sum((0, 1, 2))
    assert bins[0] > 0.99 * bins.sum()
    across = encoder.describe(normalise(torch.from_numpy(image.swapaxes(1, 2).copy())))
    bins = across.view(W, H, -1, 9).sum((0, 1, 2))
    assert bins[4] > 0.99 * bins.sum()  # 80 to 100 degrees of 180


def test_hog_of_a_region_is_that_of_its_window() -> None:
    """Nothing but the 32 x 32 pixels around a region counts, and a pixel for the gradient."""
    x = pixels()[:1]
    other = normalise(torch.from_numpy(np.full((1, H * 16, W * 16, 3), 30, np.uint8)))
    y, z = 2 * 16 - 8, 3 * 16 - 8
    other[..., y - 1 : y + 33, z - 1 : z + 33] = x[..., y - 1 : y + 33, z - 1 : z + 33]
    encoder = image_encoder("hog")
    a, b = encoder.describe(x)[0], encoder.describe(other)[0]
    close(a[2, 3], b[2, 3])
    assert not torch.equal(a[2, 4], b[2, 4])


def test_hog_moves_with_the_image() -> None:
    x = pixels()[:1]
    encoder = image_encoder("hog")
    moved = encoder.describe(x.roll((16, 32), (2, 3)))[0]
    close(moved[2:-1, 3:-1], encoder.describe(x)[0, 1:-2, 1:-3])


def test_sift_finds_a_blob_where_it_is() -> None:
    y, x = np.mgrid[: H * 16, : W * 16]
    blob = 40 + 200 * np.exp(-((x - 70) ** 2 + (y - 30) ** 2) / 60)
    image = np.repeat(blob.astype(np.uint8)[None, ..., None], 3, axis=3)
    encoder = image_encoder("sift")
    assert isinstance(encoder, sift.SiftEncoder)
    (found,) = encoder.keypoints(normalise(torch.from_numpy(image)))
    at = found.places * (W * 16, H * 16)
    near = np.abs(at - (70.5, 30.5)).max(1) < 1
    assert near.any()
    assert found.radii[near] * W * 16 == pytest.approx(30**0.5, rel=0.2)  # the blob's own sigma
    described = encoder.describe(normalise(torch.from_numpy(image)))[0]
    assert (described[30 // 16, 70 // 16] != 0).any()
    empty = np.ones((H, W), bool)
    empty[at[:, 1].astype(int) // 16, at[:, 0].astype(int) // 16] = False
    assert empty.any() and (described[torch.from_numpy(empty)] == 0).all()


def test_sift_angles_point_to_the_brighter_side() -> None:
    """A blob on a slope: the main gradient is that of the slope."""
    y, x = np.mgrid[: H * 16, : W * 16]
    blob = 60 * np.exp(-((x - 56) ** 2 + (y - 40) ** 2) / 40)
    for slope, angle in ((x / (W * 16), 0.0), (y / (H * 16), np.pi / 2)):
        (found,) = [sift.keypoints((20 + 150 * slope + blob) / 255)]
        near = np.abs(found.places * (W * 16, H * 16) - (56.5, 40.5)).max(1) < 8
        turned = np.cos(found.angles[near] - angle)
        assert near.any() and turned.max() > 0.9


def test_sift_gathers_the_mean_of_a_cell() -> None:
    rng = np.random.default_rng(1)
    descriptors = rng.random((3, 128))
    found = sift.Keypoints(
        places=np.array([[0.5 / W, 0.5 / H], [0.9 / W, 0.1 / H], [1.0, 1.0]]),
        radii=np.array([0.01, 0.03, 0.02]),
        angles=np.array([0.0, np.pi / 2, np.pi]),
        descriptors=descriptors,
    )
    cells = sift.gathered(found, H, W)
    assert (cells != 0).any(-1).sum() == 2
    np.testing.assert_allclose(cells[0, 0, :128], descriptors[:2].mean(0), rtol=1e-6)
    np.testing.assert_allclose(cells[-1, -1, :128], descriptors[2], rtol=1e-6)
    np.testing.assert_allclose(cells[0, 0, 129:131], [0.5, 0.5], rtol=1e-6)
    np.testing.assert_allclose(cells[..., -1][[0, -1], [0, -1]], np.log([3, 2]), rtol=1e-6)
