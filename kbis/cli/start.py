"""`kbis start`: begin a bisection."""

from pathlib import Path
from typing import Annotated

import typer

from kbis.bisect.policy import DEFAULT_POLICY
from kbis.cli.context import context_of
from kbis.cli.output import note, say

LINUX, MACHINE = "Linux", "Machine"


def start(
    ctx: typer.Context,
    bad: Annotated[str, typer.Argument(metavar="BAD", help="A revision that shows the crash.")],
    goods: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="GOOD",
            help="Revisions before it that do not. [default: release tags are tried, newest first]",
        ),
    ] = None,
    recipe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The recipe. [default: kbis.toml]")
    ] = None,
    reproducer: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The reproducer, in place of the recipe's.")
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|TARGET",
            help="The config: a file, or a target of make such as defconfig. [default: the recipe's, or .config]",
            rich_help_panel=LINUX,
        ),
    ] = None,
    fragment: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Lines that take precedence over the config.", rich_help_panel=LINUX
        ),
    ] = None,
    arch: Annotated[
        str | None, typer.Option(metavar="ARCH", help="x86_64, arm64, ...", rich_help_panel=LINUX)
    ] = None,
    cross_compile: Annotated[
        str | None, typer.Option(metavar="PREFIX", help="Such as aarch64-linux-gnu-.", rich_help_panel=LINUX)
    ] = None,
    llvm: Annotated[
        str | None, typer.Option(metavar="1|-N", help="Build with clang and lld.", rich_help_panel=LINUX)
    ] = None,
    cc: Annotated[
        str | None,
        typer.Option(metavar="PROGRAM", help="The compiler, such as gcc-12.", rich_help_panel=LINUX),
    ] = None,
    make: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="More arguments for make.", rich_help_panel=LINUX),
    ] = None,
    disk: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A disk image whose userland the reproducer runs in.", rich_help_panel=LINUX
        ),
    ] = None,
    cmdline: Annotated[
        str | None, typer.Option(metavar="WORDS", help="The kernel's command line.", rich_help_panel=MACHINE)
    ] = None,
    machine: Annotated[
        str | None, typer.Option(metavar="TYPE", help="QEMU's machine type.", rich_help_panel=MACHINE)
    ] = None,
    memory: Annotated[
        int | None, typer.Option(metavar="MIB", min=1, help="Memory of the guest.", rich_help_panel=MACHINE)
    ] = None,
    cpus: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processors of the guest.", rich_help_panel=MACHINE)
    ] = None,
    qemu: Annotated[
        list[str] | None,
        typer.Option(metavar="ARGUMENT", help="More arguments for QEMU.", rich_help_panel=MACHINE),
    ] = None,
    boot_timeout: Annotated[
        int | None,
        typer.Option(metavar="S", min=1, help="Seconds until a boot is ended.", rich_help_panel=MACHINE),
    ] = None,
    build_timeout: Annotated[
        int | None,
        typer.Option(metavar="S", min=1, help="Seconds until a build is given up.", rich_help_panel=LINUX),
    ] = None,
    test_script: Annotated[
        Path | None,
        typer.Option(
            metavar="SCRIPT",
            help="Test with a program on this machine, with the exit codes of git bisect run, in place of a recipe.",
        ),
    ] = None,
    policy: Annotated[
        str, typer.Option(metavar="NAME", help="The rule that judges and plans.")
    ] = DEFAULT_POLICY,
    boots: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=1000,
            help="Boots a revision; with bayes/1, which decides that itself, boots of BAD that must all pass before it "
            "ends as not reproduced. [default: the policy's; bayes/1: 100]",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(metavar="TITLE", help="The crash to hunt. [default: learned at the bad end]"),
    ] = None,
    check_ends: Annotated[bool, typer.Option(help="Test both ends before the search.")] = True,
    title: Annotated[str | None, typer.Option(metavar="WORDS", help="A few words to know it by.")] = None,
) -> None:
    """Begin a bisection between bad and good revisions.

    The recipe (how to build and boot) and the reproducer are recorded with it, so that a teammate needs nothing else.
    In a Linux tree a config and a reproducer are enough; the flags take precedence over what the recipe says.
    """
    from kbis.run.starting import begin
    from kbis.run.wish import Wish
    from kbis.views.plain import short
    from kbis.views.policy_text import boots_words, terms_words

    session = context_of(ctx).session(write=True)
    settings = {
        ("linux", "arch"): arch,
        ("linux", "cross_compile"): cross_compile,
        ("linux", "llvm"): llvm,
        ("linux", "cc"): cc,
        ("linux", "make"): make,
        ("guest", "disk"): None if disk is None else str(disk.absolute()),
        ("boot", "cmdline"): cmdline,
        ("boot", "machine"): machine,
        ("boot", "memory"): memory,
        ("boot", "cpus"): cpus,
        ("boot", "qemu"): qemu,
        ("boot", "timeout"): boot_timeout,
    }
    wish = Wish(
        bad,
        tuple(goods or ()),
        recipe=recipe,
        reproducer=reproducer,
        policy=policy,
        boots=boots,
        target=target,
        check_ends=check_ends,
        title=title,
        script=test_script,
        config=config,
        fragments=tuple(fragment or ()),
        settings={place: value for place, value in settings.items() if value not in (None, [])},
        build_timeout_s=build_timeout,
    )
    bisection = begin(session, wish, note)
    terms = bisection.terms
    verb = "are" if len(goods or []) > 1 else "is"
    good = (
        f"{', '.join(goods)} {verb} good" if goods else "the newest release without the crash is to be found"
    )
    say(f"Bisection {short(bisection.id)} begins: {bad} is bad, {good}.")
    said = [f"Policy {terms_words(terms.policy, terms.boots)}.", boots_words(terms.policy, terms.boots)]
    say(" ".join(filter(None, said)))
    note("Next: kbis run carries it to its end, kbis step tests one revision.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(start)
