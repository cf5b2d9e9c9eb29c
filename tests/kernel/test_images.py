import os
from pathlib import Path

import pytest

from kbis.errors import InfraError
from kbis.kernel import images


def signature(number: int) -> bytes:
    return number.to_bytes(32, "big")


def test_a_kept_image_outlives_the_build_directory(tmp_path: Path) -> None:
    built = tmp_path / "kernel.elf"
    built.write_bytes(b"one")
    kept = images.keep(built, signature(1), tmp_path / "images")
    built.write_bytes(b"two")
    assert kept.read_bytes() == b"one"
    assert images.find(signature(1), tmp_path / "images") == kept
    assert images.find(signature(2), tmp_path / "images") is None


def test_the_image_of_the_same_kernel_stays(tmp_path: Path) -> None:
    built = tmp_path / "kernel.elf"
    built.write_bytes(b"one")
    first = images.keep(built, signature(1), tmp_path / "images")
    built.write_bytes(b"one, with another build id")
    assert images.keep(built, signature(1), tmp_path / "images") == first
    assert first.read_bytes() == b"one"


def test_the_images_used_longest_ago_go_first(tmp_path: Path) -> None:
    built = tmp_path / "kernel.elf"
    built.write_bytes(b"x")
    for number in range(images.KEPT):
        kept = images.keep(built, signature(number), tmp_path / "images")
        os.utime(kept, (number, number))
    images.find(signature(0), tmp_path / "images")
    images.keep(built, signature(1000), tmp_path / "images")
    assert len(list((tmp_path / "images").iterdir())) == images.KEPT
    assert images.find(signature(0), tmp_path / "images") is not None
    assert images.find(signature(1), tmp_path / "images") is None


def test_an_image_that_cannot_be_kept_is_the_labs_error(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file where the directory belongs")
    with pytest.raises(InfraError, match="cannot be used"):
        images.keep(tmp_path / "none", signature(1), tmp_path / "images")
