"""What a build read, from files in the form that fixdep, Kbuild and Kconfig leave behind."""

from pathlib import Path

import pytest

from kbis.kernel.linux.read_set import ReadSet, read_set


def write(directory: Path, name: str, text: str = "") -> None:
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def compiled(build: Path, target: str, source: str, *headers: str) -> None:
    """Leave what fixdep leaves beside one object."""
    directory, _, name = target.rpartition("/")
    deps = "".join(f"  {each} \\\n" for each in headers)
    write(
        build,
        f"{directory}/.{name}.cmd",
        f"savedcmd_{target} := gcc -Wp,-MMD,{directory}/.{name}.d -nostdinc -I{source.rpartition('/')[0]} "
        f"-Iinclude -D__KERNEL__ -c -o {target} {source}\n\n"
        f"source_{target} := {source}\n\n"
        f"deps_{target} := \\\n    $(wildcard include/config/SMP) \\\n{deps}\n"
        f"{target}: $(deps_{target})\n\n$(deps_{target}):\n",
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in ("kernel/fork.c", "include/linux/sched.h", "include/linux/list.h", "certs/key.pem"):
        write(tmp_path / "source", name)
    return tmp_path / "source"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "build").mkdir()
    return tmp_path / "build"


def test_sources_and_headers_are_relative_to_the_source_tree_however_they_are_named(
    source: Path, build: Path
) -> None:
    compiled(
        build,
        "kernel/fork.o",
        f"{source}/kernel/fork.c",
        f"{source}/include/linux/sched.h",
        "../source/include/linux/list.h",
        f"{source}/kernel/../include/linux/../linux/err.h",
    )
    assert read_set(source, build).files == {
        "kernel/fork.c",
        "include/linux/sched.h",
        "include/linux/list.h",
        "include/linux/err.h",
    }


def test_what_the_build_made_itself_is_kept_apart(source: Path, build: Path) -> None:
    write(build, "include/generated/bounds.h")
    compiled(
        build,
        "kernel/fork.o",
        f"{source}/kernel/fork.c",
        "include/generated/bounds.h",
        "/usr/include/stdio.h",
    )
    reads = read_set(source, build)
    assert reads.files == {"kernel/fork.c"}
    assert "include/generated/bounds.h" in reads.generated
    assert not any("stdio" in each or each.endswith(".o") for each in reads.generated)


def test_what_a_command_is_given_counts_as_read(source: Path, build: Path) -> None:
    name = "arch/x86/entry/syscalls/syscall_64.tbl"
    command = (
        f"sh {source}/scripts/syscalltbl.sh --abis common,64 {source}/{name} arch/x86/generated/x.h; true"
    )
    write(build, "arch/x86/generated/.x.h.cmd", f"cmd_arch/x86/generated/x.h := {command}\n")
    assert read_set(source, build).files == {"scripts/syscalltbl.sh", name}


def test_a_directory_on_the_include_path_is_not_a_file_that_was_read(source: Path, build: Path) -> None:
    write(
        build,
        "lib/.a.o.cmd",
        f"cmd_lib/a.o := gcc -I {source}/kernel -I {source}/include/linux -c {source}/lib/a.c\n",
    )
    assert read_set(source, build).files == {"lib/a.c"}


def test_a_header_reached_by_a_link_is_known_by_its_own_name_too(source: Path, build: Path) -> None:
    links = source / "scripts/dtc/include-prefixes"
    links.mkdir(parents=True)
    (links / "linux").symlink_to("../../../include/linux")
    (source / "include/linux/alias.h").symlink_to("list.h")
    compiled(
        build,
        "kernel/fork.o",
        f"{source}/kernel/fork.c",
        f"{links}/linux/sched.h",
        f"{source}/include/linux/alias.h",
    )
    assert read_set(source, build).files == {
        "kernel/fork.c",
        "scripts/dtc/include-prefixes/linux/sched.h",
        "include/linux/sched.h",
        "include/linux/alias.h",
        "include/linux/list.h",
    }


def test_a_build_in_the_source_tree(source: Path) -> None:
    compiled(source, "kernel/fork.o", "kernel/fork.c", "include/linux/sched.h", "./include/linux/list.h")
    assert read_set(source, source).files >= {
        "kernel/fork.c",
        "include/linux/sched.h",
        "include/linux/list.h",
    }


def test_a_source_tree_named_by_a_link(source: Path, build: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    compiled(build, "kernel/fork.o", f"{source}/kernel/fork.c", f"{tmp_path}/link/include/linux/list.h")
    assert read_set(tmp_path / "link", build).files == {"kernel/fork.c", "include/linux/list.h"}


def test_every_kconfig_file_counts(source: Path, build: Path) -> None:
    text = "deps_config := \\\n\tlib/Kconfig.debug \\\n\tKconfig\n\ninclude/config/auto.conf: \\\n\t$(deps_config)\n"
    write(build, "include/config/auto.conf.cmd", text)
    assert read_set(source, build).files == {"lib/Kconfig.debug", "Kconfig"}


def test_files_that_the_configuration_names_count_and_directories_with_all_below(
    source: Path, build: Path
) -> None:
    (source / "initramfs").mkdir()
    settings = 'CONFIG_SYSTEM_TRUSTED_KEYS="certs/key.pem"\nCONFIG_INITRAMFS_SOURCE="initramfs /etc"\nCONFIG_X="none"\n'
    write(build, "include/config/auto.conf", settings)
    assert read_set(source, build).files == {"certs/key.pem", "initramfs/"}


def test_a_kernel_that_holds_all_headers_reads_them_all(source: Path, build: Path) -> None:
    write(build, "include/config/auto.conf", "CONFIG_64BIT=y\nCONFIG_IKHEADERS=m\n")
    assert read_set(source, build).files >= {"include/", "arch/"}


def test_an_empty_build_directory_read_nothing(source: Path, build: Path) -> None:
    assert read_set(source, build) == ReadSet(frozenset())
