"""Beginning a bisection of Linux: what is recorded, so that a teammate needs nothing else, and what is refused."""

from pathlib import Path

import pytest

from kbis.bisect.fold import Bisection
from kbis.errors import UserError
from kbis.kernel.build import BuildFacts
from kbis.kernel.slot import take_slot
from kbis.run.key import adopt_key
from kbis.run.labs import linux_builder, recorded_inputs
from kbis.run.session import Session, open_session
from kbis.run.starting import begin
from kbis.run.wish import Wish
from tests.run.little_linux import change, little_linux
from tests.run.wheel import git

REPRODUCER = "int main(void) { return 0; }\n"


@pytest.fixture
def linux(tmp_path: Path) -> Path:
    where = tmp_path / "linux"
    little_linux(where)
    change(where, {"header.h": "#define NUMBER 2\n"}, "second")
    change(where, {"header.h": "#define NUMBER 3\n"}, "third")
    (tmp_path / "repro.c").write_text(REPRODUCER)
    adopt_key(where)
    return where


def started(linux: Path, **wishes: object) -> tuple[Session, Bisection, list[str]]:
    session = open_session(linux, write=True, tell=lambda _: None)
    said: list[str] = []
    wish = Wish(
        "HEAD", ("HEAD~2",), **{"reproducer": linux.parent / "repro.c", "config": "allnoconfig", **wishes}
    )  # type: ignore[arg-type]
    return session, begin(session, wish, said.append), said


def built(session: Session, bisection: Bisection, *revisions: str) -> list[BuildFacts]:
    where = Path(session.repository.git.workdir)
    recorded = recorded_inputs(session, bisection)
    git_dir = session.repository.directory
    with take_slot(git_dir / "kbis" / "work", git_dir) as slot:
        made = linux_builder(session, slot, recorded)
        assert made is not None
        return [made.build(git(where, "rev-parse", revision)) for revision in revisions]


def test_a_config_and_a_reproducer_are_enough(linux: Path) -> None:
    session, bisection, said = started(linux)
    recorded = recorded_inputs(session, bisection)
    assert recorded.recipe.linux is not None
    assert recorded.recipe.test.reproducer == "repro.c"
    (config,) = recorded.of("config").values()
    assert b"CONFIG_BLK_DEV_INITRD=y" in config, "what a guest needs"
    assert b'CONFIG_BUILD_SALT=""' in config, "what would differ between builds"
    assert b"# CONFIG_KASAN is not set" in config, "as the target of make says"
    assert "It sets " in said[-1]


def test_the_config_that_lies_in_the_tree_is_taken(linux: Path) -> None:
    (linux / ".config").write_text("CONFIG_KASAN=y\n")
    session, bisection, _ = started(linux, config=None)
    (config,) = recorded_inputs(session, bisection).of("config").values()
    assert b"CONFIG_KASAN=y" in config


def test_fragments_take_precedence_and_what_cannot_be_had_is_said(linux: Path, tmp_path: Path) -> None:
    fragment = tmp_path / "more.config"
    fragment.write_text("CONFIG_KASAN=y\nCONFIG_NOT_THERE=y\n")
    session, bisection, said = started(linux, fragments=(fragment,))
    (config,) = recorded_inputs(session, bisection).of("config").values()
    assert b"CONFIG_KASAN=y" in config
    assert "CONFIG_NOT_THERE=y" in " ".join(said)
    assert "CONFIG_KASAN=y" not in " ".join(said)


def test_a_teammate_builds_the_same_kernel_from_the_log_alone(linux: Path, tmp_path: Path) -> None:
    session, bisection, _ = started(linux)
    (mine,) = built(session, bisection, "HEAD")
    (tmp_path / "repro.c").unlink()
    git(tmp_path, "clone", "-q", str(linux), "theirs elsewhere")
    theirs = tmp_path / "theirs elsewhere"
    git(theirs, "fetch", "-q", "origin", "refs/notes/kbis:refs/notes/kbis")
    git(theirs, "config", "kbis.allowedSigners", str(linux / ".git" / "kbis" / "allowed_signers"))
    git(theirs, "config", "kbis.workDirectory", str(tmp_path / "work-of-theirs"))
    other = open_session(theirs, write=True, tell=lambda _: None)
    recorded = recorded_inputs(other, other.bisection(bisection.id.hex()))
    with take_slot(tmp_path / "work-of-theirs", other.repository.directory) as slot:
        made = linux_builder(other, slot, recorded)
        assert made is not None
        facts = made.build(bisection.bad.hex())
    assert facts.outcome == "ok"
    assert facts.signature == mine.signature, "built in another directory"


