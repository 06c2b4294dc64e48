import json

import numpy as np
import pandas as pd
import pytest
import torch

from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import Estimate
from shapespace.evaluation.definitions import RECONSTRUCTION
from shapespace.evaluation.pictures import reconstruction
from shapespace.evaluation.pictures.scores import MEASURES, collapsed, score_images, summarise

SIDE = 24
KEYS = {"value", "low", "high", "n", "n_images"}


def drawings(n: int) -> torch.Tensor:
    """Squares of different place and size, with a grey edge as anti-aliasing leaves it."""
    pages = torch.ones(n, 1, SIDE, SIDE)
    for i in range(n):
        top, size = 2 + i % 7, 6 + i % 5
        pages[i, 0, top : top + size, 3 : 3 + size] = 0.4
        pages[i, 0, top + 1 : top + size - 1, 4 : 2 + size] = 0.0
    return pages


def perfect(images: torch.Tensor) -> torch.Tensor:
    return images.logit(1e-7)


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def scored(reconstruct=perfect, n: int = 12, **changes) -> pd.DataFrame:
    clean = drawings(n)
    arguments = {
        "noisy": clean,
        "mean_image": clean.mean(dim=0),
        "stimuli": [f"s{i // 2}" for i in range(n)],  # two copies of each
        "sources": ["a" if i < n // 3 else "b" for i in range(n)],
        "noise_level": 0.0,
    } | changes
    return score_images(reconstruct, clean, **arguments)


def test_every_image_has_one_row_with_every_measure():
    table = scored()
    assert list(table) == ["stimulus", "source", "noise_level", *MEASURES]
    assert len(table) == 12
    assert table.notna().all().all()


def test_a_perfect_reconstruction_explains_all():
    found = summarise(scored(), seeded(), n_draws=50)
    for name in ("explained", "stroke_precision", "stroke_recall", "stroke_f1", "ssim"):
        for bound in ("value", "low", "high"):
            assert found[name][bound] == pytest.approx(1, abs=1e-3)
    assert found["bce"]["value"] == pytest.approx(found["bce_floor"]["value"], abs=1e-5)
    assert found["collapsed"] is False


def test_the_mean_image_explains_nothing_and_is_called_collapsed():
    clip = reconstruction.CLIP
    mean = drawings(12).mean(dim=0)
    answer = mean.clamp(clip, 1 - clip).logit()
    found = summarise(scored(lambda images: answer.expand_as(images)), seeded(), n_draws=50)
    assert found["explained"]["value"] == pytest.approx(0, abs=1e-5)
    assert found["collapsed"] is True


def test_the_noisy_input_is_what_the_network_sees_and_the_clean_image_the_measure():
    clean = drawings(12)
    noisy = torch.zeros_like(clean)
    seen = []
    table = scored(lambda images: seen.append(images) or perfect(images), noisy=noisy)
    assert torch.equal(torch.cat(seen), noisy)
    expected = reconstruction.bce_of_grey(noisy, clean)
    np.testing.assert_allclose(table["bce_noisy_input"], expected, rtol=1e-5)


def test_chunks_do_not_change_the_numbers_and_bound_what_is_seen_at_once():
    seen = []

    def reconstruct(images):
        seen.append(len(images))
        return perfect(images) * 0.1

    whole = scored(reconstruct, chunk=100)
    parts = scored(reconstruct, chunk=5)
    assert seen == [12, 5, 5, 2]
    pd.testing.assert_frame_equal(whole, parts, rtol=1e-5)


def test_no_gradients_are_kept():
    weight = torch.ones((), requires_grad=True)
    seen = []
    scored(lambda images: seen.append(perfect(images) * weight) or seen[-1])
    assert not seen[0].requires_grad


def test_summary_has_every_measure_for_all_by_source_and_by_noise_level():
    table = pd.concat(
        [
            scored(lambda images: perfect(images) * 0.1, noise_level=0.25),
            scored(noise_level=0.0),
        ]
    )
    found = summarise(table, seeded(), n_draws=50)
    assert found["noise_level"] == 0.0
    assert set(found["by_noise_level"]) == {"0", "0.25"}
    assert {name: found[name] for name in RECONSTRUCTION} == {
        name: found["by_noise_level"]["0"][name] for name in RECONSTRUCTION
    }
    for level in found["by_noise_level"].values():
        assert set(level["by_source"]) == {"a", "b"}
        for part in (level, *level["by_source"].values()):
            assert all(set(part[name]) == KEYS for name in RECONSTRUCTION)
    assert found["bce"]["n"] == 6
    assert found["bce"]["n_images"] == 12
    assert found["by_source"]["a"]["bce"]["n_images"] == 4
    assert found["by_noise_level"]["0.25"]["bce"]["value"] > found["bce"]["value"]


def test_values_are_means_over_images_and_explained_is_a_ratio_of_means():
    table = scored(lambda images: perfect(images) * 0.05)
    found = summarise(table, seeded(), n_draws=50)
    means = table[list(MEASURES)].mean()
    for name in MEASURES:
        assert found[name]["value"] == pytest.approx(means[name])
        assert found[name]["low"] <= means[name] <= found[name]["high"]
    expected = (means["bce_mean_image"] - means["bce"]) / (
        means["bce_mean_image"] - means["bce_floor"]
    )
    assert found["explained"]["value"] == pytest.approx(expected)
    assert found["explained"]["low"] < expected < found["explained"]["high"]


def test_the_same_id_in_two_sources_is_two_stimuli():
    found = summarise(scored(stimuli=["same"] * 12), seeded(), n_draws=10)
    assert found["bce"]["n"] == 2


def test_the_same_seed_gives_the_same_summary_and_it_is_plain_json():
    one, other = (summarise(scored(), seeded(3), n_draws=20) for _ in range(2))
    assert json.dumps(one, allow_nan=False) == json.dumps(other, allow_nan=False)


def test_one_stimulus_has_values_but_no_interval():
    found = summarise(scored(stimuli=["one"] * 12, sources=["a"] * 12), seeded(), n_draws=5)
    assert found["explained"]["low"] is None
    assert found["explained"]["value"] == pytest.approx(1, abs=1e-3)
    assert found["collapsed"] is False


@pytest.mark.parametrize(
    ("value", "low", "expected"),
    [(0.5, 0.4, False), (0.02, -0.01, True), (-0.1, -0.2, True), (0.1, float("nan"), False)],
)
def test_collapsed_is_what_cannot_be_told_from_the_mean_image(value, low, expected):
    assert collapsed(Estimate(value=value, low=low, high=1.0, n=9)) is expected


def test_values_that_are_no_numbers_are_refused_with_the_stimulus_named():
    def broken(images):
        logits = perfect(images)
        logits[7] = float("nan")
        return logits

    with pytest.raises(BadInput, match="'s3' holds values that are no numbers"):
        scored(broken)


def test_nothing_to_score_is_refused():
    with pytest.raises(BadInput, match="no images to score"):
        score_images(
            perfect,
            drawings(0),
            drawings(0),
            torch.ones(1, SIDE, SIDE),
            [],
            [],
            noise_level=0.0,
        )


def test_every_definition_is_one_sentence_that_names_range_or_direction():
    for name, text in RECONSTRUCTION.items():
        assert text.endswith("."), name
        assert "better" in text or "0" in text, name
