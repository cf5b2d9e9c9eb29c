"""A kernel that was built, and one that was not, as the log, the status and syzbot's log tell them."""

from hashlib import sha256

from kbis.bisect.graph import Graph
from kbis.bisect.policies.git1 import Git1
from kbis.bisect.policy import Terrain
from kbis.log.kinds import Build, Claim
from kbis.views.event_text import event_line
from kbis.views.status import status_of, status_text
from kbis.views.syzbot_write import write_syzbot_log
from tests.facts import Facts, oid

SIGNATURE = sha256(b"kernel").digest()
KERNEL, COMMIT = SIGNATURE.hex()[:12], oid("bad").hex()[:12]


def facts() -> Facts:
    made = Facts(check_ends=False)
    made.add("bad", Build("ok", "gcc 12", SIGNATURE, duration_ns=42_000_000_000))
    made.add("a", Claim(4, 0, "here", "bisect"))
    made.add("a", Build("ok", "gcc 12", SIGNATURE, duration_ns=40_000_000, inputs_of=oid("bad")))
    return made


def test_a_build_is_told_with_its_time() -> None:
    assert event_line(facts().events[1]).endswith(f": ok, kernel {KERNEL} in 42 s with gcc 12")


def test_a_kernel_that_was_not_built_is_told_with_the_commit_whose_build_it_is() -> None:
    said = f": ok, kernel {KERNEL} of {COMMIT}: no file that its build read differs"
    assert event_line(facts().events[3]).endswith(said)


def test_the_status_counts_what_was_built_and_what_needed_no_build() -> None:
    graph = Graph.of([(oid("a"), 1, [oid("good")]), (oid("bad"), 2, [oid("a")])])
    text = status_text(status_of(facts().state(), Git1(), Terrain(graph)), lambda _: "", {})
    assert "So far 1 build (42 s), 0 boots, 1 build not needed\n" in text


def test_syzbots_log_says_whose_build_it_is() -> None:
    said = f"not built: no file that the build of {oid('bad').hex()} read differs"
    lines = list(write_syzbot_log(facts().state()))
    assert lines[lines.index(f"kernel signature: {SIGNATURE.hex()}") + 1] == said
