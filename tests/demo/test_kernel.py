"""The toy kernel: it boots, and every way to end is told apart."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from kbis.demo.history import KERNEL
from kbis.kernel.outcome import read
from tests.demo import toy

REPORTS = {
    "bug": "kernel BUG in lkdtm_bug",
    "null": "BUG: unable to handle kernel NULL pointer dereference in lkdtm_null",
    "fault": "BUG: unable to handle kernel paging request in lkdtm_fault",
    "divide": "divide error in lkdtm_divide",
    "gpf": "general protection fault in lkdtm_gpf",
    "warn": "WARNING in lkdtm_warn",
    "panic": "kernel panic: dumptest",
}


@pytest.mark.parametrize("machine", ["pc", "microvm"])
def test_the_reproducer_ends_well(image: Path, machine: str) -> None:
    facts = toy.run(image, toy.REPRODUCER, replace(toy.RECIPE.boot, machine=machine))
    assert (facts.ending, facts.status) == ("debug-exit", 65)
    assert facts.console.text().endswith(b"@@KBIS DONE status=0\r\n")
    assert read(facts).outcome == "ok"


@pytest.mark.parametrize("call", REPORTS)
def test_a_report_has_its_title_and_its_callers(image: Path, call: str, tmp_path: Path) -> None:
    facts = toy.run_text(image, f"{call}\n", tmp_path)
    seen = read(facts)
    assert (facts.ending, seen.outcome, seen.title) == ("panic", "crash", REPORTS[call])
    assert re.search(
        rb"\] Call Trace:\r\n.*? entry_INT80_32\+0x[0-9a-f]+/0x[0-9a-f]+\r\n", facts.console.text(), re.DOTALL
    )


def test_a_crash_in_a_driver_shows_the_way_from_the_system_call(image: Path, tmp_path: Path) -> None:
    facts = toy.run_text(image, "panic\n", tmp_path)
    frames = re.findall(rb"\]  (\w+)\+0x", facts.console.text())
    assert frames == [b"panic", b"lkdtm_panic", b"do_int80_syscall_32", b"entry_INT80_32"]


def test_a_warning_alone_is_no_end(image: Path, tmp_path: Path) -> None:
    facts = toy.run_text(image, "warn\n", tmp_path, recipe=replace(toy.RECIPE.boot, cmdline="panic=-1"))
    seen = read(facts)
    assert (facts.status, seen.reached, seen.title) == (65, "end", "WARNING in lkdtm_warn")


def test_without_panic_on_the_command_line_a_panic_stands_still(image: Path, tmp_path: Path) -> None:
    recipe = replace(toy.QUICK, cmdline="panic=0")
    facts = toy.run_text(image, "panic\n", tmp_path, recipe=recipe, limit_s=1.5)
    assert b"---[ end Kernel panic - not syncing: dumptest ]---" in facts.console.text()
    assert read(facts).title == "kernel panic: dumptest"


@pytest.mark.parametrize("call", ["reboot", "triple"])
def test_a_reset_says_nothing(image: Path, call: str, tmp_path: Path) -> None:
    facts = toy.run_text(image, f"{call}\n", tmp_path)
    assert facts.ending == "reset"
    assert facts.console.text().endswith(b"@@KBIS READY\r\n")


def test_a_hang_is_shown_by_an_nmi(image: Path, tmp_path: Path) -> None:
    facts = toy.run_text(image, "hang\n", tmp_path, limit_s=1.5)
    assert (facts.ending, read(facts).outcome) == ("time-limit", "hang")
    assert b"EIP: lkdtm_hang+0x" in facts.console.part(facts.nmi_at or 0)


def test_the_exit_status_of_the_program_is_told(image: Path, tmp_path: Path) -> None:
    facts = toy.run_text(image, "# nothing\n\nexit 3\nbug\n", tmp_path)
    assert facts.console.text().endswith(b"@@KBIS DONE status=3\r\n")


def test_a_kernel_without_a_program_does_not_come_to_ready(image: Path) -> None:
    facts = toy.boot(toy.RECIPE.boot, image, None, "tcg")
    assert read(facts).outcome == "boot-failed"
    assert b"Kernel panic - not syncing: No working init found." in facts.console.text()


def test_the_place_in_a_report_is_the_instruction_that_trapped(image: Path, tmp_path: Path) -> None:
    console = toy.run_text(image, "bug\n", tmp_path).console.text()
    found = re.search(rb"EIP: (\w+)\+0x([0-9a-f]+)/0x", console)
    assert found
    with image.open("rb") as file:
        elf = ELFFile(file)
        (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name(found[1].decode())
        text = elf.get_section_by_name(".text")
        at = symbol["st_value"] + int(found[2], 16) - text["sh_addr"]
        assert text.data()[at : at + 2] == b"\x0f\x0b", "ud2"


def test_another_directory_gives_the_same_bytes(image: Path, tmp_path: Path) -> None:
    source = shutil.copytree(KERNEL, tmp_path / "somewhere" / "else")
    assert toy.kernel(source, tmp_path / "o").read_bytes() == image.read_bytes()


def test_a_changed_header_rebuilds_what_includes_it_and_only_that(image: Path, tmp_path: Path) -> None:
    source = shutil.copytree(KERNEL, tmp_path / "source")
    build = tmp_path / "build"
    toy.kernel(source, build)
    built = {path: path.stat().st_mtime_ns for path in build.rglob("*.o")}
    header = source / "include/pebble/tls.h"
    header.write_text(header.read_text().replace("#define TLS_SLOTS 3", "#define TLS_SLOTS 2"))
    changed = toy.kernel(source, build).read_bytes()
    anew = {path.name for path, then in built.items() if path.stat().st_mtime_ns != then}
    assert anew - {".kallsyms0.o", ".kallsyms1.o"} == {"tls.o"}
    assert changed != image.read_bytes()
    header.write_text(header.read_text().replace("#define TLS_SLOTS 2", "#define TLS_SLOTS 3"))
    assert toy.kernel(source, build).read_bytes() == image.read_bytes()


def test_a_driver_that_is_taken_out_is_no_longer_linked(image: Path, tmp_path: Path) -> None:
    source = shutil.copytree(KERNEL, tmp_path / "source")
    build = tmp_path / "build"
    toy.kernel(source, build)
    makefile = source / "Makefile"
    makefile.write_text(makefile.read_text().replace("obj-y += drivers/char/rtc.o\n", ""))
    assert b"rtc_init" not in toy.kernel(source, build).read_bytes()
