import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbis.errors import IntegrityError, UserError
from kbis.kernel.recipe import DONE, READY, BootRecipe, BuildRecipe, Recipe, TestRecipe, Typed

DEMO = """
[build]
command = 'make -s -C "$KBIS_SOURCE" O="$KBIS_BUILD"'
image = "kernel.elf"
timeout = 120
[boot]
machine = "pc"
memory = 32
cmdline = "panic=-1 panic_on_warn=1"
timeout = 10
[test]
reproducer = "repro.txt"
"""

printable = st.text(string.printable.strip(), min_size=1, max_size=30)
names = st.from_regex(r"[A-Za-z0-9_é][A-Za-z0-9_. ,-]{0,20}", fullmatch=True)
recipes = st.builds(
    Recipe,
    build=st.builds(
        BuildRecipe,
        command=printable,
        image=names,
        signature=st.none() | names,
        timeout_s=st.integers(1, 86400),
    ),
    boot=st.builds(
        BootRecipe,
        machine=st.sampled_from(["pc", "q35", "microvm", "microvm,acpi=off"]),
        memory_mib=st.integers(1, 4096),
        cpus=st.integers(1, 8),
        cmdline=printable,
        qemu=st.lists(printable, max_size=4).map(tuple),
        success=st.none() | st.just("^all [0-9]+ tests passed$"),
        failure=st.sampled_from([(), ("panic: (.*)", "FAIL")]),
        success_exit=st.none() | st.integers(0, 127),
        console=st.sampled_from(["serial", "screen", "debugcon:0xe9"]),
        inputs=st.just(()),
    ),
    test=st.builds(TestRecipe, reproducer=st.none() | names),
)


def test_the_demo_recipe_is_read() -> None:
    recipe = Recipe.from_toml(DEMO, "kbis.toml")
    assert recipe == Recipe(
        BuildRecipe('make -s -C "$KBIS_SOURCE" O="$KBIS_BUILD"', "kernel.elf", None, 120),
        BootRecipe(machine="pc", memory_mib=32, cmdline="panic=-1 panic_on_warn=1", timeout_s=10),
        TestRecipe("repro.txt"),
    )
    assert (recipe.boot.ready, recipe.boot.done) == (READY, DONE)


@given(recipes)
def test_a_recipe_comes_back_from_its_bytes(recipe: Recipe) -> None:
    content = recipe.to_bytes()
    assert Recipe.from_bytes(content) == recipe
    assert content.isascii()
    assert content.endswith(b"}\n")


def test_equal_recipes_have_equal_bytes_whatever_the_order_in_the_file() -> None:
    other = '[test]\nreproducer="r"\n[build]\nimage="k"\ncommand="c"\n'
    same = '[build]\ncommand="c"\nimage="k"\ntimeout=3600\n[test]\nreproducer="r"\n'
    assert Recipe.from_toml(other, "a").to_bytes() == Recipe.from_toml(same, "b").to_bytes()


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("comand = 'x'", '[build] may not have "comand"', 'Did you mean "command"?'),
        ("zzz = 1", '[build] may not have "zzz"', "command, image, signature, timeout"),
        (
            "timeout = '5'",
            "[build] timeout must be a whole number of seconds from 1 to 86400, not '5'",
            "timeout",
        ),
        ("timeout = true", "not True", "timeout"),
        ("timeout = 0", "not 0", "timeout"),
        ("signature = '../vmlinux'", "signature must be a path below the build directory", "signature"),
        ("signature = '/vmlinux'", "signature must be a path below the build directory", "signature"),
        ("signature = ''", "signature must be a path below the build directory", "signature"),
        ("[bot]", 'the file may not have "bot"', 'Did you mean "boot"?'),
        ("[boot]\ncpus = 0", "[boot] cpus must be a whole number from 1 to 256, not 0", "[boot]"),
        ("[boot]\nqemu = '-s'", "[boot] qemu must be a list of arguments for QEMU", "qemu"),
        ("[boot]\ncmdline = '''a\nb'''", "[boot] cmdline must be", "cmdline"),
        ("[boot]\nemulator = '/bin/sh'", "[boot] emulator must be a QEMU program", "emulator"),
        ("[boot]\nready = 'A'\ndone = 'AB'", "cannot be told apart", "marker"),
        ("[boot]\nready = '  '", "[boot] ready must be printable ASCII", "ready"),
        ("x = [", "kbis.toml is not TOML", "toml.io"),
    ],
)
def test_a_wrong_line_is_named(line: str, message: str, hint: str) -> None:
    text = f"[build]\ncommand = 'make'\nimage = 'k'\n{line}\n"
    with pytest.raises(UserError) as raised:
        Recipe.from_toml(text, "kbis.toml")
    assert "kbis.toml" in str(raised.value)
    assert message in str(raised.value)
    assert hint in raised.value.hint


def test_a_missing_key_is_named_with_what_it_must_be() -> None:
    with pytest.raises(UserError, match=r'\[build\] lacks the key "image"') as raised:
        Recipe.from_toml("[build]\ncommand = 'make'\n", "kbis.toml")
    assert "a path below the build directory" in raised.value.hint


