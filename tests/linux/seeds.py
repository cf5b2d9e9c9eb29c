"""What is wrong in the synthetic history: the bug that is hunted, another crash, and a stretch that does not compile.

Each is put before a line that Linux has had for years. The dice are the processor's time stamp counter, thrown once a
boot: it has the bug then or has not, however long the reproducer runs.
"""

from collections.abc import Mapping

from tests.linux.edits import Edit

BUG_PERCENT = 40
"""How often a boot shows the bug that is hunted."""

NOISE_PERCENT = 8
"""How often a boot shows the other crash, where the history has it."""

BUG_TITLE = "BUG: unable to handle kernel NULL pointer dereference in comm_hint_record"
NOISE_TITLE = "kernel BUG in pipe_check_quota"

_DICE = """\
#include <linux/timex.h>

static noinline bool {name}_unlucky(void)
{{
	static unsigned long thrown;

	if (!thrown)
		thrown = 1 + (random_get_entropy() * 0x9E3779B97F4A7C15ULL >> 40) % 100;
	return thrown <= {percent};
}}

"""


def bug(number: int) -> Edit:
    """Naming a thread looks at a list that is empty, and now and then forgets to check that."""
    helper = """\
struct comm_hint {
	struct comm_hint *next;
	unsigned long uses;
};

static struct comm_hint *comm_hints;

static noinline void comm_hint_record(void)
{
	struct comm_hint *hint = READ_ONCE(comm_hints);

	if (!hint && !comm_hint_unlucky())
		return;
	WRITE_ONCE(hint->uses, hint->uses + 1);
}

"""
    helper = _DICE.format(name="comm_hint", percent=BUG_PERCENT) + helper
    call = ("\t\tset_task_comm(me, comm);\n", "\t\tcomm_hint_record();\n")
    return Edit(number, "kernel/sys.c", "seed", (("SYSCALL_DEFINE5(prctl,", helper), call))


def noise(number: int) -> Edit:
    """Making a pipe now and then finds its count wrong: another crash, on the reproducer's way to the bug."""
    helper = """\
static noinline void pipe_check_quota(void)
{
	BUG_ON(pipe_unlucky());
}

"""
    helper = _DICE.format(name="pipe", percent=NOISE_PERCENT) + helper
    call = ("\terror = __do_pipe_flags(", "\tpipe_check_quota();\n")
    return Edit(number, "fs/pipe.c", "seed", (("static int do_pipe2(", helper), call))


def breakage(number: int) -> Edit:
    """A variable that nobody declared."""
    line = ("\tva_copy(aq, ap);\n", "\tfirst = kasprintf_reserve;\n")
    return Edit(number, "lib/kasprintf.c", "seed", (line,))


def plant(word: str, number: int, before: Mapping[str, Edit]) -> Edit:
    """The edit that plants or takes back.

    Args:
        word: What: bug, noise, quiet (no more noise), broken, repaired.
        number: Of the commit.
        before: What was planted before, by word.
    """
    match word:
        case "bug":
            return bug(number)
        case "noise":
            return noise(number)
        case "broken":
            return breakage(number)
    seed = before["noise" if word == "quiet" else "broken"]
    return Edit(number, seed.path, "seed", undoes=seed.number)
