/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BUG() and WARN_ON() both execute ud2. What it stood for, and in which line,
 * is in __bug_table, where the invalid opcode trap looks it up.
 */
#ifndef PEBBLE_BUG_H
#define PEBBLE_BUG_H

#include <pebble/types.h>

#define BUGFLAG_WARNING 1
#define BUGFLAG_ONCE 2
#define BUGFLAG_DONE 4

struct bug_entry {
	u32 addr;
	const char *file;
	u16 line;
	u16 flags;
};

/* As an operand, it makes the compiler set up the frame that a trace needs. */
register u32 current_stack_pointer asm("esp");

#define __BUG_FLAGS(bug_flags)						\
	asm volatile("1:\tud2\n"					\
		     "\t.pushsection __bug_table, \"aw\"\n"		\
		     "\t.long 1b, %c[file]\n"				\
		     "\t.word %c[line], %c[flags]\n"			\
		     "\t.popsection"					\
		     : "+r"(current_stack_pointer)			\
		     : [file] "i"(__FILE__), [line] "i"(__LINE__),	\
		       [flags] "i"(bug_flags))

#define BUG() do { __BUG_FLAGS(0); __builtin_unreachable(); } while (0)
#define BUG_ON(cond) do { if (unlikely(cond)) BUG(); } while (0)

#define __WARN_ON(cond, flags) ({					\
	bool __warn = (cond);						\
	if (unlikely(__warn))						\
		__BUG_FLAGS(BUGFLAG_WARNING | (flags));			\
	__warn;								\
})
#define WARN_ON(cond) __WARN_ON(cond, 0)
#define WARN_ON_ONCE(cond) __WARN_ON(cond, BUGFLAG_ONCE)

#endif
