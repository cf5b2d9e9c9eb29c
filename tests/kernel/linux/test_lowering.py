"""What a Linux recipe asks for at one revision: the toolchain, the config, the patches, the command."""

import shlex
from dataclasses import replace

import pytest

from kbis.kernel.linux.lowering import CONFIG_INPUT, applying, lower
from kbis.kernel.linux.recipe import Backport, ConfigFix, LinuxRecipe, Span, Toolchain
from kbis.kernel.recipe import Recipe

OLD, NEW = "1" * 40, "2" * 40

PLAIN = LinuxRecipe(config="defconfig")


def words(recipe: LinuxRecipe, history: set[str], *, ccache: bool = False) -> list[str]:
    command = lower(recipe, b"", history.__contains__, ccache=ccache).build.command
    return shlex.split(command.splitlines()[-1])


@pytest.mark.parametrize(
    ("span", "history", "holds"),
    [
        (Span(), set(), True),
        (Span(since=OLD), set(), False),
        (Span(since=OLD), {OLD}, True),
        (Span(until=NEW), {OLD}, True),
        (Span(until=NEW), {OLD, NEW}, False),
        (Span(since=OLD, until=NEW), {OLD}, True),
        (Span(since=OLD, until=NEW), {NEW}, False),
    ],
)
def test_a_span_holds_from_the_commit_it_names_to_the_one_that_ends_it(
    span: Span, history: set[str], holds: bool
) -> None:
    assert bool(applying((span,), history.__contains__)) is holds


def test_the_plain_command_makes_the_image_of_the_architecture() -> None:
    made = words(PLAIN, set())
    assert made[0] == "make"
    assert "ARCH=x86_64" in made
    assert made[-1] == "bzImage"
    assert not [word for word in made if word.startswith(("CC=", "LLVM=", "CROSS_COMPILE="))]


def test_old_revisions_get_the_compiler_of_their_time() -> None:
    recipe = replace(PLAIN, toolchains=(Toolchain(until=NEW, cc="gcc-9"), Toolchain(until=OLD, cc="gcc-4.9")))
    assert "CC=gcc-4.9" in words(recipe, set())
    assert "CC=gcc-9" in words(recipe, {OLD})
    assert not any(word.startswith("CC=") for word in words(recipe, {OLD, NEW}))


def test_a_part_of_history_can_take_back_what_the_recipe_says_of_the_toolchain() -> None:
    table = {"until": NEW, "llvm": "", "cc": "gcc-11"}
    tables = {"linux": {"llvm": "1", "toolchain": [table]}, "test": {"reproducer": "repro.c"}}
    recorded = Recipe.from_tables(tables, "kbis.toml").to_bytes()
    recipe = Recipe.from_bytes(recorded).linux
    assert recipe is not None
    assert [each for each in words(recipe, set()) if each.startswith(("CC=", "LLVM="))] == ["CC=gcc-11"]
    assert [each for each in words(recipe, {NEW}) if each.startswith(("CC=", "LLVM="))] == ["LLVM=1"]


@pytest.mark.parametrize(
    ("recipe", "compiler"),
    [
        (PLAIN, "gcc"),
        (replace(PLAIN, cc="gcc-12 -m64"), "gcc-12 -m64"),
        (replace(PLAIN, cross_compile="aarch64-linux-gnu-"), "aarch64-linux-gnu-gcc"),
        (replace(PLAIN, llvm="1"), "clang"),
        (replace(PLAIN, llvm="-15"), "clang-15"),
        (replace(PLAIN, llvm="/opt/llvm/bin/"), "/opt/llvm/bin/clang"),
    ],
)
def test_ccache_stands_before_the_compiler_that_kbuild_would_take(recipe: LinuxRecipe, compiler: str) -> None:
    assert f"CC=ccache {compiler}" in words(recipe, set(), ccache=True)
    assert shlex.join(lower(recipe, b"", set().__contains__, ccache=True).compiler) == compiler


def test_a_fix_of_the_config_comes_last_so_that_it_holds() -> None:
    recipe = replace(PLAIN, config_fixes=(ConfigFix(until=NEW, set=("CONFIG_KCOV=n", 'CONFIG_X="a b"')),))
    old = lower(recipe, b"CONFIG_KCOV=y\n", set().__contains__, ccache=False).config.decode()
    assert old.startswith("CONFIG_KCOV=y\n")
    assert old.endswith('CONFIG_KCOV=n\nCONFIG_X="a b"\n')
    assert "KCOV=n" not in lower(recipe, b"", {NEW}.__contains__, ccache=False).config.decode()


def test_what_would_tell_builds_apart_is_pinned_over_the_users_config() -> None:
    given = b'CONFIG_LOCALVERSION="-mine"\nCONFIG_IKCONFIG=y\nCONFIG_BUILD_SALT="salt"\n'
    lines = lower(PLAIN, given, set().__contains__, ccache=False).config.decode().splitlines()
    for pinned in ('CONFIG_LOCALVERSION=""', "# CONFIG_IKCONFIG is not set", 'CONFIG_BUILD_SALT=""'):
        assert lines.index(pinned) >= 3


def test_a_signed_kernel_is_signed_with_the_key_that_everybody_has() -> None:
    work = lower(PLAIN, b"\nCONFIG_MODULE_SIG=y\n", set().__contains__, ccache=False)
    again = lower(PLAIN, b"\nCONFIG_MODULE_SIG=y\n", set().__contains__, ccache=True)
    key = work.files["kbis-module-key.pem"]
    assert key == again.files["kbis-module-key.pem"]
    assert key.count(b"-----BEGIN ") == 2
    assert set(lower(PLAIN, b"", set().__contains__, ccache=False).files) == {CONFIG_INPUT}


def test_a_patch_is_taken_where_its_span_holds() -> None:
    recipe = replace(
        PLAIN, backports=(Backport(since=OLD, until=NEW, patch="a.patch"), Backport(patch="b.patch"))
    )
    at_old = lower(recipe, b"", {OLD}.__contains__, ccache=False).backports
    at_new = lower(recipe, b"", {OLD, NEW}.__contains__, ccache=False).backports
    assert [each.patch for each in at_old] == ["a.patch", "b.patch"]
    assert [each.patch for each in at_new] == ["b.patch"]


def test_the_users_compiler_flags_are_kept_beside_those_of_kbis() -> None:
    work = lower(
        replace(PLAIN, make=("KCFLAGS=-Wno-error -g0", "V=1")), b"", set().__contains__, ccache=False
    )
    assert work.flags == {"KCFLAGS": "-Wno-error -g0"}
    assert "V=1" in work.build.command
    assert "KCFLAGS" not in work.build.command


@pytest.mark.parametrize(
    ("recipe", "target", "image"),
    [
        (PLAIN, ["bzImage"], "arch/x86/boot/bzImage"),
        (replace(PLAIN, image="vmlinux"), ["vmlinux"], "vmlinux"),
        (replace(PLAIN, arch="arm64"), ["Image"], "arch/arm64/boot/Image"),
        (replace(PLAIN, targets=("bzImage", "modules")), ["bzImage", "modules"], "arch/x86/boot/bzImage"),
    ],
)
def test_what_is_made_follows_from_the_image(recipe: LinuxRecipe, target: list[str], image: str) -> None:
    assert words(recipe, set())[-len(target) :] == target
    assert lower(recipe, b"", set().__contains__, ccache=False).build.image == image
    assert lower(recipe, b"", set().__contains__, ccache=False).build.signature == "vmlinux"
