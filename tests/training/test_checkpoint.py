from pathlib import Path

import pytest
import torch

from shapespace.model.autoencoder import Autoencoder
from shapespace.model.ladder import LadderConfig
from shapespace.training.averaging import RunningAverage
from shapespace.training.checkpoint import State, load_checkpoint, save_checkpoint

EVERY_STEP = {"checkpoint_minutes": 1e-9}
MODEL = LadderConfig(side=16, patch=2, channels=(4,), code_size=3)


class PowerCutError(Exception):
    """What ends a process without a word."""


def cut_before(last: int):
    def watch(step: int) -> None:
        if step == last:
            raise PowerCutError

    return watch


def weights(directory: Path) -> bytes:
    return (directory / "model" / "model.safetensors").read_bytes()


def history(directory: Path) -> list[str]:
    """Return the rows of a history without their seconds, the last column."""
    return [line.rpartition(",")[0] for line in (directory / "history.csv").read_text().split()]


def newest(directory: Path) -> Path:
    return max((directory / "last").glob("step-*.safetensors"))


def parts(seed: int):
    model = Autoencoder(MODEL, seed=seed)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    images = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(seed))
    model(images).square().sum().backward()
    optimizer.step()
    average = RunningAverage(model, 0.5)
    return model, optimizer, average


@pytest.mark.parametrize("cut", [1, 4, 7])
@pytest.mark.parametrize(
    "changes",
    [{}, {"optimizer": "adam", "average": 0.0, "schedule": "constant", "clip": 0.0}],
    ids=["adamw, average, clip", "adam"],
)
def test_a_training_that_was_cut_ends_with_the_same_bytes(toy, tmp_path, cut, changes):
    toy = toy.changed(**EVERY_STEP, **changes)
    toy.fit(tmp_path / "whole")
    with pytest.raises(PowerCutError):
        toy.fit(tmp_path / "cut", watch=cut_before(cut))
    trained = toy.fit(tmp_path / "cut")
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    assert history(tmp_path / "cut") == history(tmp_path / "whole")
    assert trained.n_images == 40


def test_steps_done_are_not_done_again(toy, tmp_path):
    toy = toy.changed(**EVERY_STEP)
    with pytest.raises(PowerCutError):
        toy.fit(tmp_path, watch=cut_before(6))
    shown = []
    toy.fit(tmp_path, watch=shown.append)
    assert shown == [6, 7, 8, 9]
    toy.fit(tmp_path, watch=shown.append)  # finished: nothing is left to show
    assert shown == [6, 7, 8, 9]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [flipped, lambda content: content[:-100], lambda content: b""],
    ids=["one bit", "truncated", "empty"],
)
def test_if_the_newest_checkpoint_is_damaged_the_one_before_serves(toy, tmp_path, damage):
    toy = toy.changed(**EVERY_STEP)
    with pytest.raises(PowerCutError):
        toy.fit(tmp_path / "cut", watch=cut_before(6))
    file = newest(tmp_path / "cut")
    assert file.name == "step-000000006.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    shown = []
    toy.fit(tmp_path / "cut", watch=shown.append)
    assert shown[0] == 5
    toy.fit(tmp_path / "whole")
    assert weights(tmp_path / "cut") == weights(tmp_path / "whole")
    assert history(tmp_path / "cut") == history(tmp_path / "whole")


def test_a_checkpoint_without_its_checksum_was_not_finished(toy, tmp_path):
    toy = toy.changed(**EVERY_STEP)
    with pytest.raises(PowerCutError):
        toy.fit(tmp_path, watch=cut_before(6))
    newest(tmp_path).with_suffix(".sha256").unlink()
    shown = []
    toy.fit(tmp_path, watch=shown.append)
    assert shown[0] == 5


def test_two_checkpoints_are_kept_and_leftovers_removed(toy, tmp_path):
    last = tmp_path / "last"
    last.mkdir()
    (last / ".step-000000003.safetensors-4711").write_bytes(b"half")
    (last / "step-000000099.safetensors").write_bytes(b"damaged, and newer than all")
    toy.changed(**EVERY_STEP).fit(tmp_path)
    assert sorted(file.name for file in last.iterdir()) == [
        "step-000000009.safetensors",
        "step-000000009.sha256",
        "step-000000010.safetensors",
        "step-000000010.sha256",
    ]


def test_a_checkpoint_gives_back_everything_it_took(tmp_path):
    state = State(
        step=3, sums={"bce": 0.1 + 0.2, "loss": 1 / 3}, best_epoch=1, best_value=0.7,
        history=[{"epoch": 1, "train_bce": 2 / 3}], seconds=1.25,
    )  # fmt: skip
    model, optimizer, average = parts(seed=1)
    save_checkpoint(tmp_path, state, model, optimizer, average)
    other, its_optimizer, its_average = parts(seed=2)
    assert load_checkpoint(tmp_path, other, its_optimizer, its_average) == state
    for one, copy in ((model, other), (average.model, its_average.model)):
        for name, value in one.state_dict().items():
            assert torch.equal(copy.state_dict()[name], value), name
    moments, copies = optimizer.state_dict()["state"], its_optimizer.state_dict()["state"]
    assert moments.keys() == copies.keys()
    for index, values in moments.items():
        for name, value in values.items():
            assert torch.equal(copies[index][name], value), name


def test_without_a_checkpoint_a_training_begins_at_the_beginning(tmp_path):
    model, optimizer, average = parts(seed=1)
    assert load_checkpoint(tmp_path, model, optimizer, average) is None


def test_nothing_of_a_training_is_pickled(toy, tmp_path):
    toy.changed(**EVERY_STEP).fit(tmp_path)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) >= 7
    for file in files:
        content = file.read_bytes()
        assert not content.startswith(b"PK"), f"{file} is a zip archive, as torch.save writes"
        assert content[:1] != b"\x80", f"{file} begins as a pickle does"
        assert b"torch._utils" not in content, file
