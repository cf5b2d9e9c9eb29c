from pathlib import Path

import pytest

from kbis.kernel import doctor
from kbis.kernel.finding import Finding
from kbis.kernel.linux.recipe import LinuxRecipe, Toolchain
from kbis.kernel.linux.requirements import ALWAYS, USUAL, LinuxWish, requirements, wanted_bytes


def program(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_everything_the_lab_needs_is_looked_at(tmp_path: Path) -> None:
    findings = doctor.examine(tmp_path / "work", tmp_path / "accel.json")
    subjects = ["python", "git", "make", "compiler", "linker", "linux", "qemu", "kvm", "disk"]
    assert [finding.subject for finding in findings] == subjects
    assert all(finding.sentence.endswith(".") for finding in findings)
    # The suite builds and boots, so nothing that is required is missing where it runs.
    assert [finding for finding in findings if finding.required and not finding.ok] == []


@pytest.mark.parametrize(
    ("name", "subject", "package"),
    [
        ("git", "git", "git"),
        ("make", "make", "make"),
        ("ld", "linker", "binutils"),
        ("gcc", "compiler", "gcc"),
    ],
)
def test_a_missing_tool_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, subject: str, package: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {f.subject: f for f in doctor.examine(tmp_path, tmp_path / "accel.json")}[subject]
    assert not found.ok
    assert found.sentence == f"{name} is not installed or not on PATH."
    assert found.hint == f"Install the package {package}: sudo apt-get install {package}"


def test_a_missing_emulator_is_named_and_does_not_stop_the_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {f.subject: f for f in doctor.examine(tmp_path, tmp_path / "accel.json")}
    assert "sudo apt-get install qemu-system-x86" in found["qemu"].hint
    assert not found["kvm"].ok
    assert found["disk"].sentence


@pytest.mark.parametrize(
    ("said", "ok"),
    [
        ("git version 2.39.5", True),
        ("git version 2.34.1", True),
        ("git version 2.33.8", False),
        ("git version 2.50.GIT", True),
        ("git version 3.0.0-rc1", True),
        ("nonsense", False),
    ],
)
def test_an_old_version_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, ok: bool) -> None:
    program(tmp_path, "git", f"echo '{said}'")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = doctor.versioned("git", "git", doctor.GIT_LEAST)
    assert found.ok == ok
    assert found.hint == ("" if ok else "Version 2.34 or newer is needed.")


