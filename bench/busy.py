"""A busy core beside a measurement."""
import contextlib
import os
import subprocess
import sys


@contextlib.contextmanager
def busy_core(wanted):
    """Where it is wanted, a process spins on the first processor until the end of the block."""
    if not wanted:
        yield
        return
    core = str(min(os.sched_getaffinity(0)))
    spinner = subprocess.Popen(["taskset", "-c", core, sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        spinner.kill()
        spinner.wait()
