import subprocess
from pathlib import Path

import pytest

from kbis.kernel.labfault import TORN, lab_fault

PLACES = [Path("/w/source"), Path("/w/build")]
FAILED = "make: *** [Makefile:3: a.o] Error 1\n"


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("gcc: fatal error: Killed signal terminated program cc1\n" + FAILED, "killed"),
        ("collect2: fatal error: ld terminated with signal 9 [Killed]\n" + FAILED, "killed"),
        ("make[2]: *** [scripts/Makefile.build:250: a.o] Killed\n", "killed"),
        ("cc1: out of memory allocating 4064 bytes after a total of 1 bytes\n" + FAILED, "memory"),
        (
            "/tmp/ccX.s: Assembler messages:\n/tmp/ccX.s: fatal error: a.o: No space left on device\n",
            "disk is full",
        ),
        ("sh: 0: Cannot fork: Resource temporarily unavailable\n", "processes"),
        ("bash: fork: retry: Resource temporarily unavailable\n" + FAILED, "processes"),
        ("fixdep: error opening file: kernel/.a.o.d: No such file or directory\n" + FAILED, TORN),
        ("a.c:1:10: fatal error: openssl/bio.h: No such file or directory\n" + FAILED, "openssl/bio.h"),
        ("/bin/sh: 1: flex: not found\nmake: *** [M:3: lex.c] Error 127\n", "package flex"),
        ("/bin/bash: line 1: bison: command not found\nmake: *** [M:3: p.c] Error 127\n", "package bison"),
        ("make: gcc-99: No such file or directory\nmake: *** [M:3: a.o] Error 127\n", "gcc-99"),
        (f'ccache: error: Could not find compiler "gcc-4.9" in PATH\n{FAILED}', "gcc-4.9 is not installed"),
        ("env: 'python2': No such file or directory\nmake: *** [M:3: a.o] Error 127\n", "python2"),
        ("/bin/sh: 1: /opt/cc/gcc: not found\nmake: *** [M:3: a.o] Error 127\n", "/opt/cc/gcc"),
    ],
)
def test_the_labs_fault_is_told(log: str, reason: str) -> None:
    found = lab_fault(2, log.encode(), PLACES)
    assert reason in str(found)


@pytest.mark.parametrize(
    "log",
    [
        "a.c:1:1: error: 'Killed' undeclared\n" + FAILED,
        "a.c:1:10: fatal error: linux/none.h: No such file or directory\n" + FAILED,
        # A missing script of the tree is the revision's own fault.
        "/bin/sh: 1: ./scripts/gone.sh: not found\nmake: *** [M:3: x] Error 127\n",
        "/bin/sh: 1: /w/source/gone.sh: not found\nmake: *** [M:3: x] Error 127\n",
        # A probe that may fail did not stop the build.
        "/bin/sh: 1: pahole: not found\nmake: [M:3: x] Error 127 (ignored)\na.c:1:1: error: no\n" + FAILED,
        "a.c: internal compiler error: Segmentation fault\n" + FAILED,
    ],
)
def test_the_kernels_fault_is_not_blamed_on_the_lab(log: str) -> None:
    assert lab_fault(2, log.encode(), PLACES) is None


@pytest.mark.parametrize(("status", "reason"), [(137, "killed"), (127, "a tool is not installed")])
def test_the_status_alone_can_tell(status: int, reason: str) -> None:
    assert reason in str(lab_fault(status, b"", PLACES))


@pytest.mark.parametrize(
    ("makefile", "reason"),
    [
        ("all:\n\tno-such-tool --version\n", "no-such-tool is not installed"),
        ("all:\n\tno-such-tool | cat; no-such-tool\n", "no-such-tool is not installed"),
        ("all:\n\tenv no-such-tool\n", "no-such-tool is not installed"),
        ("all:\n\techo x > /dev/full\n", "disk is full"),
        ("all:\n\tkill -9 $$$$\n", "killed"),
        ("all:\n\t./gone.sh\n", None),
        ("all:\n\tfalse\n", None),
    ],
)
def test_the_messages_of_the_installed_tools_are_known(
    tmp_path: Path, makefile: str, reason: str | None
) -> None:
    (tmp_path / "Makefile").write_text(makefile)
    done = subprocess.run(
        ["make"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    found = lab_fault(done.returncode, done.stdout, [tmp_path])
    assert (reason in str(found)) if reason else found is None, done.stdout


def test_a_compiler_killed_for_want_of_memory_is_the_labs_fault(tmp_path: Path) -> None:
    # gcc cannot be made to meet the OOM killer here, so its compiler proper kills itself the same way.
    plugin = tmp_path / "cc1"
    plugin.write_text("#!/bin/sh\nkill -9 $$\n")
    plugin.chmod(0o755)
    (tmp_path / "a.c").write_text("")
    done = subprocess.run(
        ["gcc", f"-B{tmp_path}/", "-c", "a.c"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert "killed" in str(lab_fault(done.returncode, done.stdout, [tmp_path])), done.stdout
