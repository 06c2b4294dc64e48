"""How much real processes compute: what a busy machine makes slow does not count."""

import os
import subprocess
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Return the computing time of a process so far; it does not count waiting for its turn."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end(process: subprocess.Popen[str]) -> tuple[tuple[str, str], float]:
    """Wait for a process; return what it said, and its computing time and that of its own."""
    assert process.stdout is not None
    assert process.stderr is not None
    told = process.stdout.read(), process.stderr.read()
    process.stdout.close()
    process.stderr.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return told, used.ru_utime + used.ru_stime
