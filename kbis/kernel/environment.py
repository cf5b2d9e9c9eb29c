"""The environment that our child processes get: fixed where it could change a result, inherited where it must be.

No setting of kbis is read here (`kbis.config` does that); this only passes on what the tools themselves need.
"""

import os
from collections.abc import Mapping

BUILD_KEEPS = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
"""What a build may inherit: enough to find its tools, nothing that steers them."""

TRANSPORT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT")
"""How git reaches a remote (git(1)): a checkout in a partial clone fetches what it lacks, as the user would."""

EPOCH_S = 0
"""The time stamp of every build, seconds since 1970 (reproducible-builds.org, SOURCE_DATE_EPOCH)."""

# Documentation/kbuild/reproducible-builds.rst in the kernel tree names the KBUILD_ ones; an empty LOCALVERSION
# keeps scripts/setlocalversion from adding a "+" to the release of an untagged commit.
FIXED_FOR_BUILDS = {
    "KBUILD_BUILD_HOST": "kbis",
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
    "KBUILD_BUILD_USER": "kbis",
    "KBUILD_BUILD_VERSION": "1",
    "LC_ALL": "C",
    "LOCALVERSION": "",
    "SOURCE_DATE_EPOCH": str(EPOCH_S),
    "TZ": "UTC",
}


def for_tools(inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of git, QEMU and other tools: the user's own, in plain C messages, without what steers git."""
    given = os.environ if inherited is None else inherited
    kept = {n: v for n, v in given.items() if n in TRANSPORT or not n.startswith(("GIT_", "LC_"))}
    # Our messages are matched by text, so they must not be translated; a prompt would wait for ever.
    return kept | {"LC_ALL": "C", "LANGUAGE": "", "GIT_TERMINAL_PROMPT": "0"}


def for_builds(inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a build: only what finds the tools is inherited, all else is the recipe's or fixed."""
    given = os.environ if inherited is None else inherited
    kept = {n: v for n, v in given.items() if n in BUILD_KEEPS or n.startswith("CCACHE_")}
    return kept | FIXED_FOR_BUILDS