def test_a_change_that_no_build_reads_is_not_built(linux: Path) -> None:
    change(linux, {"Documentation/index.rst": "Other words\n"}, "docs")
    session, bisection, _ = started(linux)
    code, docs, older = built(session, bisection, "HEAD~1", "HEAD", "HEAD~2")
    assert code.inputs_of is None
    assert docs.inputs_of == git(linux, "rev-parse", "HEAD~1")
    assert docs.signature == code.signature
    assert older.inputs_of is None
    assert older.signature != code.signature


def test_when_the_image_is_gone_the_kernel_is_made_again(linux: Path) -> None:
    change(linux, {"Documentation/index.rst": "Other words\n"}, "docs")
    session, bisection, _ = started(linux)
    (first,) = built(session, bisection, "HEAD")
    assert first.image is not None
    first.image.unlink()
    (second,) = built(session, bisection, "HEAD")
    assert second.inputs_of is None
    assert second.image is not None
    assert second.image.is_file()
    assert second.signature == first.signature


def test_patches_and_fixes_hold_for_their_part_of_history(linux: Path) -> None:
    change(linux, {"main.c": (linux / "main.c").read_text() + "// BROKEN\n"}, "breaks")
    mended = (linux / "main.c").read_text().replace("// BROKEN\n", "")
    git(linux, "tag", "broken")
    change(linux, {"main.c": mended}, "mends")
    git(linux, "tag", "mended")
    (linux / "mend.patch").write_text(git(linux, "diff", "broken", "mended") + "\n")
    (linux / "kbis.toml").write_text(
        '[linux]\nconfig = "allnoconfig"\n'
        '[[linux.backport]]\nsince = "broken"\nuntil = "mended"\npatch = "mend.patch"\n'
        '[[linux.config_fix]]\nuntil = "broken"\nset = ["CONFIG_KASAN=y"]\n'
    )
    session, bisection, _ = started(linux, config=None)
    recorded = recorded_inputs(session, bisection)
    assert recorded.recipe.linux is not None
    assert recorded.recipe.linux.backports[0].since == git(linux, "rev-parse", "broken"), "tags may move"
    (linux / "mend.patch").unlink()
    new, patched, old = built(session, bisection, "mended", "broken", "HEAD~3")
    assert (new.outcome, patched.outcome, old.outcome) == ("ok", "ok", "ok")
    assert new.signature == patched.signature
    assert old.image is not None
    assert b"poison" in old.image.read_bytes()
    assert new.image is not None
    assert b"poison" not in new.image.read_bytes()


def test_a_patch_that_does_not_fit_makes_a_revision_untestable(linux: Path) -> None:
    (linux / "odd.patch").write_text(
        "--- a/header.h\n+++ b/header.h\n@@ -1 +1 @@\n-#define NUMBER 3\n+#define NUMBER 4\n"
    )
    (linux / "kbis.toml").write_text(
        '[linux]\nconfig = "allnoconfig"\n[[linux.backport]]\npatch = "odd.patch"\n'
    )
    session, bisection, _ = started(linux, config=None)
    (facts,) = built(session, bisection, "HEAD~1")
    assert facts.outcome == "failed"
    assert "odd.patch does not apply" in str(facts.error)


def test_a_kernel_without_a_required_option_counts_as_not_built(linux: Path) -> None:
    change(linux, {"symbols": "PRINTK\nKASAN\n"}, "few symbols")
    change(linux, {"symbols": "PRINTK\nKASAN\nNET\n"}, "net")
    fragment = linux.parent / "net.config"
    fragment.write_text("CONFIG_NET=y\n")
    session, bisection, _ = started(linux, fragments=(fragment,), settings={("linux", "require"): ["NET"]})
    with_net, without = built(session, bisection, "HEAD", "HEAD~1")
    assert with_net.outcome == "ok"
    assert without.outcome == "failed"
    assert "CONFIG_NET, which the recipe requires" in str(without.error)


