from pathlib import Path

import pytest

from kbis.kernel.linux.inert import Change, Inputs, parse
from kbis.kernel.linux.read_set import ReadSet
from tests.kernel.repository import Repository

INPUTS = Inputs(
    ReadSet(
        frozenset(
            {
                "Kconfig",
                "arch/arm/crypto/Kconfig",
                "arch/x86/Kconfig",
                "arch/x86/entry/syscalls/syscall_64.tbl",
                "arch/x86/include/asm/page.h",
                "crypto/Kconfig",
                "drivers/tty/vt/vt.c",
                "firmware/",
                "fs/ext4/super.c",
                "include/asm-generic/bug.h",
                "include/linux/sched.h",
                "kernel/fork.c",
                "net/wireless/core.c",
            }
        ),
        frozenset({"include/generated/bounds.h", "lib/crc32table.h"}),
    )
)


@pytest.mark.parametrize(
    "path",
    [
        "Documentation/admin-guide/kernel-parameters.txt",
        "MAINTAINERS",
        "arch/arm/Kconfig",
        "arch/arm/Makefile",
        "arch/arm/boot/dts/imx6.dts",
        "arch/arm/mm/mmu.c",
        "arch/x86/boot/dts/falconfalls.dts",
        "arch/x86/kvm/x86.c",
        "drivers/gpu/drm/radeon/radeon_ring.c",
        "drivers/gpu/drm/radeon/reg_srcs/r600",
        "drivers/tty/vt/.gitignore",
        "fs/ext4/ext4.h",
        "include/linux/nobody.h",
        "kernel/README.md",
        "sound/soc/codecs/wm8994.c",
        "tools/perf/builtin-stat.c",
        "tools/perf/Makefile.perf",
        "tools/testing/selftests/kvm/Makefile",
    ],
)
def test_a_file_that_nothing_read_may_change(path: str) -> None:
    assert not INPUTS.reaches(Change("M", path))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("kernel/fork.c", "a source that was read"),
        ("include/linux/sched.h", "a header that was read"),
        ("firmware/edid/1024x768.S", "below a directory that the configuration names"),
        ("scripts/mod/modpost.c", "scripts make the kernel"),
        ("scripts/setlocalversion", "scripts make the kernel"),
        ("tools/objtool/check.c", "objtool rewrites every object"),
        ("tools/lib/subcmd/Makefile", "objtool's library"),
        ("tools/Makefile", "how objtool is made"),
        ("Makefile", "flags and version"),
        ("drivers/gpu/Makefile", "which directories are entered"),
        ("arch/x86/Makefile.postlink", "run after the link"),
        ("include/uapi/Kbuild", "which headers are generated"),
        ("net/wireless/Kconfig", "settings"),
        ("arch/arm/crypto/Kconfig", "another architecture's settings that were read"),
        ("arch/x86/entry/syscalls/syscall_64.tbl", "a table"),
        ("arch/x86/lib/x86-opcode-map.txt", "a generator's input of this architecture"),
        ("drivers/tty/vt/cp437.uni", "a generator's input beside a source that was read"),
        ("net/wireless/certs/sforshee.hex", "a generator's input one level below"),
        ("crypto/rsapubkey.asn1", "a generator's input beside a Kconfig file that was read"),
        ("lib/test_fortify/write_overflow-memcpy.c", "taken by wildcard"),
        ("localversion-rt", "part of the version"),
        (".scmversion", "part of the version"),
        (".gitattributes", "decides what a checkout writes"),
    ],
)
def test_a_file_that_may_reach_the_kernel_counts(path: str, reason: str) -> None:
    assert INPUTS.reaches(Change("M", path)), reason


@pytest.mark.parametrize("status", ["A", "D"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("arch/x86/include/asm/bug.h", "shadows asm-generic"),
        ("include/linux/extra.h", "for __has_include"),
        ("include/generated/bounds.h", "stands in for a generated header"),
        ("drivers/char/crc32table.h", "named as a generated header"),
        ("kernel/fork.S", "another source of the same object"),
        ("fs/ext4/super.c_shipped", "a shipped source of the same object"),
        ("fs/ext4/Kbuild", "make prefers Kbuild to Makefile"),
    ],
)
def test_a_new_or_lost_file_counts_where_it_could_stand_in_for_another(
    status: str, path: str, reason: str
) -> None:
    assert INPUTS.reaches(Change(status, path)), reason


@pytest.mark.parametrize("status", ["A", "D"])
@pytest.mark.parametrize(
    "path",
    ["drivers/net/new.c", "kernel/new.c", "drivers/net/new.h", "tools/perf/bug.c", "Documentation/sched.h"],
)
def test_a_new_or_lost_file_that_nothing_names_does_not_count(status: str, path: str) -> None:
    assert not INPUTS.reaches(Change(status, path))


@pytest.mark.parametrize(
    "change",
    [
        Change("T", "sound/core.c", ("100644", "120000")),
        Change("A", "sound/link", ("000000", "120000")),
        Change("M", "sound/module", ("160000", "160000")),
        Change("X", "sound/core.c"),
    ],
)
def test_links_submodules_and_what_git_cannot_name_count(change: Change) -> None:
    assert INPUTS.reaches(change)


def test_a_mode_counts_as_a_change_of_the_file() -> None:
    assert INPUTS.reaches(Change("M", "kernel/fork.c", ("100644", "100755")))
    assert not INPUTS.reaches(Change("M", "sound/core.c", ("100644", "100755")))


def test_the_first_change_that_counts_is_named() -> None:
    changes = [Change("M", "sound/core.c"), Change("M", "kernel/fork.c"), Change("M", "Makefile")]
    assert INPUTS.live(changes) == changes[1]
    assert INPUTS.live(changes[:1]) is None


def test_nothing_read_leaves_no_architecture_out() -> None:
    assert Inputs(ReadSet(frozenset())).reaches(Change("M", "arch/arm/Kconfig"))


def test_device_trees_count_where_they_are_built() -> None:
    built = Inputs(ReadSet(frozenset({"arch/arm64/boot/dts/arm/juno.dts"})))
    assert built.reaches(Change("A", "arch/arm64/boot/dts/qcom/new.dts"))
    assert not built.reaches(Change("M", "arch/arm/boot/dts/imx6.dts"))


def test_what_git_prints_is_read_with_any_name(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    before = repository.commit({"a b": "1", "gone": "x", "same": "x", "mode": "x", "kind": "x"})
    (repository.path / "mode").chmod(0o755)
    (repository.path / "kind").unlink()
    (repository.path / "kind").symlink_to("same")
    after = repository.commit({"a b": "2", "gone": None, "\n\u00fc": "new"})
    raw = repository.git("diff-tree", "-r", "--raw", "-z", "--no-renames", before, after)
    assert set(parse(raw.encode())) == {
        Change("M", "a b"),
        Change("D", "gone", ("100644", "000000")),
        Change("A", "\n\u00fc", ("000000", "100644")),
        Change("M", "mode", ("100644", "100755")),
        Change("T", "kind", ("100644", "120000")),
    }


@pytest.mark.parametrize("raw", [b":100644 100644 a b M\0", b"x\0", b"1 2 3 4 M\0path\0", b":1 2\0path\0"])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"cut line|raw line|values to unpack"):
        parse(raw)


def test_two_equal_trees_have_no_changes() -> None:
    assert parse(b"") == ()
