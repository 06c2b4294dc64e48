"""The history as TensorBoard events, for those who like to watch there."""

from pathlib import Path

from shapespace.errors import BadInput


def write_events(directory: Path, row: dict[str, int | float]) -> None:
    """Add one row of the history to the event files in `directory`.

    Raises:
        BadInput: If TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise BadInput(
            "TensorBoard is not installed. Install it with `pip install shapespace[tracking]`."
        ) from error
    with SummaryWriter(str(directory)) as writer:
        for name, value in row.items():
            if name not in ("epoch", "n_images"):
                writer.add_scalar(name, value, int(row["n_images"]))
