import subprocess
from pathlib import Path

import pytest

from kbis.kernel.buildlog import BuildError, first_error

SOURCE, BUILD = Path("/home/me/.git/kbis/work/0/source"), Path("/home/me/.git/kbis/work/0/build")

COMPILER = """\
  CC      kernel/sys.o
In file included from ../kernel/sys.c:3:
kernel/sys.c:10:7: warning: unused variable 'x' [-Wunused-variable]
kernel/sys.c: In function 'f':
kernel/sys.c:12:5: error: 'y' undeclared (first use in this function)
kernel/sys.c:19:5: error: 'z' undeclared
make[1]: *** [scripts/Makefile.build:250: kernel/sys.o] Error 1
"""

LINKER = """\
ld: main.o: in function `start':
main.c:(.text+0x5): undefined reference to `probe'
make: *** [Makefile:3: kernel.elf] Error 1
"""


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (
            COMPILER,
            BuildError("'y' undeclared (first use in this function)", "kernel/sys.c", 12),
        ),
        (
            "kernel/sys.c:1:10: fatal error: linux/none.h: No such file or directory\n",
            BuildError("linux/none.h: No such file or directory", "kernel/sys.c", 1),
        ),
        (
            "head.S: Assembler messages:\nhead.S:7: Error: no such instruction: `movz %eax'\n",
            BuildError("no such instruction: `movz %eax'", "head.S", 7),
        ),
        (
            LINKER,
            BuildError("undefined reference to `probe'", "main.c"),
        ),
        (
            "ld.lld: error: undefined symbol: probe\n>>> referenced by main.c\n",
            BuildError("error: undefined symbol: probe"),
        ),
        ("/usr/bin/ld: cannot find -lnone: No such file\n", BuildError("cannot find -lnone: No such file")),
        (
            'ERROR: modpost: "probe" [drivers/x.ko] undefined!\nmake[1]: *** [m:1: x] Error 1\n',
            BuildError('modpost: "probe" [drivers/x.ko] undefined!'),
        ),
        (
            "make: *** No rule to make target 'gone.c', needed by 'gone.o'.  Stop.\n",
            BuildError("No rule to make target 'gone.c', needed by 'gone.o'.  Stop."),
        ),
        (
            "Makefile:4: *** missing separator.  Stop.\n",
            BuildError("missing separator.  Stop.", "Makefile", 4),
        ),
        (
            "make: [Makefile:2: x] Error 1 (ignored)\nmake: *** [Makefile:9: all] Error 2\n",
            BuildError("all: Error 2", "Makefile", 9),
        ),
        (
            "\x1b[01m\x1b[Ksys.c:3:1:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kexpected ';'\n",
            BuildError("expected ';'", "sys.c", 3),
        ),
        (f"{SOURCE}/kernel/a.c:2:1: error: no\n", BuildError("no", "kernel/a.c", 2)),
    ],
)
def test_the_first_error_is_read_with_its_place(log: str, expected: BuildError) -> None:
    assert first_error(log.encode(), [SOURCE, BUILD]) == expected


@pytest.mark.parametrize("log", ["", "CC main.o\nLD kernel\n", "main.c:3:1: warning: error: is a word\n"])
def test_a_log_without_an_error_has_none(log: str) -> None:
    assert first_error(log.encode(), []) is None


def test_an_error_reads_as_file_line_message() -> None:
    assert str(BuildError("no", "a.c", 3)) == "a.c:3: no"
    assert str(BuildError("no", "a.c")) == "a.c: no"
    assert str(BuildError("no")) == "no"
    assert len(str(BuildError("x" * 10_000))) <= 400


def test_bytes_that_are_no_text_are_no_trouble() -> None:
    error = first_error(b"\xff\xfe\x00 a.c\na.c:1:2: error: bad \xff byte\n", [])
    assert error == BuildError("bad \N{REPLACEMENT CHARACTER} byte", "a.c", 1)


@pytest.mark.parametrize(
    ("files", "command", "expected"),
    [
        ({"a.c": "int f(void)\n{\n  return y;\n}\n"}, "gcc -c a.c", "a.c:3: "),
        ({"a.c": '#include "none.h"\n'}, "gcc -c a.c", "a.c:1: none.h: No such file or directory"),
        ({"a.S": "nop\nbadop %eax\n"}, "gcc -c a.S", "a.S:2: no such instruction: `badop %eax'"),
        (
            {"a.c": "void g(void);\nint main(void)\n{\n  g();\n}\n"},
            "gcc -g a.c",
            "undefined reference to `g'",
        ),
        ({"a.c": "#error so it is\n"}, "gcc -c a.c", "a.c:1: #error so it is"),
        ({"a.c": ""}, "gcc -mnone -c a.c", "unrecognized command-line option '-mnone'"),
        ({"Makefile": "all: none.o\n"}, "make", "No rule to make target 'none.o', needed by 'all'.  Stop."),
        ({"Makefile": "all:\n    echo\n"}, "make", "Makefile:2: missing separator.  Stop."),
        ({"Makefile": "all:\n\tfalse\n"}, "make", "Makefile:2: all: Error 1"),
    ],
)
def test_the_errors_of_the_installed_tools_are_read(
    tmp_path: Path, files: dict[str, str], command: str, expected: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode != 0
    assert expected in str(first_error(done.stdout, [tmp_path]))
