"""Who may take part, by name."""

from functools import partial

from kbis.bisect.policy import UnknownPolicyError, policy_named
from tests.bench.accuracy.peer_bayesect import GitBayesect
from tests.bench.accuracy.peer_git import GitBisectOnce
from tests.bench.accuracy.peer_robust import RobustGitBisect
from tests.bench.accuracy.players import Entrant
from tests.bench.accuracy.policies import PolicyPlayer

BUILD_BOOTS = 6.0
"""What a build costs, in boots, unless asked otherwise."""

PEERS: dict[str, Entrant] = {
    "git-bisect": GitBisectOnce,
    "robust-git-bisect": RobustGitBisect,
    "git-bayesect": GitBayesect,
}
"""Programs that are not policies of kbis."""

DEFAULT = (
    "git-bisect",
    "git/1",
    "syzkaller-2019/1",
    "syzkaller/1",
    "robust-git-bisect",
    "git-bayesect",
    "bayes/1",
)


def entrant(name: str, build_boots: float = BUILD_BOOTS, check_ends: bool = False) -> Entrant | None:
    """Return who plays under a name: a peer or a policy of kbis; None if there is neither."""
    if name in PEERS:
        return PEERS[name]
    try:
        policy = policy_named(name)
    except UnknownPolicyError:
        return None
    return partial(PolicyPlayer, policy, build_boots=build_boots, check_ends=check_ends)
