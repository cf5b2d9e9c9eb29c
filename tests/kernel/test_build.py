import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kbis.errors import UserError
from kbis.kernel.build import BuildFacts, build
from kbis.kernel.recipe import BuildRecipe
from kbis.kernel.slot import Slot, take_slot
from tests.kernel.repository import Repository

MAKEFILE = """\
$(O)/kernel: $(O)/main.o $(O)/side.o
\tgcc -nostdlib -static -no-pie -o $@ $^
$(O)/%.o: %.c
\t@echo CC $<
\tgcc -ffreestanding -fno-pie -c -o $@ $<
"""
FILES = {
    "Makefile": MAKEFILE,
    "main.c": "int side(void);\nvoid _start(void) { for (;;) side(); }\n",
    "side.c": "int side(void) { return 1; }\n",
}
RECIPE = BuildRecipe('make -C "$KBIS_SOURCE" O="$KBIS_BUILD" -j"$KBIS_JOBS"', "kernel", timeout_s=60)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


@pytest.fixture
def slot(repository: Repository) -> Iterator[Slot]:
    with take_slot(repository.git_dir / "kbis" / "work", repository.git_dir) as taken:
        yield taken


def test_a_kernel_is_built_signed_and_kept(slot: Slot, repository: Repository) -> None:
    facts = build(RECIPE, slot, repository.commit(FILES))
    assert (facts.outcome, facts.error) == ("ok", None)
    assert facts.image is not None
    assert facts.image.read_bytes() == (slot.build / "kernel").read_bytes()
    assert facts.signature is not None
    assert facts.toolchain.startswith("gcc ")
    assert b"CC side.c" in facts.log


def test_only_what_changed_is_compiled_again(slot: Slot, repository: Repository) -> None:
    build(RECIPE, slot, repository.commit(FILES))
    facts = build(RECIPE, slot, repository.commit({"side.c": "int side(void) { return 2; }\n"}))
    assert b"CC side.c" in facts.log
    assert b"CC main.c" not in facts.log
    clean = build(RECIPE, slot, repository.git("rev-parse", "HEAD"), clean=True)
    assert b"CC main.c" in clean.log
    assert clean.signature == facts.signature


def test_equal_kernels_have_one_signature_in_every_slot(slot: Slot, repository: Repository) -> None:
    one, comment, code = (
        repository.commit(FILES),
        repository.commit({"side.c": "/* why */ " + FILES["side.c"], "README": "words"}),
        repository.commit({"side.c": "int side(void) { return 3; }\n"}),
    )
    with take_slot(slot.work, slot.git_dir) as other:
        assert other.number != slot.number
        first, second, third = (
            build(RECIPE, slot, one),
            build(RECIPE, other, comment),
            build(RECIPE, other, code),
        )
    assert first.signature == second.signature != third.signature
    assert first.image == second.image != third.image


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"side.c": "int side(void)\n{ return x; }\n"}, "side.c:2: 'x' undeclared"),
        ({"side.c": "\n"}, "undefined reference to `side'"),
        ({"side.c": None}, "No rule to make target"),
        ({"Makefile": "all:\n\t./scripts/none.sh\n"}, "Error 127"),
        ({"Makefile": "all:\n\texit 3\n"}, "Error 3"),
        ({"Makefile": "all:\n\ttrue\n"}, "left no file kernel"),
        ({"Makefile": "all:\n\tmkdir $(O)/kernel\n"}, "left no file kernel"),
    ],
)
def test_a_kernel_that_does_not_build_has_failed(
    slot: Slot, repository: Repository, files: dict[str, str | None], error: str
) -> None:
    facts = build(RECIPE, slot, repository.commit({**FILES, "side.c": FILES["side.c"]}))
    assert facts.outcome == "ok"
    failed = build(RECIPE, slot, repository.commit(files), clean=True)
    assert failed.outcome == "failed", failed
    assert error in (failed.error or "")
    assert str(slot.source) not in (failed.error or "")
    assert (failed.signature, failed.image) == (None, None)


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("no-such-tool", "no-such-tool is not installed"),
        ("make -C $KBIS_SOURCE O=$KBIS_BUILD CC=no-such-cc; no-such-cc", "no-such-cc is not installed"),
        ("kill -9 $$", "ended by signal 9"),
        ("sh -c 'kill -9 $$'", "killed"),
        ("cat /dev/zero > /dev/full", "the disk is full"),
        ("rm -r ../source/.git", "directory was deleted"),
        ("rm -r ../build; false", "directory was deleted"),
        ("mv ../build ../away; mkdir ../build; false", "directory was deleted"),
    ],
)
def test_what_the_lab_did_wrong_is_not_the_kernels_failure(
    slot: Slot, repository: Repository, command: str, error: str
) -> None:
    facts = build(replace(RECIPE, command=command), slot, repository.commit(FILES))
    assert facts.outcome == "infra", facts
    assert error in (facts.error or "")
    assert build(RECIPE, slot, repository.commit({})).outcome == "ok"


