"""A run's encoder and decoder as two ONNX files, each whole in itself."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from shapespace import __version__
from shapespace.data.writing import write_bytes
from shapespace.errors import BadInput
from shapespace.studies.exporting.parity import Parity, compare
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.walking.model_codec import ModelCodec
from shapespace.training.snapshot import load_model

if TYPE_CHECKING:
    import onnx

OPSET = 18
"""The oldest set of operators the exporter writes, so that old runtimes can read it."""
PACKAGES = ("onnx", "onnxscript", "onnxruntime")
GREY_VALUES = "0 is ink, 1 is paper"
MOST_BYTES = 2**31 - 2**20
"""What one file can hold, less room for the graph: its length is a signed 32-bit number."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """Two ONNX files that were written."""

    encoder: Path
    """`images` (N x 1 x side x side, grey values in [0, 1]) to `codes` (N x units)."""
    decoder: Path
    """`codes` to `images`, which are grey values in [0, 1]."""
    parity: Parity
    """How far they are from the model in torch."""


def export_onnx(run: LoadedRun, folder: Path) -> Exported:
    """Write `encoder.onnx` and `decoder.onnx` for batches of any size.

    Both are compared with the model in torch before anything is written. A head that tells
    classes apart is not exported.

    Args:
        run: The run; its stimuli are what the files are compared on.
        folder: Where they go; made if it is not there.

    Raises:
        BadInput: If packages are missing, or the model is larger than an ONNX file can be.
        ShapespaceError: If the files give other numbers than the model, or cannot be written.
    """
    check_packages()
    model = load_model(RunDirectory(run.path).model)  # on the CPU, wherever the run computes
    side, units = model.config.side, model.config.code_size
    images, codes = torch.rand(2, 1, side, side), torch.randn(2, units)
    pictures = nn.Sequential(model.decoder, nn.Sigmoid()).eval()
    with _quiet():
        encoder = _graph(model.encoder, images, "images", "codes")
        decoder = _graph(pictures, codes, "codes", "images")
    contents = {}
    for part, graph in (("encoder", encoder), ("decoder", decoder)):
        _describe(graph, {"part": part, **metadata(run)})
        contents[part] = graph.SerializeToString()
    parity = compare(ModelCodec(model), contents["encoder"], contents["decoder"], run.drawings)
    for part, content in contents.items():
        write_bytes(folder / f"{part}.onnx", content)
    return Exported(
        encoder=folder / "encoder.onnx", decoder=folder / "decoder.onnx", parity=parity
    )


def check_packages() -> None:
    """Make sure that everything is installed that writing ONNX takes.

    Raises:
        BadInput: If packages are missing.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise BadInput(
            f"ONNX needs {', '.join(missing)}, which the extra `export` installs: "
            "pip install -c constraints.txt '.[export]'."
        )


def metadata(run: LoadedRun) -> dict[str, str | int]:
    """Return what every exported file says of itself."""
    config, tasks = run.config, run.config.training.tasks
    found: dict[str, str | int] = {
        "run": run.name,
        "recipe": config.recipe,
        "protocol": config.protocol,
        "fold": config.fold,
        "seed": config.seed,
        "shapespace": __version__,
        "network": config.model.kind,
        "side": run.side,
        "units": run.code_size,
        "grey_values": GREY_VALUES,
    }
    if tasks.mapping:
        found |= {"coordinates_in_first_units": tasks.dims, "space": Path(tasks.space).name}
    return found


def _graph(module: nn.Module, example: Tensor, given: str, made: str) -> "onnx.ModelProto":
    """Return the graph of a module that is ready for use, with a batch of any size."""
    n_bytes = sum(t.numel() * t.element_size() for t in module.state_dict().values())
    if n_bytes > MOST_BYTES:
        raise BadInput(
            f"The weights from {given} to {made} take {n_bytes / 2**30:.1f} GiB, and an ONNX file "
            "holds at most 2. Export with --safetensors instead."
        )
    program = torch.onnx.export(
        module,
        (example,),
        dynamo=True,
        opset_version=OPSET,
        input_names=[given],
        output_names=[made],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        verbose=False,
    )
    assert program is not None
    return program.model_proto


def _describe(graph: "onnx.ModelProto", values: dict[str, str | int]) -> None:
    """Say what a file is; and leave out what the exporter notes, which holds paths of this machine."""
    import onnx

    inner = graph.graph
    for group in (inner.node, inner.input, inner.output, inner.value_info, inner.initializer):
        for one in group:
            del one.metadata_props[:]
    del inner.metadata_props[:]
    for tensor in (*inner.input, *inner.output):
        if tensor.name == "images":
            tensor.doc_string = f"Grey values in [0, 1]; {GREY_VALUES}."
    onnx.helper.set_model_props(graph, {key: str(value) for key, value in values.items()})
    onnx.checker.check_model(graph, full_check=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter, which warns of its own parts and of packages nobody needs."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
