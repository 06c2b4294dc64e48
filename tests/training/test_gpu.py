"""On a GPU: no step waits for it, and it learns what a CPU learns."""

import numpy as np
import pytest
import torch
from toys import BATCH, MODEL, NOISE, TRAINING

from shapespace.data.augmentation import Turns
from shapespace.data.batches import Batches
from shapespace.data.packed import PackedSet, SetInfo
from shapespace.data.packing import Item, pack
from shapespace.data.sampling import PackedSource, ScribbleSource
from shapespace.data.scribbles import scribbles
from shapespace.model.autoencoder import Autoencoder
from shapespace.training.averaging import RunningAverage
from shapespace.training.loop import fit
from shapespace.training.stepping import learn, make_minibatch, optimizer_of

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU with CUDA")
CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> PackedSet:
    scans = scribbles(np.arange(20), 32, seed=3)
    info = SetInfo(name="toy", side=32, n_images=0, bits=False, turnable=True)
    items = [Item(id=str(k), scan=scan) for k, scan in enumerate(scans)]
    return pack(items, info, tmp_path_factory.mktemp("sets") / "toy")


def batches(packed: PackedSet, device: torch.device) -> Batches:
    options = {"side": 16, "smallest_share": 0.75, "seed": 5, "device": device}
    sources = {
        "toy": PackedSource(packed, np.arange(20), turns=Turns(), **options),
        "scribbles": ScribbleSource("train", **options),
    }
    return Batches(sources, {"toy": BATCH, "scribbles": BATCH})


def test_no_step_makes_the_gpu_wait(packed):
    made = batches(packed, GPU)
    model = Autoencoder(MODEL, seed=1).to(device=GPU, memory_format=torch.channels_last)
    optimizer, average = optimizer_of(model, TRAINING), RunningAverage(model, 0.9)

    def take(step: int) -> torch.Tensor:
        minibatch = make_minibatch(made, NOISE, seed=1, step=step)
        losses = learn(model, optimizer, minibatch, TRAINING, seed=1, step=step)
        average.update(step + 1)
        return losses

    take(0)  # libraries may wait while they load
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step in range(1, 4):
            losses = take(step)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert torch.isfinite(losses).all()


def test_images_on_a_gpu_are_those_of_a_cpu(packed):
    here, there = (batches(packed, device).images(2) for device in (CPU, GPU))
    assert there.device.type == "cuda"
    torch.testing.assert_close(there.cpu(), here, rtol=0, atol=2e-3)


def test_training_on_a_gpu_teaches(packed, tmp_path):
    fit(
        Autoencoder(MODEL, seed=1),
        batches(packed, GPU),
        batches(packed, GPU),
        config=TRAINING,
        noise=NOISE,
        seed=1,
        directory=tmp_path,
        device=GPU,
    )
    rows = (tmp_path / "history.csv").read_text().split()[1:]
    losses = [float(row.split(",")[5]) for row in rows]
    assert losses[-1] < losses[0]