def test_a_recipe_that_asks_for_what_a_revision_has_not_is_the_users_to_mend(
    slot: Slot, repository: Repository
) -> None:
    said = """echo "*** Can't find default configuration \\"arch/x86/configs/x_defconfig\\"!"; exit 2"""
    revision = repository.commit(FILES)
    with pytest.raises(
        UserError, match=r"cannot be built as asked: .*configuration arch/x86/configs"
    ) as caught:
        build(replace(RECIPE, command=said), slot, revision)
    assert "as a file" in caught.value.hint
    assert build(RECIPE, slot, revision).outcome == "ok"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_disk_that_fills_up_in_the_middle_of_a_build_is_the_labs_fault_and_building_goes_on_after(
    repository: Repository, tmp_path: Path
) -> None:
    work = tmp_path / "small"
    work.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(work)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode()}")
    try:
        large = "char big[3000000] = {1};\nint side(void) { return big[7]; }\n"
        too_large = repository.commit({**FILES, "side.c": large})
        with take_slot(work, repository.git_dir) as slot:
            full = build(RECIPE, slot, too_large)
            assert full.outcome == "infra", full
            assert "disk" in (full.error or "")
            assert "full" in (full.error or "")
            subprocess.run(["mount", "-o", "remount,size=64m", str(work)], check=True)
            assert build(RECIPE, slot, too_large).outcome == "ok"
    finally:
        subprocess.run(["umount", "-l", str(work)], check=True)


def test_a_build_that_does_not_end_is_stopped(slot: Slot, repository: Repository) -> None:
    facts = build(replace(RECIPE, command="sleep 100", timeout_s=1), slot, repository.commit(FILES))
    assert (facts.outcome, facts.error) == (
        "infra",
        "The build failed for no fault of the kernel: it did not end within 1 s.",
    )


def test_a_torn_build_is_tried_once_more(slot: Slot, repository: Repository, tmp_path: Path) -> None:
    torn = "echo 'fixdep: error opening file: kernel/.a.o.d: No such file or directory'; exit 2"
    count = f"echo x >> {tmp_path}/tries"
    once = replace(RECIPE, command=f"{count}; test -e mark || {{ touch mark; {torn}; }} && {RECIPE.command}")
    facts = build(once, slot, repository.commit(FILES))
    assert facts.outcome == "ok"
    always = build(replace(RECIPE, command=f"{count}; {torn}"), slot, repository.commit({}))
    assert always.outcome == "infra"
    assert (tmp_path / "tries").read_text() == "x\n" * 4


def test_an_image_of_another_revision_does_not_pass_for_this_ones(slot: Slot, repository: Repository) -> None:
    piped = replace(RECIPE, command=f"{RECIPE.command} 2>&1 | cat")
    assert build(piped, slot, repository.commit(FILES)).outcome == "ok"
    facts = build(piped, slot, repository.commit({"side.c": "int side(void) { return x; }\n"}))
    assert facts.outcome == "failed"
    assert (facts.error or "").startswith("side.c:1: 'x' undeclared")


def test_the_environment_is_the_same_for_every_user(
    slot: Slot, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CFLAGS", "MAKEFLAGS", "GIT_DIR", "KBUILD_BUILD_USER", "LANG", "CC", "LC_TIME", "SECRET"):
        monkeypatch.setenv(name, "mine")
    facts = build(replace(RECIPE, command="env | tee kernel"), slot, repository.commit(FILES), jobs=3)
    assert facts.outcome == "ok"
    lines = facts.log.splitlines()
    assert not [line for line in lines if b"=mine" in line]
    assert {b"KBUILD_BUILD_USER=kbis", b"SOURCE_DATE_EPOCH=0", b"LC_ALL=C", b"TZ=UTC", b"KBIS_JOBS=3"} <= set(
        lines
    )
    assert f"KBIS_SOURCE={slot.source}".encode() in lines


def test_the_signature_is_that_of_the_file_the_recipe_names(slot: Slot, repository: Repository) -> None:
    recipe = replace(RECIPE, signature="kernel", image="boot/image")
    with_image = replace(recipe, command=f"{RECIPE.command} && mkdir -p boot && date +%N > boot/image")
    first = build(with_image, slot, repository.commit(FILES))
    second = build(with_image, slot, repository.commit({"README": "words"}))
    assert first.outcome == second.outcome == "ok"
    assert first.signature == second.signature


def test_kill_9_leaves_no_make_and_frees_the_slot_when_nothing_runs_any_more(
    repository: Repository, tmp_path: Path
) -> None:
    revision = repository.commit({"Makefile": f"all:\n\tsh -c 'echo $$$$ > {tmp_path}/pid; sleep 300'\n"})
    script = (
        "import sys; from pathlib import Path\n"
        "from kbis.kernel.build import build; from kbis.kernel.recipe import BuildRecipe\n"
        "from kbis.kernel.slot import take_slot\n"
        "with take_slot(Path(sys.argv[1]), Path(sys.argv[2])) as slot:\n"
        "    build(BuildRecipe('make -C $KBIS_SOURCE', 'kernel'), slot, sys.argv[3])\n"
    )
    work = tmp_path / "work"
    kbis = subprocess.Popen([sys.executable, "-c", script, str(work), str(repository.git_dir), revision])
    pid_file = tmp_path / "pid"
    while not (pid_file.exists() and pid_file.read_text()):
        assert kbis.poll() is None
        time.sleep(0.02)
    pid = int(pid_file.read_text())
    kbis.send_signal(signal.SIGKILL)
    kbis.wait()
    for _ in range(1000):
        with take_slot(work, repository.git_dir) as slot:
            if slot.number == 0:
                break
        time.sleep(0.02)
    assert slot.number == 0
    assert not Path(f"/proc/{pid}").exists()


def test_two_processes_build_in_two_slots(repository: Repository, tmp_path: Path) -> None:
    revision = repository.commit(FILES)
    found: list[tuple[int, BuildFacts]] = []
    both = threading.Barrier(2)

    def one() -> None:
        with take_slot(tmp_path / "work", repository.git_dir) as slot:
            both.wait()
            found.append((slot.number, build(RECIPE, slot, revision)))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for number, _ in found) == [0, 1]
    assert {facts.outcome for _, facts in found} == {"ok"}
    assert len({facts.signature for _, facts in found}) == 1
