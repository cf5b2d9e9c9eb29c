"""Running guests with KVM where it serves: what does not come up with it is run again in emulation before it counts.

The probe (`kbis.kernel.probe`) runs the smallest guest only, and a user may skip it; that a kernel can run here with
KVM is known once it did. Until then a boot that never comes up may be KVM's fault, and only the one in emulation
counts.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from kbis.kernel.boot import BootFacts, boot
from kbis.kernel.qemu import Accelerator
from kbis.kernel.recipe import BootRecipe
from kbis.kernel.side_by_side import Stop

USELESS = "KVM is not used: a kernel that came up in emulation did not come up with it."


class Guests:
    """Boots images, with KVM as long as it is of use; may be called from several threads.

    Args:
        accelerator: What is tried first.
        rejected: Is told, once, when KVM is given up for the rest of this process.
        scratch: Where boots may have a directory of their own.
    """

    def __init__(
        self, accelerator: Accelerator, rejected: Callable[[str], None], scratch: Path | None = None
    ) -> None:
        self._accelerator = accelerator
        self._rejected = rejected
        self._scratch = scratch
        self._came_up: set[Path] = set()
        self._lock = threading.Lock()

    def boot(
        self, recipe: BootRecipe, image: Path, initrd: Path | None, stop: Stop | None = None
    ) -> BootFacts:
        """Boot an image, and once more in emulation where KVM may be to blame for what was seen.

        Raises:
            InfraError: the emulator is not installed or could not be started.
            StoppedError: the stop was said.
        """
        accelerator = self._accelerator
        facts = boot(recipe, image, initrd, accelerator, scratch=self._scratch, stop=stop)
        if accelerator == "tcg":
            return facts
        if came_up(facts, recipe):
            self._came_up.add(image)
            return facts
        if image in self._came_up:
            return facts
        again = boot(recipe, image, initrd, "tcg", scratch=self._scratch, stop=stop)
        if came_up(again, recipe):
            self._reject()
        return again

    def _reject(self) -> None:
        with self._lock:
            if self._accelerator == "kvm":
                self._accelerator = "tcg"
                self._rejected(USELESS)


def came_up(facts: BootFacts, recipe: BootRecipe) -> bool:
    """Tell whether a guest got as far as the recipe's mark of a running system, or its sign of success."""
    seen = (facts.ready_at, facts.done_at, facts.success_at)
    if any(each is not None for each in seen):
        return True
    wanted = recipe.success_exit
    return facts.ending == "debug-exit" and wanted is not None and facts.status == 2 * wanted + 1
