"""One image to its code, one code to its image: PyTorch and ONNX Runtime."""

# pyright: reportMissingImports=false, reportMissingModuleSource=false

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.candidates import Candidate, Measured, Pace
from benchmarks.entry import Entry, Row
from benchmarks.measuring import Settings, measure
from benchmarks.spread import spread

N_CALIBRATION = 64
"""Images from which the ranges of an 8-bit network are taken."""


def latency(settings: Settings) -> Entry:
    """Measure the time of single images through the published network."""
    entry = Entry(
        title="One image at a time",
        notes=[
            "The published network at 224 pixels with fresh weights, one thread unless said. "
            "PyTorch: the model as `load_model` returns it. ONNX Runtime in 8 bits: weights and "
            f"maps of the layers it can do so, ranges from {N_CALIBRATION} scribbles.",
        ],
    )
    units = 1 if settings.tiny else 60
    for case in ("encode", "decode"):
        candidates = [
            *(
                Candidate(
                    name=f"PyTorch{', 2 threads' if n > 1 else ''}",
                    function="latency:torchs",
                    arguments={"half": case},
                    n_threads=n,
                    units=units,
                )
                for n in (1, 2)
            ),
            *(
                Candidate(
                    name=name,
                    function="latency:onnx_runtimes",
                    arguments={"half": case, "eight_bit": eight_bit, "n_threads": n},
                    n_threads=n,
                    units=units,
                )
                for name, eight_bit, n in (
                    ("ONNX Runtime", False, 1),
                    ("ONNX Runtime, 2 threads", False, 2),
                    ("ONNX Runtime, 8 bits", True, 1),
                )
            ),
        ]
        found = measure(candidates, settings, title=case, budget_s=60)
        for share in (50, 95):
            for one in candidates:
                entry.rows.append(_row(case, one.name, found[one.name], share))
    return entry


def _row(case: str, name: str, measured: Measured, share: int) -> Row:
    if measured.missing:
        return Row(
            case=f"{case}, p{share}",
            candidate=name,
            value=None,
            unit="ms",
            note=f"not measured: {measured.missing}",
        )
    return Row(
        case=f"{case}, p{share}",
        candidate=name,
        value=spread([1e3 * float(np.percentile(r.seconds, share)) for r in measured.rounds]),
        unit="ms",
        facts=measured.rounds[-1].facts,
    )


def torchs(pace: Pace, *, half: str) -> None:
    """Encode or decode one image after the other with the model as it is loaded for use."""
    import torch

    model = _loaded()
    values = torch.from_numpy(_input(half, 1, model.config.code_size))
    work = model.encode if half == "encode" else model.decode
    pace()
    while True:
        work(values)
        pace()


def onnx_runtimes(pace: Pace, *, half: str, eight_bit: bool, n_threads: int) -> None:
    """Do the same in ONNX Runtime; facts: the cosine with PyTorch's result."""
    import onnxruntime
    import torch

    model = _loaded()
    with tempfile.TemporaryDirectory() as folder:
        path = _exported(model, half, Path(folder))
        if eight_bit:
            path = _in_eight_bits(path, half, model.config.code_size)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
    name = session.get_inputs()[0].name
    values = _input(half, 1, model.config.code_size)
    work = model.encode if half == "encode" else model.decode
    expected = work(torch.from_numpy(values)).numpy().ravel()
    pace()
    while True:
        (result,) = session.run(None, {name: values})
        pace(cosine=_cosine(np.asarray(result).ravel(), expected))


def _loaded():
    """Return the published network, saved and loaded as a finished run is."""
    from shapespace.model.autoencoder import Autoencoder
    from shapespace.model.published import PublishedConfig
    from shapespace.training.snapshot import load_model, save_model

    with tempfile.TemporaryDirectory() as folder:
        save_model(Autoencoder(PublishedConfig(encoder_dropout=False), seed=0), Path(folder))
        return load_model(Path(folder))


def _input(half: str, n: int, code_size: int) -> np.ndarray:
    """Return scribbles, or codes of the size that fresh weights give."""
    if half == "encode":
        from benchmarks.images import stored_images

        return stored_images(n, 224)
    return np.random.default_rng(0).normal(size=(n, code_size)).astype(np.float32)


def _exported(model, half: str, folder: Path) -> Path:
    """Write one half of a model as ONNX; the decoder with its sigmoid."""
    import logging
    import warnings

    import onnxscript  # noqa: F401  (asked for first: torch's own message names another package)
    import torch
    from torch import nn

    module = model.encoder if half == "encode" else nn.Sequential(model.decoder, nn.Sigmoid())
    values = torch.from_numpy(_input(half, 1, model.config.code_size))
    path = folder / f"{half}.onnx"
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own parts
        torch.onnx.export(
            module.eval().to(memory_format=torch.contiguous_format),  # type: ignore[call-overload]
            (values,),
            path,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    return path


def _in_eight_bits(path: Path, half: str, code_size: int) -> Path:
    """Return a copy of an ONNX file whose layers compute in 8 bits where the runtime can."""
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Shown(CalibrationDataReader):
        """Hands out images or codes, one at a time."""

        def __init__(self) -> None:
            import onnxruntime

            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            name = session.get_inputs()[0].name
            values = _input(half, N_CALIBRATION, code_size)
            self._rest = iter([{name: values[k : k + 1]} for k in range(len(values))])

        def get_next(self):
            return next(self._rest, None)

    prepared, target = path.with_suffix(".prepared.onnx"), path.with_suffix(".int8.onnx")
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        target,
        Shown(),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        # Without this, sums of two products may overflow on processors without 8-bit units.
        reduce_range=True,
    )
    return target


def _cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
