import os
import signal
import threading

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from toys import BATCH, MODEL, NOISE, toy_batches

from shapespace.data.batches import Batches
from shapespace.data.config import NoiseConfig
from shapespace.errors import TrainingFailed
from shapespace.model.autoencoder import Autoencoder
from shapespace.training import loop
from shapespace.training.config import TrainingConfig
from shapespace.training.snapshot import load_model
from shapespace.training.stepping import Minibatch, add_gradients

CPU = torch.device("cpu")


def plain_network(seed: int = 0) -> Autoencoder:
    """Return an autoencoder without batch normalisation: two linear layers."""
    model = Autoencoder(MODEL, seed=seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model.encoder = nn.Sequential(nn.Flatten(), nn.Linear(256, 5))
        model.decoder = nn.Sequential(nn.Linear(5, 256), nn.Unflatten(1, (1, 16, 16)))
    return model


def history(directory) -> pd.DataFrame:
    return pd.read_csv(directory / "history.csv")


def newest_step(directory) -> int:
    names = [file.stem for file in (directory / "last").glob("step-*.sha256")]
    return int(max(names).removeprefix("step-"))


class Page:
    """A source that always shows the same blank page."""

    def __init__(self, grey: float) -> None:
        self.page = torch.full((1, 1, 16, 16), grey)

    def images(self, positions: np.ndarray, part: slice = slice(None)) -> torch.Tensor:
        return self.page.expand(len(positions[part]), -1, -1, -1).clone()

    def ids(self, positions: np.ndarray) -> list[str]:
        return ["page"] * len(positions)


def pages(grey: float) -> Batches:
    return Batches({"pages": Page(grey)}, {"pages": BATCH})


def test_epochs_are_stated_numbers_of_images_and_the_last_may_be_short(toy, tmp_path):
    trained = toy.fit(tmp_path)  # 40 images in epochs of 16
    table = history(tmp_path)
    assert table["epoch"].tolist() == [1, 2, 3]
    assert table["n_images"].tolist() == [16, 32, 40]
    assert trained.n_images == 40
    assert table["seconds"].is_monotonic_increasing
    assert table["learning_rate"].gt(0).all()


def test_an_epoch_may_not_be_longer_than_the_training(toy, tmp_path):
    toy.changed(images_per_epoch=1_000_000).fit(tmp_path)
    assert history(tmp_path)["n_images"].tolist() == [40]


def test_the_first_loss_is_that_of_the_fresh_network(toy, tmp_path):
    one_step = toy.changed(n_images=BATCH, images_per_epoch=BATCH)
    images = toy_batches("train").images(0)
    fresh = Autoencoder(MODEL, seed=1).train()
    expected = F.binary_cross_entropy_with_logits(fresh(images), images).item()
    clean = type(toy)(one_step.training, NoiseConfig(levels=(0.0,)))
    clean.fit(tmp_path)
    row = history(tmp_path).iloc[0]
    assert row["train_bce"] == pytest.approx(expected, rel=1e-5)
    assert row["train_loss"] == row["train_bce"]  # no L2


def test_a_row_is_the_mean_over_the_steps_of_its_own_epoch(toy, tmp_path):
    toy.changed(images_per_epoch=BATCH).fit(tmp_path / "steps")
    toy.fit(tmp_path / "epochs")
    steps = history(tmp_path / "steps")["train_bce"].to_numpy()
    expected = [steps[:4].mean(), steps[4:8].mean(), steps[8:].mean()]
    np.testing.assert_allclose(history(tmp_path / "epochs")["train_bce"], expected, rtol=1e-9)


def test_the_kept_snapshot_has_the_value_that_the_history_states(toy, tmp_path):
    trained = toy.fit(tmp_path)
    model = load_model(tmp_path / "model")
    losses = []
    for step in range(2):  # 8 validation images in minibatches of 4
        images = toy_batches("validation").images(step)
        with torch.no_grad():
            losses.append(F.binary_cross_entropy_with_logits(model(images), images).item())
    assert trained.best_value == pytest.approx(np.mean(losses), rel=1e-5)
    table = history(tmp_path)
    assert trained.best_value == table["validation_bce"].min()
    assert trained.best_epoch == table["epoch"][table["validation_bce"].argmin()]


def test_training_teaches(toy, tmp_path):
    toy.changed(n_images=600, images_per_epoch=200, learning_rate=0.01).fit(tmp_path)
    found = history(tmp_path)["validation_bce"].to_numpy()
    assert found[-1] < 0.8 * np.log(2)
    assert found[-1] < found[0]


def test_the_two_rules_of_selection_pick_the_snapshot_that_each_promises(toy, tmp_path):
    # The network learns black pages and is validated on white ones, so that its reconstruction
    # gets worse from the start, while a strong L2 term falls: the rules must disagree.
    constant = {"optimizer": "adam", "schedule": "constant", "average": 0.0}
    base = toy.changed(l2_encoder=1.0, l2_decoder=1.0, learning_rate=0.01, **constant)
    chosen = {}
    for rule, column in (("loss", "validation_loss"), ("reconstruction", "validation_bce")):
        trained = base.changed(selection=rule).fit(
            tmp_path / rule, model=plain_network(), train=pages(0.0), validation=pages(1.0)
        )
        table = history(tmp_path / rule)
        assert trained.best_epoch == table["epoch"][table[column].argmin()]
        assert trained.best_value == table[column].min()
        chosen[rule] = trained.best_epoch
    assert chosen == {"reconstruction": 1, "loss": 3}


def test_the_two_losses_differ_by_the_l2_term_of_the_validated_weights(toy, tmp_path):
    base = toy.changed(n_images=BATCH, images_per_epoch=BATCH, l2_encoder=0.5, average=0.0)
    model = plain_network()
    base.fit(tmp_path, model=model)
    row = history(tmp_path).iloc[0]
    weight = model.encoder[1].weight.detach().double()
    expected = 0.5 * float((weight**2).sum())
    assert row["validation_loss"] - row["validation_bce"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("coarse_weight", [0.0, 0.5])
def test_gradients_of_chunks_add_up_to_those_of_the_minibatch(coarse_weight):
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(7, 1, 16, 16, generator=generator)
    noisy = torch.rand(7, 1, 16, 16, generator=generator, dtype=torch.float64)
    found = []
    for chunk in (0, 3):  # 7 = 3 + 3 + 1
        config = TrainingConfig(
            n_images=7, images_per_epoch=7, chunk=chunk, coarse_weight=coarse_weight
        )
        model = plain_network().double()
        losses = add_gradients(model, Minibatch(noisy, clean), config)
        found.append([*losses, *(weight.grad for weight in model.parameters())])
    for whole, chunks in zip(*found, strict=True):
        torch.testing.assert_close(chunks.double(), whole.double(), rtol=1e-6, atol=1e-9)


def test_long_gradients_are_clipped(toy, tmp_path):
    model = plain_network()
    base = toy.changed(
        n_images=BATCH, images_per_epoch=BATCH, clip=1e-3, average=0.0, weight_decay=0.0
    )
    base.fit(tmp_path, model=model)
    norm = torch.stack([weight.grad.norm() for weight in model.parameters()]).norm().item()
    assert norm == pytest.approx(1e-3, rel=1e-3)


def test_a_poisoned_batch_stops_the_training_and_the_snapshot_stays(toy, tmp_path):
    class Poisoned(Page):
        def images(self, positions: np.ndarray, part: slice = slice(None)) -> torch.Tensor:
            shown = super().images(positions, part)
            return shown * float("nan") if positions[0] >= 20 else shown

    poisoned = Batches({"pages": Poisoned(0.5)}, {"pages": BATCH})
    with pytest.raises(TrainingFailed, match=r"no longer a number at step 8 .*try a smaller"):
        toy.fit(tmp_path, train=poisoned)
    table = history(tmp_path)
    assert table["epoch"].tolist() == [1]
    model = load_model(tmp_path / "model")
    images = toy_batches("validation").images(0)
    with torch.no_grad():
        assert torch.isfinite(model(images)).all()


def test_weights_that_blow_up_are_never_kept(toy, tmp_path):
    base = toy.changed(
        optimizer="adam", schedule="constant", learning_rate=1e30, average=0.0, clip=0.0
    )
    with pytest.raises(TrainingFailed, match="no longer a number"):
        base.fit(tmp_path, model=plain_network())
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_and_leaves_a_checkpoint(toy, tmp_path, kind):
    before = signal.getsignal(kind)
    toy = toy.changed(images_per_epoch=40)  # a signal in a validation leaves none
    with pytest.raises(KeyboardInterrupt):
        toy.fit(tmp_path, watch=lambda step: os.kill(os.getpid(), kind) if step == 5 else None)
    assert signal.getsignal(kind) is before
    # Minibatch 5 is made while one of the steps before it is taken, or waited for.
    assert 2 < newest_step(tmp_path) <= 6
    toy.fit(tmp_path)
    toy.fit(tmp_path / "whole")
    one, other = (d / "model" / "model.safetensors" for d in (tmp_path, tmp_path / "whole"))
    assert one.read_bytes() == other.read_bytes()


def test_a_signal_during_a_validation_is_heard_at_once(toy, tmp_path):
    shown = []

    def stop(step: int) -> None:
        shown.append(step)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        toy.fit(tmp_path, validation=toy_batches("validation", stop))
    assert shown == [0]
    assert not (tmp_path / "history.csv").exists()


def test_outside_the_main_thread_signals_are_left_to_others(toy, tmp_path):
    done = []
    thread = threading.Thread(target=lambda: done.append(toy.fit(tmp_path)))
    thread.start()
    thread.join()
    assert done[0].n_images == 40


def test_the_history_can_be_watched_in_tensorboard(toy, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    loop.fit(
        Autoencoder(MODEL, seed=1),
        toy_batches("train"),
        toy_batches("validation"),
        config=toy.training,
        noise=NOISE,
        seed=1,
        directory=tmp_path,
        device=CPU,
        tensorboard=True,
    )
    found = []
    for file in sorted((tmp_path / "events").iterdir()):
        events = EventAccumulator(str(file)).Reload().Scalars("validation_bce")
        found += [(event.step, event.value) for event in events]
    table = history(tmp_path)
    assert sorted(step for step, _ in found) == table["n_images"].tolist()
    values = [value for _, value in sorted(found)]
    np.testing.assert_allclose(values, table["validation_bce"], rtol=1e-6)
