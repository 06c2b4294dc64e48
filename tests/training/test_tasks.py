"""Training for more than reconstruction: what it costs, what it sums up to, that it is learned."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import log_loss
from toys import CPU, MODEL, TRAINING

from shapespace.data.batches import Batches
from shapespace.data.config import NoiseConfig
from shapespace.data.targets import Targets
from shapespace.data.transfer import Share
from shapespace.model.autoencoder import Autoencoder
from shapespace.training.config import TasksConfig
from shapespace.training.loop import fit, validate
from shapespace.training.objective import l2_terms
from shapespace.training.snapshot import load_model
from shapespace.training.stepping import Minibatch, add_gradients, make_minibatch
from shapespace.training.tasks import Tasks, balance

N_STRIPES = 12


class Stripes:
    """Upright and level stripes at a place: the class is the direction, the place a coordinate."""

    def __init__(self, first: int = 0) -> None:
        self.first = first

    def images(self, positions: np.ndarray, part: slice = slice(None)) -> torch.Tensor:
        images = torch.ones(len(positions), 1, 16, 16)
        for image, position in zip(images, positions + self.first, strict=True):
            place = 2 + int(position) % N_STRIPES
            image[0, place - 1 : place + 1] = 0.0
            if position % 2:
                image[0] = image[0].T.clone()
        return images[part]

    def ids(self, positions: np.ndarray) -> list[str]:
        return [
            f"{'upright' if position % 2 else 'level'}-{position % N_STRIPES}"
            for position in (positions + self.first).tolist()
        ]


def stripes_batches(first: int = 0, n: int = 8) -> Batches:
    return Batches({"stripes": Stripes(first)}, {"stripes": n})


@pytest.fixture(scope="module")
def targets() -> Targets:
    ids = Stripes().ids(np.arange(2 * N_STRIPES))
    labels = {name: int(name.startswith("upright")) for name in ids}
    places = {
        name: np.array([int(name.rpartition("-")[2]) / 6 - 1], np.float32) for name in ids
    }
    return Targets(("level", "upright"), {"stripes": labels}, places, "stripes", n_dims=1)


@pytest.fixture
def tasks(targets) -> Tasks:
    return Tasks.make(targets, CPU)


def test_every_set_has_a_softmax_of_its_own():
    wanted = Targets(("a", "b", "c"), {"one": {"1": 0, "2": 1}, "two": {"3": 1, "4": 2}})
    tasks = Tasks.make(wanted, CPU)
    sources, ids = ["one", "two", "one", "none", "two"], ["1", "3", "2", "5", "4"]
    image_targets = wanted.of(sources, ids, device=CPU)
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    found = float(tasks.classification(logits, image_targets))
    expected = 0.0
    for rows, columns, truth in (([0, 2], [0, 1], [0, 1]), ([1, 4], [1, 2], [0, 1])):
        chances = torch.softmax(logits[rows][:, columns].double(), dim=1).numpy()
        expected += log_loss(truth, chances, labels=[0, 1])
    assert found == pytest.approx(expected, rel=1e-6)


def test_mapping_is_the_mean_squared_distance_of_those_that_were_rated():
    codes = torch.tensor([[1.0, 2.0, 9.0], [0.0, 0.0, 9.0], [5.0, 5.0, 9.0]])
    points = {"a": np.array([1.0, 0.0], np.float32), "b": np.array([3.0, 4.0], np.float32)}
    wanted = Targets(coordinates=points, rated_set="rated", n_dims=2)
    image_targets = wanted.of(["rated", "rated", "other"], ["a", "b", "a"], device=CPU)
    tasks = Tasks.make(wanted, CPU)
    assert float(tasks.mapping(codes, image_targets)) == pytest.approx((4 + 25) / 2)
    assert tasks.squared_errors(codes, image_targets)[:2].tolist() == [4, 25]


def test_who_was_not_rated_pulls_at_nothing():
    codes = torch.zeros(1, 3, requires_grad=True)
    wanted = Targets(coordinates={}, rated_set="rated", n_dims=2)
    tasks = Tasks.make(wanted, CPU)
    tasks.mapping(codes, wanted.of(["rated"], ["a"], device=CPU)).backward()
    assert codes.grad is not None
    assert codes.grad.tolist() == [[0.0, 0.0, 0.0]]


def test_knowing_nothing_costs_what_a_uniform_guess_and_the_mean_point_cost(targets, tasks):
    found = tasks.knowing_nothing()
    assert found["classification"] == pytest.approx(np.log(2))
    points = np.concatenate(list(targets.coordinates.values()))
    assert found["mapping"] == pytest.approx(points.var())


def test_balance_is_one_for_knowing_nothing_and_zero_for_knowing_all():
    costs = {"bce": 0.5, "mapping": 2.0}
    assert balance({"validation_bce": 0.5, "validation_mapping": 2.0}, costs) == 1
    assert balance({"validation_bce": 0.25, "validation_mapping": 0.0}, costs) == 0.25


ALL = TasksConfig(classification=0.5, mapping=2.0, labelled=("stripes",))


def gradients_of(minibatches: list[Minibatch], training, tasks) -> tuple[list, torch.Tensor]:
    model = Autoencoder(MODEL, seed=1, n_labels=2).double().eval()
    parts = [add_gradients(model, minibatch, training, tasks) for minibatch in minibatches]
    sums = [sum(float(part[i]) for part in parts) for i in range(len(parts[0]))]
    return sums, torch.cat([w.grad.flatten() for w in model.parameters() if w.grad is not None])


def in_double(minibatch: Minibatch) -> Minibatch:
    return replace(minibatch, noisy=minibatch.noisy.double(), clean=minibatch.clean.double())


def test_chunks_and_shares_add_up_to_the_whole_minibatch(tasks):
    training = replace(TRAINING, tasks=ALL)
    noise = NoiseConfig(levels=(0.1,))

    def minibatch(share: Share | None = None) -> Minibatch:
        more = {} if share is None else {"share": share}
        return in_double(
            make_minibatch(stripes_batches(), noise, seed=1, step=3, tasks=tasks, **more)
        )

    whole, gradient = gradients_of([minibatch()], training, tasks)
    assert whole[1] == pytest.approx(whole[0] + 0.5 * whole[2] + 2.0 * whole[3], rel=1e-6)
    chunked, other = gradients_of([minibatch()], replace(training, chunk=3), tasks)
    assert chunked == pytest.approx(whole, rel=1e-6)
    torch.testing.assert_close(other, gradient, rtol=1e-6, atol=1e-9)
    halves = [minibatch(Share(0, 5, 8)), minibatch(Share(5, 8, 8))]
    shared, other = gradients_of(halves, training, tasks)
    assert shared == pytest.approx(whole, rel=1e-6)
    torch.testing.assert_close(other, gradient, rtol=1e-6, atol=1e-9)


def test_a_task_without_weight_leaves_its_layers_alone(tasks):
    training = replace(
        TRAINING, tasks=replace(ALL, reconstruction=0.0), selection="classification"
    )
    model = Autoencoder(MODEL, seed=1, n_labels=2)
    made = make_minibatch(stripes_batches(), NoiseConfig(), seed=1, step=0, tasks=tasks)
    parts = add_gradients(model, made, training, tasks)
    assert float(parts[0]) == 0
    assert all(weight.grad is None for weight in model.decoder.parameters())
    assert all(weight.grad is not None for weight in model.encoder.parameters())


def test_what_is_not_to_be_drawn_has_no_cross_entropy(tmp_path, targets):
    training = replace(
        TRAINING, tasks=replace(ALL, reconstruction=0.0), selection="loss",
        n_images=16, images_per_epoch=8,
    )  # fmt: skip
    fit(
        Autoencoder(MODEL, seed=1, n_labels=2), stripes_batches(), stripes_batches(100),
        config=training, noise=NoiseConfig(), seed=1, directory=tmp_path, device=CPU,
        targets=targets,
    )  # fmt: skip
    history = pd.read_csv(tmp_path / "history.csv")
    assert len(history) == 2
    assert history[["train_bce", "validation_bce"]].isna().all(axis=None)
    rest = history.drop(columns=["train_bce", "validation_bce"])
    assert np.isfinite(rest).all(axis=None)
    parts = 0.5 * history["validation_classification"] + 2.0 * history["validation_mapping"]
    assert history["validation_loss"].tolist() == pytest.approx(parts.tolist())


def test_the_layer_of_labels_decays_with_the_encoder():
    model = Autoencoder(MODEL, seed=1, n_labels=3)
    assert model.head is not None
    with torch.no_grad():
        without = l2_terms(Autoencoder(MODEL, seed=1), replace(TRAINING, l2_encoder=0.1))
        found = l2_terms(model, replace(TRAINING, l2_encoder=0.1))
        head = 0.1 * float(model.head.weight.square().sum())
    assert float(found - without) == pytest.approx(head, rel=1e-5)


def test_a_head_leaves_the_other_weights_as_they_are():
    plain, headed = Autoencoder(MODEL, seed=4), Autoencoder(MODEL, seed=4, n_labels=3)
    for name, weight in plain.state_dict().items():
        assert torch.equal(weight, headed.state_dict()[name])


def test_all_three_tasks_are_learned_together(tmp_path, targets):
    training = replace(
        TRAINING, tasks=ALL, selection="balance", n_images=4800, images_per_epoch=1600
    )
    model = Autoencoder(MODEL, seed=1, n_labels=2)
    before = validate(
        model, stripes_batches(100), training, CPU, tasks=Tasks.make(targets, CPU)
    )
    fit(
        model, stripes_batches(), stripes_batches(100), config=training,
        noise=NoiseConfig(levels=(0.05,)), seed=1, directory=tmp_path, device=CPU,
        targets=targets,
    )  # fmt: skip
    kept = load_model(tmp_path / "model")
    assert kept.head is not None
    after = validate(kept, stripes_batches(100), training, CPU, tasks=Tasks.make(targets, CPU))
    assert after["validation_accuracy_stripes"] == 1.0
    assert after["validation_mapping"] < 0.2 * targets_spread(targets)
    assert after["validation_bce"] < 0.7 * before["validation_bce"]
    columns = (tmp_path / "history.csv").read_text().splitlines()[0].split(",")
    assert {"train_classification", "train_mapping", "validation_classification"} <= {*columns}
    assert "validation_balance" in columns


def targets_spread(targets: Targets) -> float:
    return float(np.concatenate(list(targets.coordinates.values())).var())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reconstruction": 0.0}, "nothing to learn"),
        ({"classification": 1.0}, r"name them in training\.tasks\.labelled"),
    ],
)
def test_impossible_tasks_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        TasksConfig(**values)


def test_a_snapshot_is_chosen_by_what_is_trained():
    with pytest.raises(ValueError, match="cannot be chosen by mapping, which is not trained"):
        replace(TRAINING, selection="mapping")
