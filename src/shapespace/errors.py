"""What a user did wrong, in plain words."""


class ShapespaceError(Exception):
    """Anything the command line answers with one plain sentence and exit code 1."""


class BadInput(ShapespaceError, ValueError):
    """A value, file or set that cannot be used: says what, which value, and the way out."""


class Collision(ShapespaceError):
    """Something would be overwritten that should not be."""


class TrainingFailed(ShapespaceError):
    """A run that cannot go on, such as a loss that is no longer a number."""


class DownloadFailed(ShapespaceError):
    """A file that could not be fetched, or is not what it should be."""
