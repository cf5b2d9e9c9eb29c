from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.kernel.userland.disk import disk_arguments


def test_a_pc_shows_the_disk_to_every_driver_that_a_kernel_may_have(tmp_path: Path) -> None:
    image = tmp_path / "root.img"
    image.write_bytes(bytes(512))
    arguments = disk_arguments(image, "pc,usb=off")
    assert [word.split(",")[0] for word in arguments if word.endswith(("disk0", "disk1"))][1::2] == [
        "virtio-blk-pci",
        "nvme",
    ]
    drives = [word for word in arguments if word.startswith("file=")]
    assert len(drives) == 3
    assert all("snapshot=on" in drive and "format=raw" in drive for drive in drives)


def test_a_qcow2_image_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    image = tmp_path / "root"
    image.write_bytes(b"QFI\xfb" + bytes(508))
    assert "format=qcow2" in disk_arguments(image, "virt")[1]


def test_a_raw_image_is_never_probed_by_qemu(tmp_path: Path) -> None:
    image = tmp_path / "root.qcow2"
    image.write_bytes(bytes(512))
    assert "format=raw" in disk_arguments(image, "virt")[1]


def test_a_comma_in_the_path_stays_in_the_path(tmp_path: Path) -> None:
    image = tmp_path / "a,b.img"
    image.write_bytes(bytes(512))
    assert "a,,b.img,format=" in disk_arguments(image, "q35")[1]


@pytest.mark.parametrize(
    ("machine", "device"),
    [
        ("microvm", "virtio-blk-device"),
        ("virt", "virtio-blk-pci"),
        ("s390-ccw-virtio", "virtio-blk-ccw"),
        ("pc-i440fx-7.2", "virtio-blk-pci"),
    ],
)
def test_the_first_device_fits_the_machine(tmp_path: Path, machine: str, device: str) -> None:
    image = tmp_path / "root.img"
    image.write_bytes(bytes(512))
    arguments = disk_arguments(image, machine)
    assert arguments[arguments.index("-device") + 1].startswith(f"{device},drive=")


def test_an_image_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"root\.img cannot be read: No such file"):
        disk_arguments(tmp_path / "root.img", "pc")
