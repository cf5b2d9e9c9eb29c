"""Importing: another tool's log becomes signed events, each fact an event of its own."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pygit2

from kbis.bisect.fold import Bisection, fold
from kbis.bisect.kernels import Trees
from kbis.bisect.policies.syzkaller2019 import RUNS, Syzkaller2019
from kbis.errors import UserError
from kbis.log.attachments import Content
from kbis.log.eventlog import Draft
from kbis.log.kinds import Build, Claim, Conclude, Start, Verdict
from kbis.log.repository import NO_ROOT
from kbis.run.session import Session
from kbis.run.trees import load_trees
from kbis.views.syzbot_read import NotASyzbotLogError, SyzbotLog, Tested, read_syzbot_log
from kbis.views.syzbot_write import origin

MACHINE = "syzbot"


def import_syzbot(session: Session, path: Path) -> Bisection:
    """Record the facts of a bisection log of syzbot as one new bisection, and make it the current one.

    The commits need not be in the repository: a note can be attached to any id.

    Raises:
        UserError: the file cannot be read, or is no such log.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as why:
        raise UserError(f"The log {path} cannot be read: {why.strerror}.", "Check the name.") from why
    try:
        log = read_syzbot_log(text)
    except NotASyzbotLogError as why:
        raise UserError(
            f"{path} is not a bisection log of syzbot: {why}.", "kbis import reads logs of that kind only."
        ) from why
    same = sha256(text.encode("utf-8", "surrogateescape")).digest()
    for known in session.bisections():
        if any(each.sha256 == same for each in known.start.attachments):
            raise UserError(
                f"{path} was imported before, as bisection {known.id.hex()[:12]}.",
                "See it with kbis switch and kbis status.",
            )
    drafts = list(_drafts(log, text.encode("utf-8", "surrogateescape"), _trees(session, log)))
    events = session.log.append(_root(session, log.start), b"", [], drafts)
    bisection = fold(events)
    assert bisection is not None  # noqa: S101 - its start event was just written
    session.make_current(bisection.id)
    return bisection


def _drafts(log: SyzbotLog, text: bytes, trees: Trees) -> Iterator[Draft]:
    start = Start(policy=Syzkaller2019.name, boots=RUNS, good=(), origin=origin(log.direction, log.syzkaller))
    yield Draft(log.start, start, (Content("syzbot-log", text),))
    for tested in log.tested:
        yield from _tested(tested, trees.of.get(tested.revision))
    end = Conclude(
        result="first bad commit" if log.culprit else "not confirmed",
        policy=Syzkaller2019.name,
        candidates=(log.culprit,) if log.culprit else (),
        reason="as the log says" if log.culprit else "the log names no culprit",
        revisions=log.revisions,
        build_ns=log.build_ns,
        boot_ns=log.test_ns,
        total_ns=log.total_ns,
        title=log.crash,
        recipients=log.recipients,
        subject=log.subject,
    )
    yield Draft(log.start, end, (Content("report", log.report),) if log.report else ())


def _tested(tested: Tested, tree: bytes | None) -> Iterator[Draft]:
    def about(data: Claim | Build | Verdict) -> Draft:
        return Draft(tested.revision, data)

    yield about(
        Claim(
            boots=RUNS,
            until=0,
            machine=MACHINE,
            phase=tested.phase,
            left=tested.left,
            steps=tested.steps,
            subject=tested.subject,
        )
    )
    yield about(
        Build(
            outcome="ok" if tested.signature or tested.boots else "failed",
            toolchain=tested.toolchain,
            signature=tested.signature,
            tree=tree,
        )
    )
    yield from (Draft(tested.revision, boot) for boot in tested.boots)
    if tested.verdict in ("good", "bad", "skip"):
        yield about(Verdict(tested.verdict, Syzkaller2019.name, tested.reason))  # type: ignore[arg-type]


def _trees(session: Session, log: SyzbotLog) -> Trees:
    """Read the trees of the tested commits that are here, so that equal ones are known to be one kernel everywhere."""
    git = session.repository.git
    here = [each.revision for each in log.tested if pygit2.Oid(raw=each.revision) in git]
    return load_trees(Path(git.workdir or git.path), here)


def _root(session: Session, start: bytes) -> bytes:
    """Bind the events to the kernel's repository where this is one, else to whatever this is."""
    git = session.repository.git
    if start.hex() in git:
        return session.repository.root(start)
    return NO_ROOT if git.head_is_unborn else session.repository.root(git.head.peel(pygit2.Commit).id.raw)
