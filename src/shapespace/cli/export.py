"""`shapespace export`."""

from pathlib import Path

import tyro

from shapespace.cli.show import show_json


def export(
    run: tyro.conf.Positional[Path],
    *,
    out: Path,
    onnx: bool = False,
    safetensors: bool = False,
    card: bool = False,
    licence: str = "mit",
    json: bool = False,
) -> None:
    """Export a run for others: encoder and decoder as ONNX, weights as safetensors, a model card.

    Without --onnx, --safetensors and --card all three are written. ONNX files are written only if
    they give the numbers of the model in ONNX Runtime.

    Example: shapespace export runs/best --out exports/best

    Example: shapespace export runs/best --onnx --out exports/onnx

    Args:
        run: Directory of a trained run; the card needs one that was evaluated.
        out: Folder to write; an earlier export there is replaced.
        onnx: Write encoder.onnx and decoder.onnx, for batches of any size.
        safetensors: Write encoder.safetensors, decoder.safetensors and config.json.
        card: Write README.md, a model card.
        licence: Licence of the weights in the card, as model hubs name it.
        json: Print JSON instead of text.
    """
    from shapespace.report.exporting import export_run

    every = not (onnx or safetensors or card)
    exported = export_run(
        run,
        out,
        onnx=onnx or every,
        safetensors=safetensors or every,
        card=card or every,
        licence=licence,
    )
    manifest = exported.manifest
    if json:
        show_json({"export": str(exported.path), **manifest})
        return
    for name, file in manifest["files"].items():
        print(f"{exported.path / name}: {file['n_bytes'] / 1e6:.2f} MB")
    parity = manifest["parity"]
    if parity:
        share = parity["codes_of_spread"]
        beside = "" if share is None else f" ({share:.1g} of their spread)"
        print(
            f"against torch, {parity['n_stimuli']} stimuli and {parity['n_random_codes']} random "
            f"codes: grey values off by at most {parity['greys']:.1g}, codes by "
            f"{parity['codes']:.1g}{beside}"
        )
