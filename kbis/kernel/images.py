"""The images of built kernels, kept by signature, so that one boots while the next is being built."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from kbis.kernel.slot import unusable

KEPT = 32
"""Images kept; the one used longest ago goes first. A bisection of 2^16 revisions builds about 18."""


def keep(image: Path, signature: bytes, images: Path) -> Path:
    """Copy an image to its place; an image of the same kernel that is there already stays.

    Raises:
        InfraError: it cannot be written.
    """
    kept = find(signature, images)
    if kept is not None:
        return kept
    try:
        images.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=images, prefix="new-")
        os.close(descriptor)
        try:
            shutil.copyfile(image, name)
            place = Path(name).replace(_place(signature, images))
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        _forget_old(images)
    except OSError as why:
        raise unusable(images, why) from why
    return place


def find(signature: bytes, images: Path) -> Path | None:
    """The kept image of a kernel; asking for it counts as use."""
    place = _place(signature, images)
    try:
        os.utime(place)
    except OSError:
        return None
    return place


def _place(signature: bytes, images: Path) -> Path:
    return images / signature.hex()


def _forget_old(images: Path) -> None:
    def used(path: Path) -> float:
        try:
            return path.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    for old in sorted(images.iterdir(), key=used, reverse=True)[KEPT:]:
        old.unlink(missing_ok=True)
