"""Examining the machine, the key and the repository: everything a bisection will need."""

import os
import time
from pathlib import Path

import pygit2

from kbis import config as settings
from kbis.errors import KbisError
from kbis.kernel.doctor import examine as examine_machine
from kbis.kernel.finding import Finding
from kbis.kernel.linux.requirements import LinuxWish, is_linux
from kbis.kernel.recipe import BootRecipe, Recipe
from kbis.log import sshsig
from kbis.log.keys import find_signer
from kbis.log.repository import Repository, open_repository
from kbis.log.store import LOG_REF
from kbis.run.opening import ACCELERATION
from kbis.run.session import ask_passphrase, key_settings, open_session, read_trust
from kbis.run.wished_recipe import RECIPE_NAME
from kbis.run.work_directory import work_directory


def examine(directory: Path) -> list[Finding]:
    """Look at the machine, then at the user's key, then at the repository that `directory` lies in.

    Raises:
        KbisError: git's configuration cannot be read.
    """
    config = settings.load(directory)
    try:
        repository: Repository | None = open_repository(directory)
        trouble: KbisError | None = None
    except KbisError as why:
        repository, trouble = None, why
    work = work_directory(repository, config) if repository else config.work or directory
    wish, emulator, unread = _wish(repository)
    findings = examine_machine(work, config.cache / ACCELERATION, emulator, wish)
    findings += unread
    findings.append(_key(config))
    if trouble is not None:
        # Outside any repository the machine can still be examined; one that kbis cannot use is another matter.
        inside = pygit2.discover_repository(str(directory)) is not None
        findings.append(Finding("repository", False, str(trouble), trouble.hint, required=inside))
    if repository is not None:
        findings += [_repository(repository), _trust(repository, config)]
    return findings


def next_command(directory: Path, findings: list[Finding]) -> str:
    """Say what to do next, from what was found; one sentence."""
    by_subject = {each.subject: each for each in findings}
    if not all(each.ok or not each.required for each in findings if each.subject not in ("key", "trust")):
        return "Next: mend what is marked MISS, then kbis doctor again."
    if "trust" not in by_subject:
        return "Next: kbis demo bisects a toy kernel; for your own, run kbis in its git repository."
    key, trust = by_subject["key"], by_subject["trust"]
    if not key.ok or not trust.ok or trust.hint:
        return "Next: kbis key makes the key that signs your events, or lets the one you have count."
    session = open_session(directory, write=False, tell=lambda _: None)
    if session.bisections():
        return "Next: kbis status shows where the bisection stands; kbis run goes on with it."
    top = Path(session.repository.git.workdir or session.repository.git.path)
    if (top / RECIPE_NAME).exists():
        return "Next: kbis start BAD GOOD begins a bisection."
    if is_linux(top):
        config = "" if (top / ".config").is_file() else " --config FILE"
        return f"Next: kbis start BAD GOOD{config} begins a bisection; docs/recipe.md shows what {RECIPE_NAME} can add."
    return (
        f"Next: write {RECIPE_NAME} (docs/recipe.md shows how), then kbis start BAD GOOD; "
        "kbis start BAD GOOD --test-script SCRIPT needs none."
    )


def _wish(repository: Repository | None) -> tuple[LinuxWish | None, str, list[Finding]]:
    """Return what is to be built by the recipe in the work tree, the emulator, and what is wrong with the recipe."""
    top = Path(repository.git.workdir) if repository is not None and repository.git.workdir else None
    plain = BootRecipe().emulator
    if top is None:
        return None, plain, []
    recipe, unread = None, []
    path = top / RECIPE_NAME
    try:
        recipe = Recipe.from_toml(path.read_text(), str(path))
    except FileNotFoundError:
        pass
    except KbisError as why:
        unread = [Finding("recipe", False, str(why), why.hint)]
    except (OSError, UnicodeDecodeError) as why:
        unread = [
            Finding("recipe", False, f"{path} cannot be read: {why}.", "Check the file and its rights.")
        ]
    linux = recipe.linux if recipe is not None else None
    emulator = plain if recipe is None else recipe.boot.emulator
    if linux is None and not is_linux(top):
        return None, emulator, unread
    try:
        config = (top / (linux.config if linux is not None else ".config")).read_text(errors="replace")
    except OSError:
        config = ""
    shell = recipe is not None and recipe.guest is not None and (recipe.test.reproducer or "").endswith(".sh")
    return LinuxWish(linux, config, shell), emulator, unread


def _key(config: settings.Config) -> Finding:
    try:
        found = find_signer(key_settings(config), ask_passphrase)
    except KbisError as why:
        return Finding("key", False, str(why), why.hint)
    return Finding("key", True, f"{found.signer.public.sha256_text}, {found.origin}.")


def _repository(repository: Repository) -> Finding:
    if not os.access(repository.directory, os.W_OK):
        return Finding(
            "repository", False, f"You may not write in {repository.directory}.", "Check its rights."
        )
    here = "holds a log" if LOG_REF in repository.git.references else "holds no log yet"
    return Finding("repository", True, f"{repository.directory} {here}.")


def _trust(repository: Repository, config: settings.Config) -> Finding:
    try:
        trust = read_trust(repository, config)
    except KbisError as why:
        return Finding("trust", False, str(why), why.hint)
    now_s = int(time.time())
    names = sorted(
        {
            each.principals
            for each in trust.signers
            if not trust.revoked.revokes(each.key) and each.refusal(now_s, sshsig.NAMESPACE) is None
        }
    )
    skipped = f" {len(trust.skipped)} lines of the files let nobody sign." if trust.skipped else ""
    said = f"Events of {', '.join(names)} count." if names else "Nobody's events count yet."
    return Finding("trust", True, said + skipped, "" if names else "kbis key lets your own count.")
