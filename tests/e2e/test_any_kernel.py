"""A teaching kernel in C that knows nothing of kbis, bisected with ten lines of recipe."""

from pathlib import Path

import pytest

from tests.cli.kbis import git, kbis, ok

RECIPE = """\
[build]
command = 'gcc -m32 -ffreestanding -fno-pie -no-pie -nostdlib -static -Wl,-Ttext=0x100000 -o os "$KBIS_SOURCE/os.c"'
image = "os"
[boot]
memory = 32
timeout = 20
success = "^all tests passed"
failure = ['^FAIL: (\\w+)']
"""

KERNEL = """\
/* A multiboot kernel with a self-test. */
__attribute__((section(".text"), aligned(4), used)) static const unsigned header[3] = {0x1BADB002, 0, -0x1BADB002u};
static void put(char c) { __asm__ volatile("outb %0, %1" : : "a"(c), "Nd"((unsigned short)0x3f8)); }
static void say(const char *s) { while (*s) put(*s++); }
static unsigned sum(unsigned n) { unsigned s = 0; for (unsigned i = FIRST; i <= n; i++) s += i; return s; }
static void test(void) {
    if (sum(4) != 10) say("FAIL: sum\\n"); else say("all tests passed\\n");
    for (;;) __asm__ volatile("cli; hlt");
}
static char stack[4096] __attribute__((used, aligned(16)));
__asm__(".globl _start\\n_start: mov $stack+4096, %esp\\n call test\\n");
"""

COMMITS, FIRST_BAD, BROKEN = 9, 6, 4


@pytest.fixture
def history(tmp_path: Path) -> tuple[Path, list[str]]:
    git(tmp_path, "init", "-q")
    (tmp_path / "kbis.toml").write_text(RECIPE)
    made = []
    for number in range(COMMITS):
        text = (
            KERNEL.replace("FIRST", "2" if number >= FIRST_BAD else "1") + f"const int release = {number};\n"
        )
        (tmp_path / "os.c").write_text("#error half a change\n" + text if number == BROKEN else text)
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", f"c{number}")
        made.append(git(tmp_path, "rev-parse", "HEAD").strip())
    return tmp_path, made


def test_a_teaching_kernel_is_bisected_by_what_it_prints(history: tuple[Path, list[str]]) -> None:
    where, commits = history
    ok(where, "key")
    ok(where, "start", commits[-1], commits[0], "--policy", "git/1", "--boots", "1")
    said = ok(where, "run")
    assert f"{commits[FIRST_BAD]} is the first bad commit" in said
    assert "crash: sum" in ok(where, "log")


def test_it_is_ready_for_git_bisect_run(history: tuple[Path, list[str]]) -> None:
    where, commits = history
    wanted = {commits[0]: 0, commits[-1]: 1, commits[BROKEN]: 125}
    assert {each: kbis(where, "test", each, "--boots", "1").code for each in wanted} == wanted
