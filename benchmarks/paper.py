"""The published study on one H200, on paper: from the operations and bytes of each layer.

Every layer takes the longer of two times: its operations over the peak, its bytes over the memory
bandwidth (the roofline). Activations are bfloat16, weights and the optimiser float32.

Reference:
    Williams, Waterman & Patterson (2009), "Roofline", CACM 52(4); NVIDIA H200 datasheet (SXM):
    989 TFLOP/s bfloat16 without sparsity, 4.8 TB/s, 141 GB.
"""

from dataclasses import dataclass

PEAK_FLOPS = 989e12
BANDWIDTH = 4.8e12
"""Bytes a second."""
MEMORY = 141e9
"""Bytes."""
ATTAINED = (0.3, 0.5)
"""Share of the roofline that well-built training loops reach for convolutions of this size; a
guess, to be replaced by a measurement."""
LAUNCH_S, N_LAUNCHES = 5e-6, 350
"""Time to start one kernel from Python, and kernels of an eager step: what small minibatches
wait for unless CUDA graphs or a compiler join them."""

HALF, SINGLE = 2, 4
"""Bytes of a value."""
BYTES_A_PIXEL = 65
"""For the images themselves, unfused: the stored byte, and 16 float32 values read or written by
the sampling grid (4), resampling (3), noise (6) and the loss (3)."""
IMAGES_AN_EPOCH, N_EPOCHS, N_SETTINGS, N_FOLDS = 800_128, 200, 23, 5


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """One layer in training, forward and backward, for one image."""

    name: str
    forward_macs: float
    """Multiply-adds of the forward pass."""
    flops: float
    """Operations of forward and backward, a multiply-add being two."""
    n_bytes: float
    """Bytes read and written, weights shared by the minibatch."""
    n_values: int
    """Values of the output that are kept for the backward pass."""
    n_weights: int

    @property
    def seconds(self) -> float:
        """Time on the device at the roofline."""
        return max(self.flops / PEAK_FLOPS, self.n_bytes / BANDWIDTH)

    @property
    def bound(self) -> str:
        """What it waits for: "compute" or "memory"."""
        compute = self.flops / PEAK_FLOPS >= self.n_bytes / BANDWIDTH
        return "compute" if compute else "memory"


def layer_costs(batch: int) -> list[LayerCost]:
    """Return the cost of each layer of `published-best`, measured on the real modules.

    Args:
        batch: Images of a minibatch, over which the reading of weights is shared.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from shapespace.model.autoencoder import Autoencoder
    from shapespace.model.describe import stages
    from shapespace.studies.runs.recipes import published_best

    model = Autoencoder(published_best().model).eval()
    values = torch.ones(1, 1, model.config.side, model.config.side)
    images = LayerCost(
        name="augmentation, noise, loss",
        forward_macs=0,
        flops=0,
        n_bytes=BYTES_A_PIXEL * values.numel(),
        n_values=0,
        n_weights=0,
    )
    costs = [images]
    with torch.no_grad():
        for number, stage in enumerate(stages(model)):
            if isinstance(stage.module, torch.nn.Unflatten):  # moves nothing
                values = stage(values)
                continue
            with FlopCounterMode(display=False) as counter:
                output = stage(values)
            forward = counter.get_total_flops()
            n_weights = sum(weight.numel() for weight in stage.module.parameters())
            # Backward: products with the weights for the input's gradient (not for the image's),
            # and with the input for the weights' gradient.
            passes = 1 + (number > 0) + (n_weights > 0)
            reads = values.numel() * passes + output.numel() * passes
            costs.append(
                LayerCost(
                    name=f"{stage.part} {stage.name}",
                    forward_macs=forward / 2,
                    flops=forward * passes,
                    n_bytes=HALF * (reads + n_weights * passes / batch),
                    n_values=output.numel(),
                    n_weights=n_weights,
                )
            )
            values = output
    return costs


def optimiser_seconds(costs: list[LayerCost], batch: int) -> float:
    """Return the time an image of Adam: weight, gradient and two moments, read and written."""
    n_weights = sum(cost.n_weights for cost in costs)
    return 7 * SINGLE * n_weights / BANDWIDTH / batch


def images_a_second(costs: list[LayerCost], batch: int) -> float:
    """Return the images a second at the roofline, without waiting for launches."""
    return 1 / (sum(cost.seconds for cost in costs) + optimiser_seconds(costs, batch))


def hours_of_a_run(images_a_second: float) -> float:
    """Return the hours of one published run: 200 epochs of 800,128 images."""
    return N_EPOCHS * IMAGES_AN_EPOCH / images_a_second / 3600


def held_on_the_device(costs: list[LayerCost], batch: int) -> dict[str, float]:
    """Return what must lie in the device's memory, in bytes."""
    n_weights = sum(cost.n_weights for cost in costs)
    pixels = 224 * 224
    return {
        "TU Berlin, 20,000 sketches of 224 pixels, one byte a pixel": 20_000 * pixels,
        "Sketchy, 75,471 sketches of 224 pixels, one byte a pixel": 75_471 * pixels,
        "weights, gradients and both moments of Adam, float32": 4 * SINGLE * n_weights,
        f"maps of a minibatch of {batch}, bfloat16": HALF
        * batch
        * sum(cost.n_values for cost in costs),
        f"clean and noisy minibatch of {batch}, float32": 2 * SINGLE * batch * pixels,
    }


def paper_model(batch: int = 512) -> dict:
    """Return the whole calculation, fit for JSON and the template."""
    costs = layer_costs(batch)
    roofline = images_a_second(costs, batch)
    held = held_on_the_device(costs, batch)
    return {
        "batch": batch,
        "layers": [
            {
                "name": cost.name,
                "mflop": cost.flops / 1e6,
                "kilobytes": cost.n_bytes / 1e3,
                "nanoseconds": 1e9 * cost.seconds,
                "bound": cost.bound,
            }
            for cost in costs
        ],
        "share_of_images": costs[0].seconds * roofline,
        "gflop_an_image": sum(cost.flops for cost in costs) / 1e9,
        "megabytes_an_image": sum(cost.n_bytes for cost in costs) / 1e6,
        "ways": [
            {"name": name, "images_a_second": rate, "hours": hours_of_a_run(rate)}
            for name, rate in (
                ("roofline", roofline),
                *((f"{share:.0%} of it, a guess", share * roofline) for share in ATTAINED),
            )
        ],
        "n_runs": N_SETTINGS * N_FOLDS,
        "n_launches": N_LAUNCHES,
        "bus_gb_a_second": SINGLE * 224 * 224 * roofline / 1e9,
        "launches_ms": 1e3 * LAUNCH_S * N_LAUNCHES,
        "step_ms_of_128": 128e3 / images_a_second(layer_costs(128), 128),
        "on_the_device_gb": {name: size / 1e9 for name, size in held.items()},
        "memory_gb": MEMORY / 1e9,
    }
