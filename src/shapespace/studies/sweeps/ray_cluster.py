"""A study on a Ray cluster."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from shapespace.errors import BadInput, ShapespaceError
from shapespace.studies.sweeps.cells import read_study
from shapespace.studies.sweeps.local import ONE_THREAD
from shapespace.studies.sweeps.watching import LOOK_SECONDS, Watch

MOST_DEATHS = 20
"""How often a worker may be killed and started again by Ray."""

CONNECT_SECONDS = 10.0
"""How long a named cluster may take to answer."""


def run_on_ray(
    study: Path,
    *,
    n_workers: int | None = None,
    gpus: float = 0.0,
    tensorboard: bool = False,
) -> None:
    """Work on a study with the Ray cluster that is running, until nothing is left to do.

    Start one with `ray start --head` on one machine and `ray start --address=HOST:PORT` on the
    others. The study's directory and the packed sets must be on a disk that all of them see.

    Args:
        study: The study's directory.
        n_workers: Workers; by default one for every core, or GPU share, of the cluster.
        gpus: Share of a GPU for each worker, such as 0.25.
        tensorboard: Whether to write histories as TensorBoard events, too.

    Raises:
        BadInput: If Ray is missing or no cluster is running.
        ShapespaceError: If a worker cannot go on, with its own words.
        KeyboardInterrupt: If told to stop; the workers are told, too.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray  # pyright: ignore[reportMissingImports]
        from ray.exceptions import RayError, RayTaskError  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise BadInput(
            "Ray is not installed. Install it with `pip install shapespace[cluster]`."
        ) from error
    watch = Watch(study)
    if watch.n_left() == 0:
        return
    address = os.environ.get("RAY_ADDRESS", "auto")
    _answers(address)
    try:
        ray.init(
            address=address,
            runtime_env={"env_vars": ONE_THREAD | _passed_on()},
            log_to_driver=False,
        )
    except ConnectionError as error:
        raise BadInput(
            "No Ray cluster is running here. Start one with `ray start --head`, or name one by "
            "RAY_ADDRESS."
        ) from error
    try:
        memory = read_study(study)["budget"]["memory_gb"] * 1e9
        n = min(n_workers or _room(ray.cluster_resources(), memory, gpus), watch.n_left())
        worker = ray.remote(num_cpus=1, num_gpus=gpus, memory=memory, max_retries=MOST_DEATHS)(
            _work
        )
        tasks = [worker.remote(str(study.absolute()), tensorboard) for _ in range(n)]
        waiting = tasks
        try:
            with watch:
                while waiting and watch.look():
                    done, waiting = ray.wait(waiting, timeout=LOOK_SECONDS)
                    ray.get(done)
        except BaseException:
            for task in waiting:
                ray.cancel(task, force=False)
            ray.wait(tasks, num_returns=len(tasks), timeout=4.0)
            raise
    except RayTaskError as error:
        raise ShapespaceError(str(error.cause)) from error
    except RayError as error:
        raise ShapespaceError(
            f"The Ray cluster gave up: {str(error).splitlines()[0]}"
        ) from error
    finally:
        ray.shutdown()


def _answers(address: str) -> None:
    """Make sure that somebody listens at HOST:PORT; Ray itself tries for minutes.

    Raises:
        BadInput: If nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():  # "auto": Ray looks on this machine, and is quick to say
        return
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise BadInput(
            f"No Ray cluster answers at {address}. Start one with `ray start --head`, or name "
            "another by RAY_ADDRESS."
        ) from error


def _work(study: str, tensorboard: bool) -> int:
    """Be one worker, in a process of Ray's."""
    from shapespace.studies.sweeps.working import work

    return work(Path(study), tensorboard=tensorboard)


def _room(resources: Mapping[str, float], memory: float, gpus: float) -> int:
    """Return how many workers a cluster has room for, at least one."""
    limits = [resources.get("CPU", 1.0), resources.get("memory", memory) / memory]
    if gpus:
        limits.append(resources.get("GPU", 0.0) / gpus)
    return max(1, int(min(limits)))


def _passed_on() -> dict[str, str]:
    """Return the settings of this process that a worker on another machine needs."""
    return {
        name: os.environ[name]
        for name in ("SHAPESPACE_DATA", "PYTHONPATH")
        if name in os.environ
    }