def test_flags_take_precedence_over_the_file(linux: Path) -> None:
    (linux / "kbis.toml").write_text(
        '[linux]\nconfig = "allnoconfig"\n[boot]\nmemory = 300\ncmdline = "quiet"\n'
    )
    session, bisection, _ = started(linux, config=None, settings={("boot", "memory"): 400})
    boot = recorded_inputs(session, bisection).recipe.boot
    assert boot.memory_mib == 400
    assert boot.cmdline.startswith("console=ttyS0 ")
    assert boot.cmdline.endswith(" quiet")


@pytest.mark.parametrize(
    ("config", "content", "said"),
    [
        ("nothere.config", None, "no config nothere.config"),
        ("nosuchconfig", None, "could not be made"),
        ("arm.config", "# Linux/arm64 6.1.0 Kernel Configuration\nCONFIG_NET=y\n", "is for arm64"),
        ("empty.config", "just words\n", "is no config of Linux"),
    ],
)
def test_a_config_that_cannot_be_used_is_refused(
    linux: Path, config: str, content: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(linux)
    if content is not None:
        (linux / config).write_text(content)
    with pytest.raises(UserError, match=said):
        started(linux, config=config)


def test_a_reproducer_that_does_not_compile_is_told_at_the_start(linux: Path) -> None:
    (linux.parent / "repro.c").write_text("int main(void) { return nothing; }\n")
    with pytest.raises(UserError, match=r"repro\.c does not compile: repro\.c:1: .*nothing"):
        started(linux)


def test_without_a_config_the_sentence_says_how_to_name_one(linux: Path) -> None:
    with pytest.raises(UserError, match=r"neither a recipe at .* nor a config") as raised:
        started(linux, config=None)
    assert "--config" in str(raised.value.hint)


def test_a_config_of_another_kernel_is_remarked(linux: Path) -> None:
    strange = "".join(f"CONFIG_STRANGE_{n}=y\n" for n in range(9)) + "CONFIG_NET=y\n"
    (linux / ".config").write_text(strange)
    _, _, said = started(linux, config=None)
    assert "9 of the 10 options" in " ".join(said)


def test_a_clean_build_leaves_nothing_of_an_earlier_one(linux: Path) -> None:
    change(linux, {"Documentation/index.rst": "Other words\n"}, "docs")
    session, bisection, _ = started(linux)
    (code,) = built(session, bisection, "HEAD~1")
    left_over = session.repository.directory / "kbis" / "work" / "0" / "build" / "left over"
    left_over.touch()
    (docs,) = built(session.with_clean_builds(clean=True), bisection, "HEAD")
    assert docs.inputs_of is None
    assert docs.signature == code.signature
    assert not left_over.exists()


def test_what_lies_about_from_an_earlier_bisection_does_not_get_into_the_config(linux: Path) -> None:
    (linux / ".config").write_text("CONFIG_KASAN=y\n")
    started(linux, config=None)
    with pytest.raises(UserError, match="begins with a config that lies about"):
        started(linux, config="olddefconfig")
    session, bisection, _ = started(linux, config="allnoconfig")
    (config,) = recorded_inputs(session, bisection).of("config").values()
    assert b"CONFIG_KASAN=y" not in config


def test_a_required_option_that_the_bad_end_cannot_have_is_told_at_the_start(linux: Path) -> None:
    with pytest.raises(UserError, match="requires NOSUCH"):
        started(linux, settings={("linux", "require"): ["NOSUCH"]})


@pytest.mark.parametrize("argument", ["O=/elsewhere", "KBUILD_OUTPUT=x", "ARCH=arm64", "CC=gcc-9", "-C/"])
def test_what_kbis_says_to_make_itself_is_refused(linux: Path, argument: str) -> None:
    with pytest.raises(UserError, match=r"\[linux\] make must be a list of arguments for make"):
        started(linux, settings={("linux", "make"): [argument]})


def test_a_patch_that_is_not_there_is_named(linux: Path) -> None:
    (linux / "kbis.toml").write_text(
        '[linux]\nconfig = "allnoconfig"\n[[linux.backport]]\npatch = "no.patch"\n'
    )
    with pytest.raises(UserError, match=r"The patch .*no\.patch cannot be read") as raised:
        started(linux, config=None)
    assert raised.value.hint == "Mend its name in the recipe."
