"""Run a test script on this machine, in the lab's own worktree, as `git bisect run` would.

What its exit code means is git's rule (git-bisect(1), "Bisect run"): 0 good, 125 cannot be tested, up to 127 bad, above
that the bisection is to stop.
"""

from collections.abc import Mapping
from pathlib import Path

from kbis.errors import InfraError
from kbis.kernel import environment, process
from kbis.kernel.outcome import HANG_TYPE, Outcome
from kbis.kernel.process import Finished
from kbis.kernel.slot import Slot, unusable

CANNOT_TEST = 125
ABORT = 128
"""From here on an exit code says nothing of the revision; a shell gives 128 + N for a child that signal N ended."""

SCRIPT_TYPE = "SCRIPT"


def install(content: bytes, slot: Slot) -> Path:
    """Put a script into a slot, where it may be executed; it is no file of the worktree.

    Raises:
        InfraError: it cannot be written.
    """
    path = slot.directory / "script"
    try:
        slot.directory.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(0o755)
    except OSError as why:
        raise unusable(path, why) from why
    return path


def run_script(script: Path, slot: Slot, values: Mapping[str, str], limit_s: float) -> Finished:
    """Run a script once in the slot's worktree.

    Args:
        script: The file.
        slot: A slot that this process holds, with the revision checked out.
        values: What is added to the environment.
        limit_s: Seconds until it is given up.

    Raises:
        InfraError: it cannot be started.
    """
    # The shell runs a script without a first line that names an interpreter, as it does for git.
    return process.run(
        ["sh", "-c", '"$0"', str(script)],
        cwd=slot.source,
        limit_s=limit_s,
        env=environment.for_tools() | dict(values),
        held=[slot.descriptor],
    )


def read_script(done: Finished, name: str) -> Outcome:
    """Say what one run of a script showed.

    Args:
        done: How it ended.
        name: Its name, which is all of the title: runs that say "bad" are one and the same failure.

    Raises:
        InfraError: the script asked to stop, or was killed.
    """
    if done.timed_out:
        return Outcome("hang", "reproducer", f"hang in {name}", HANG_TYPE)
    if done.status == 0:
        return Outcome("ok", "end")
    if done.status == CANNOT_TEST:
        return Outcome("boot-failed", "nothing", f"{name}: this revision cannot be tested", SCRIPT_TYPE)
    if 0 < done.status < ABORT:
        return Outcome("crash", "reproducer", f"{name}: this revision is bad", SCRIPT_TYPE)
    how = f"exit code {done.status}" if done.status > 0 else f"signal {-done.status}"
    raise InfraError(
        f"The test script {name} ended with {how}, which stops a bisection.",
        "Mend what it complains of; then kbis run goes on from here. Its last words: "
        + (" ".join(done.output.end(300).decode("utf-8", "replace").split()) or "none"),
    )
