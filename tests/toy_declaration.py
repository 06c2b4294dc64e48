"""A study that runs in seconds: scribbles of 16 x 16 pixels, a network of a few units."""

TOY = """\
name = "toy"
recipe = "quick"
protocol = "published"
folds = [0, 1]

[data]
side = 16
mixture = { scribbles = 4 }

[base]
model.side = 16
model.channels = [4, 6]
model.code_size = 5
training.checkpoint_minutes = 0.0005

[budget]
n_images = 32
images_per_epoch = 16
n_validation_images = 8

[measures]
n_images = 16
noise_levels = [0]
people = false

[vary]
training.l2_encoder = [0, 0.001]
model.code_size = [5, 3]

[names]
model.code_size = "units"
"""


def toy_toml(*, folds: list[int] | None = None, n_images: int | None = None) -> str:
    """Return the toy study on other folds, or a longer one."""
    text = TOY
    if folds is not None:
        text = text.replace("folds = [0, 1]", f"folds = {folds}")
    if n_images is not None:
        # Longer ones are stopped in the middle: a checkpoint every 0.3 seconds is enough.
        text = text.replace("n_images = 32", f"n_images = {n_images}")
        text = text.replace("images_per_epoch = 16", f"images_per_epoch = {n_images // 4}")
        text = text.replace("checkpoint_minutes = 0.0005", "checkpoint_minutes = 0.005")
    return text