def test_a_compiler_without_32_bit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'case " $* " in *" -m32 "*) echo "cc1: error: no 32-bit here" >&2; exit 1;; esac; echo "cc 1.0"'
    program(tmp_path, "gcc", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = doctor.compiler()
    assert not found.ok
    assert found.sentence == "gcc cannot make a 32-bit program: cc1: error: no 32-bit here."


def test_a_tool_that_does_not_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "make", "exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = doctor.versioned("make", "make", doctor.MAKE_LEAST)
    assert (found.ok, found.sentence) == (False, "make does not run (exit status 3).")


def test_a_disk_with_little_space_is_said(tmp_path: Path) -> None:
    found = doctor.disk(tmp_path / "not" / "yet", wanted_bytes=2**70)
    assert (found.ok, found.required) == (False, False)
    assert "GiB" in found.hint
    assert doctor.disk(tmp_path, wanted_bytes=0).ok


@pytest.fixture
def linux_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of the test's own: all that a build of Linux wants by default, and a compiler that has every header."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for name in (*ALWAYS, *USUAL, "gcc", "ccache"):
        program(directory, name, "exit 0")
    monkeypatch.setenv("PATH", f"{directory}")
    return directory


def said(wish: LinuxWish) -> dict[str, Finding]:
    return {each.subject: each for each in requirements(wish)}


def test_a_machine_with_all_tools_of_linux_is_fine(linux_tools: Path) -> None:
    found = said(LinuxWish())
    assert [name for name, each in found.items() if not each.ok] == ["busybox"]
    assert found["linux"].sentence.endswith("with ccache.")


@pytest.mark.parametrize(("absent", "required"), [("flex", True), ("bc", True), ("cpio", False)])
def test_a_missing_tool_of_linux_is_required_where_every_build_runs_it(
    linux_tools: Path, absent: str, required: bool
) -> None:
    (linux_tools / absent).unlink()
    found = said(LinuxWish())["linux"]
    assert (found.ok, found.required) == (False, required)
    assert absent in found.sentence
    assert absent in found.hint


@pytest.mark.parametrize(
    ("config", "tool", "package"),
    [
        ("CONFIG_DEBUG_INFO_BTF=y\n", "pahole", "dwarves"),
        ("CONFIG_KERNEL_LZ4=y\n", "lz4", "lz4"),
        ("CONFIG_MODULES=y\n", "depmod", "kmod"),
    ],
)
def test_a_tool_that_only_the_config_wants_is_asked_for_then(
    linux_tools: Path, config: str, tool: str, package: str
) -> None:
    found = said(LinuxWish(config=config))["linux"]
    assert (found.ok, found.required) == (False, True)
    assert tool in found.sentence
    assert package in found.hint
    assert said(LinuxWish(config=config.replace("=y", "=n")))["linux"].ok


def test_compilers_of_the_recipe_are_looked_for_those_of_older_releases_as_well(linux_tools: Path) -> None:
    recipe = LinuxRecipe(
        arch="arm64", cross_compile="aarch64-linux-gnu-", toolchains=(Toolchain(cc="ccache gcc-9"),)
    )
    found = said(LinuxWish(recipe))["toolchain"]
    lacking = [f"aarch64-linux-gnu-{name}" for name in ("gcc", "ld", "objcopy")]
    lacking.insert(1, "gcc-9")
    assert found.sentence == f"The recipe wants {', '.join(lacking)}, not installed here."
    assert "gcc-aarch64-linux-gnu" in found.hint
    for name in lacking:
        program(linux_tools, name, "exit 0")
    assert said(LinuxWish(recipe))["toolchain"].ok


def test_a_build_with_clang_wants_the_linker_and_the_tools_of_llvm(linux_tools: Path) -> None:
    program(linux_tools, "clang", "exit 0")
    recipe = LinuxRecipe(llvm="1", toolchains=(Toolchain(cc="gcc-11 -m64", llvm=""),))
    found = said(LinuxWish(recipe))["toolchain"]
    lacking = ("gcc-11", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy")
    assert found.sentence == f"The recipe wants {', '.join(lacking)}, not installed here."
    for name in lacking:
        program(linux_tools, name, "exit 0")
    assert said(LinuxWish(recipe))["toolchain"].sentence == "The recipe's compilers are here: clang, gcc-11."


@pytest.mark.parametrize(
    ("recipe", "compiler", "package"),
    [
        (LinuxRecipe(cc="gcc-11"), "gcc", "libc6-dev"),
        (LinuxRecipe(arch="i386"), "gcc -m32", "libc6-dev-i386"),
        (
            LinuxRecipe(arch="arm64", cross_compile="aarch64-linux-gnu-"),
            "aarch64-linux-gnu-gcc",
            "libc6-dev-arm64-cross",
        ),
    ],
)
def test_the_c_library_is_looked_for_with_the_compiler_of_the_guests_programs(
    linux_tools: Path, monkeypatch: pytest.MonkeyPatch, recipe: LinuxRecipe, compiler: str, package: str
) -> None:
    for name in ("gcc", "gcc-11", "aarch64-linux-gnu-gcc"):
        program(linux_tools, name, 'case "$*" in *-static*) exit 1;; esac')
    monkeypatch.setattr("kbis.kernel.tools.family", lambda _: "debian")
    found = said(LinuxWish(recipe))["libc"]
    assert found.sentence.startswith(f"{compiler} has no static C library")
    assert package in found.hint


def test_headers_that_are_absent_are_named_with_their_packages(linux_tools: Path) -> None:
    program(linux_tools, "gcc", 'case "$(cat a.c)" in *libelf*) exit 1;; esac')
    (linux_tools / "cat").symlink_to("/bin/cat")
    found = said(LinuxWish())["headers"]
    assert found.sentence == "Not installed here: libelf.h (for objtool)."
    assert "libelf" in found.hint


def test_a_config_with_debug_information_and_many_modules_wants_more_disk() -> None:
    small = wanted_bytes(LinuxWish(config="CONFIG_X=y\n"))
    debug = "CONFIG_DEBUG_INFO=y\n"
    modules = "".join(f"CONFIG_M{n}=m\n" for n in range(1000))
    assert small < wanted_bytes(LinuxWish(config=debug)) < wanted_bytes(LinuxWish(config=debug + modules))
    assert small == wanted_bytes(LinuxWish(config=modules))
