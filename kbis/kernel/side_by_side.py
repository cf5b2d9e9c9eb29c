"""Several runs of one task at once, in threads, given as they end; whatever happens, none is left running."""

import os
import queue
import threading
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

_Result = TypeVar("_Result")


class StoppedError(Exception):
    """A run was stopped by `Stop`; there is no result."""


class Stop:
    """Says to all runs that they are to end: a descriptor that can be read once it was said."""

    def __init__(self) -> None:
        self.descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def say(self) -> None:
        """Let every run end, those that begin later as well."""
        os.eventfd_write(self.descriptor, 1)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.descriptor)


def side_by_side(task: Callable[[Stop], _Result], number: int) -> Generator[_Result, None, None]:
    """Run a task several times at once, and yield each result as soon as it is there.

    A run that fails keeps none from its end: the first error is raised when all have ended. On Ctrl-C, wherever it
    comes (throw it in when it came outside), the runs are stopped, those that had ended are yielded, and it is raised
    again. Closing the generator stops the runs.

    Args:
        task: Does one run; raises `StoppedError` soon after the stop was said.
        number: How many runs.
    """
    runs = _Runs(task, number)
    error: BaseException | None = None
    try:
        while runs.left:
            try:
                ended = runs.next()
                if isinstance(ended, BaseException):
                    error = error or ended
                else:
                    yield ended
            except KeyboardInterrupt as why:
                error = why
                runs.stop()
    finally:
        runs.stop()
        runs.close()
    if error is not None:
        raise error


class _Runs(Generic[_Result]):
    def __init__(self, task: Callable[[Stop], _Result], number: int) -> None:
        self._task = task
        self._stop = Stop()
        self._ended: queue.SimpleQueue[_Result | BaseException] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._run, name=f"boot {n}") for n in range(number)]
        self.left = 0
        try:
            for each in self._threads:
                each.start()
                self.left += 1
        except BaseException:
            self.stop()
            self.close()
            raise

    def next(self) -> _Result | BaseException:
        """Wait for the next run to end."""
        ended = self._ended.get()
        self.left -= 1
        return ended

    def stop(self) -> None:
        self._stop.say()

    def close(self) -> None:
        for each in self._threads:
            if each.ident is not None:
                each.join()
        self._stop.close()

    def _run(self) -> None:
        try:
            # An error is raised again where the results are waited for.
            self._ended.put(self._task(self._stop))
        except BaseException as why:
            self._ended.put(why)