def test_an_empty_file_says_which_key_is_missing() -> None:
    with pytest.raises(UserError, match='lacks the key "command"'):
        Recipe.from_toml("", "kbis.toml")


def test_a_table_given_as_a_value_is_refused() -> None:
    with pytest.raises(UserError, match="build must be a table"):
        Recipe.from_toml("build = 3", "kbis.toml")


CONTENT = Recipe.from_toml(DEMO, "kbis.toml").to_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 60_000,
        CONTENT + b"\n",
        CONTENT.replace(b"  ", b" "),
        CONTENT.replace(b'"timeout": 120', b'"timeout": 120, "timeout": 120'),
        CONTENT.replace(b'"timeout": 120', b'"timeout": 120.0'),
        CONTENT.replace(b"kernel.elf", "kernél".encode()),
        CONTENT.replace(b'"recipe": 1', b'"recipe": 0'),
        CONTENT.replace(b'"cpus": 1,', b""),
        CONTENT.replace(b"kernel.elf", b"a" * 70_000),
        json.dumps(json.loads(CONTENT)).encode(),
    ],
)
def test_bytes_that_kbis_did_not_write_are_refused(content: bytes) -> None:
    with pytest.raises(IntegrityError):
        Recipe.from_bytes(content)


def test_a_recipe_of_a_newer_kbis_says_so() -> None:
    with pytest.raises(UserError, match="written by a newer kbis"):
        Recipe.from_bytes(CONTENT.replace(b'"recipe": 1', b'"recipe": 99'))


def test_a_recipe_that_needs_no_new_key_has_the_bytes_it_always_had() -> None:
    assert b'"recipe": 1' in Recipe.from_toml(DEMO, "kbis.toml").to_bytes()
    assert b"medium" not in Recipe.from_toml(DEMO, "kbis.toml").to_bytes()
    newer = Recipe.from_toml(DEMO.replace("[test]", 'success = "passed"\n[test]'), "kbis.toml").to_bytes()
    assert b'"recipe": 2' in newer


def test_the_new_keys_in_the_old_form_are_damage() -> None:
    content = Recipe.from_toml(DEMO.replace("[test]", 'success = "passed"\n[test]'), "kbis.toml").to_bytes()
    with pytest.raises(IntegrityError):
        Recipe.from_bytes(content.replace(b'"recipe": 2', b'"recipe": 1'))


def test_a_script_needs_no_build() -> None:
    recipe = Recipe.from_toml('[test]\nscript = "t.sh"\ntimeout = 9\n', "kbis.toml")
    assert (recipe.build, recipe.test.script, recipe.test.timeout_s) == (None, "t.sh", 9)
    assert Recipe.from_bytes(recipe.to_bytes()) == recipe


def test_what_is_typed_is_kept_in_its_order() -> None:
    text = DEMO.replace(
        "[test]",
        """[[boot.input]]
after = '^\\$ '
send = "usertests\\n"
[[boot.input]]
after = 'PASSED'
send = "halt\\n"
[test]""",
    )
    recipe = Recipe.from_toml(text, "kbis.toml")
    assert recipe.boot.inputs == (Typed(r"^\$ ", "usertests\n"), Typed("PASSED", "halt\n"))
    assert Recipe.from_bytes(recipe.to_bytes()) == recipe
    assert b'"recipe": 3' in recipe.to_bytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DEMO.replace("reproducer", "script"), "script and the table [build] exclude each other"),
        ('[test]\nscript = "a"\nreproducer = "b"\n', "script and a reproducer exclude each other"),
        (DEMO.replace("memory = 32", 'medium = "floppy"'), 'medium "floppy" and cmdline exclude each other'),
        (
            DEMO.replace("memory = 32", 'medium = "tape"'),
            "must be one of kernel, disk, floppy, cdrom, firmware",
        ),
        (DEMO.replace("memory = 32", 'success = "("'), "success must be a regular expression"),
        (DEMO.replace("memory = 32", 'failure = ["a*"]'), "that an empty line does not fit"),
        (
            DEMO.replace("memory = 32", 'emulator = "qemu-system-aarch64"\nsuccess_exit = 1'),
            "success_exit needs a PC, not qemu-system-aarch64",
        ),
        (DEMO.replace("memory = 32", 'console = "debugcon"'), '"serial", "screen", or "debugcon:0xe9"'),
        (
            DEMO.replace("memory = 32", 'emulator = "qemu-system-aarch64"\nconsole = "screen"'),
            'console "screen" needs a PC',
        ),
        (
            DEMO.replace("memory = 32", 'console = "screen"\ninput = [{after = "a", send = "b"}]'),
            '[[boot.input]] and console "screen" exclude each other',
        ),
        (
            DEMO.replace("[test]", '[[boot.input]]\nsend = "b"\n[test]'),
            '[boot.input] lacks the key "after"',
        ),
    ],
)
def test_what_contradicts_itself_is_said(text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        Recipe.from_toml(text, "kbis.toml")
    assert message in str(refused.value)
