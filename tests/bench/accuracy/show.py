"""Show one trial move by move: `python -m tests.bench.accuracy.show POLICY CELL TRIAL`.

The options of the benchmark may follow: --graph, --range, --seed. A trial that the report's trials.jsonl names is
played again as it was.
"""

import sys

from tests.bench.accuracy.ground import Ground
from tests.bench.accuracy.players import Accuse, Leaning, Player, TryRevision
from tests.bench.accuracy.trial import play
from tests.bench.accuracy.world import Shown, World


class Narrated:
    """A player whose moves are printed, runs of boots of one revision on a line."""

    def __init__(self, player: Player, world: World) -> None:
        self._player, self._world = player, world
        self._last: bytes | None = None

    def move(self) -> TryRevision | Accuse:
        """Pass on the player's move."""
        move = self._player.move()
        if isinstance(move, TryRevision):
            if move.revision != self._last:
                at = self._world.ground.position.get(move.revision)
                has = "has the bug" if at is not None and self._world.with_bug[at] else "has not"
                print(
                    f"\n{at if at is not None else 'good end':>8} {move.revision.hex()[:12]} {has:11}", end=""
                )
            self._last = move.revision
            return move
        places = [self._world.ground.position.get(each) for each in move.commits[:20]]
        sure = "" if move.stated is None else f", sure to {move.stated:.4f}"
        print(f"\n{move.result}: {places}{sure}")
        return move

    def built(self, revision: bytes, ok: bool) -> None:
        """Pass it on."""
        print("" if ok else " does not build", end="")
        self._player.built(revision, ok)

    def booted(self, revision: bytes, shown: Shown) -> None:
        """Pass it on."""
        print(f" {shown}", end="")
        self._player.booted(revision, shown)

    def leaning(self) -> Leaning | None:
        """Pass it on, and print it."""
        found = self._player.leaning()
        if found is not None:
            print(f" (leans to {self._world.ground.position.get(found.commit)}: {found.chance:.3f})", end="")
        return found


def main(arguments: list[str]) -> int:
    """Show the trial; return the exit status."""
    from tests.bench.accuracy.__main__ import parse, plan

    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    policy, cell, trial, *rest = arguments
    planned = plan(parse(["--policies", policy, "--cells", cell, *rest]))
    ground: Ground = planned.grounds[0]
    world = World(ground, planned.cells[0], planned.seed, int(trial))
    print(f"{ground.name}, {len(ground)} candidates; the first bad commit is number {world.culprit}")
    played = play(world, Narrated(planned.entrants[policy](ground), world))
    print(f"{'right' if played.right else 'wrong'}: {played.boots} boots, {played.builds} builds")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
