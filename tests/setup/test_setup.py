"""Set-up on machines that lack something: a copy of the script, real programs, a PATH of our choosing."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POSIX_TOOLS = [
    "sh",
    "cat",
    "cksum",
    "cut",
    "dirname",
    "env",
    "id",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "sort",
    "tail",
    "tr",
]
NEEDED = ["git", "make", "gcc", "ld", "qemu-system-x86_64", "ssh-keygen"]
NOBODY = 65534


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A checkout with a blank in its path, of a user who is not root."""
    with tempfile.TemporaryDirectory(prefix="kbis set-up ") as folder:
        root = Path(folder)
        (root / ".ci").mkdir()
        for name in ("pyproject.toml", ".ci/setup"):
            shutil.copy(ROOT / name, root / name)
        if os.getuid() == 0:
            for path in (root, *root.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        yield root


def set_up(checkout: Path, *programs: str, as_root: bool = False, wanted: str = "kbis") -> tuple[int, str]:
    """Runs set-up where only the given programs are on the PATH; returns its exit code and all it said."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        for program in (*POSIX_TOOLS, *programs):
            found = shutil.which(program, path="/usr/bin:/bin:/usr/sbin:/sbin") or shutil.which(program)
            if found is None:
                pytest.skip(f"{program} is not on this machine")
            (Path(folder) / program).symlink_to(found)
        done = subprocess.run(
            [checkout / ".ci/setup", wanted],
            env={"PATH": folder, "LC_ALL": "C"},
            user=NOBODY if os.getuid() == 0 and not as_root else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    return done.returncode, done.stdout


def test_who_may_not_install_is_told_the_packages_and_the_command(checkout: Path) -> None:
    code, said = set_up(checkout, "python3", "git", "make", "apt-get")

    packages = re.escape("binutils gcc libc6-dev openssh-client ") + "(python3-venv )?" + "qemu-system-x86"
    assert code == 1
    assert re.fullmatch(
        f"kbis set-up: these packages are missing: {packages}; install them with: "
        f"su -c 'apt-get update && apt-get install -y --no-install-recommends {packages}'\n",
        said,
    )


def test_where_no_package_manager_is_known_the_programs_are_named(checkout: Path) -> None:
    code, said = set_up(checkout, "python3", *(name for name in NEEDED if name != "qemu-system-x86_64"))

    assert code == 1
    assert re.fullmatch(
        r"kbis set-up: these are missing: qemu-system-x86_64( venv)?; install them with .*\n", said
    )


def test_a_machine_without_a_good_python_is_told_how_to_name_one(checkout: Path) -> None:
    code, said = set_up(checkout, *NEEDED)

    assert code == 1
    assert said.startswith("kbis set-up: kbis needs Python 3.11 or newer and python3 is not there: ")
    assert said.count("\n") == 1


def test_a_checkout_that_cannot_be_written_is_refused(checkout: Path) -> None:
    checkout.chmod(0o555)

    code, said = set_up(checkout, "python3", *NEEDED)

    assert code == 1
    assert f"may not write in {checkout.resolve()}" in said
    assert said.count("\n") == 1


def test_a_finished_set_up_ends_without_a_word(checkout: Path) -> None:
    finish(checkout)

    assert set_up(checkout, *NEEDED, as_root=True) == (0, "")


def test_a_finished_set_up_notices_a_program_that_went_away(checkout: Path) -> None:
    finish(checkout)

    code, said = set_up(checkout, "python3", *NEEDED[1:], as_root=True)

    assert code == 1
    assert "these are missing: git;" in said


def test_an_interrupted_set_up_is_not_taken_for_finished(checkout: Path) -> None:
    finish(checkout)
    (checkout / ".venv/.setup-stamp").write_text("unfinished\n")

    code, said = set_up(checkout, *NEEDED, as_root=True)

    assert code == 1
    assert "kbis needs Python" in said


def test_real_linux_needs_more_packages_and_a_source_only_where_there_is_one(checkout: Path) -> None:
    on_debian = set_up(checkout, "python3", *NEEDED, "apt-get", wanted="linux")[1]
    elsewhere = set_up(checkout, "python3", *NEEDED, wanted="linux")[1]

    missing = "missing: bc bison flex (libelf-dev )?(linux-source )?(python3-venv )?xz-utils;"
    assert re.search(missing, on_debian), on_debian
    assert re.search("missing: bc bison flex (libelf-headers )?(venv )?xz;", elsewhere), elsewhere


def test_help_lists_every_target() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert phony is not None
    assert re.findall(r"^  make (\S+) +\S", said, re.MULTILINE) == phony[1].split()


def finish(checkout: Path) -> None:
    """Leaves `checkout` as a set-up that ran to its end leaves it, but for the packages in .venv."""
    venv.create(checkout / ".venv")
    digest = subprocess.run(
        "cat pyproject.toml .ci/setup | cksum",
        shell=True,
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    (checkout / ".venv/.setup-stamp").write_text(f"{checkout.resolve()} {python}\n{digest}")
