// SPDX-License-Identifier: Apache-2.0
/*
 * The program: one system call a line, its name and up to three arguments,
 * each a number or a word. "#" starts a comment. The program goes on after a
 * call that failed; "exit N" ends it early.
 */
#include <pebble/init.h>
#include <pebble/mm.h>
#include <pebble/printk.h>
#include <pebble/string.h>
#include <pebble/syscall.h>

#define LINE_MAX 128
#define WORDS_MAX (1 + SYSCALL_ARGS)

static bool exiting;
static int exit_status;

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int split_words(char *line, char *words[WORDS_MAX])
{
	int count = 0;

	while (count < WORDS_MAX) {
		while (is_blank(*line))
			line++;
		if (!*line || *line == '#')
			break;
		words[count++] = line;
		while (*line && !is_blank(*line))
			line++;
		if (*line)
			*line++ = '\0';
	}
	return count;
}

static u32 parse_argument(const char *word)
{
	const char *end;
	s32 number = simple_strtol(word, &end);

	return *end ? (u32)word : (u32)number;
}

static s32 syscall_number(const char *name)
{
	const struct syscall *call;

	for (call = __syscalls_start; call < __syscalls_end; call++)
		if (!strcmp(call->name, name))
			return call - __syscalls_start;
	return -ENOSYS;
}

static long invoke(u32 number, const u32 args[SYSCALL_ARGS])
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(number), "b"(args[0]), "c"(args[1]), "d"(args[2])
		     : "memory");
	return result;
}

static void show_call(char *words[WORDS_MAX], int count, long result)
{
	int i;

	printk("repro[1]:");
	for (i = 0; i < count; i++)
		printk(" %s", words[i]);
	printk(" = %d\n", (int)result);
}

static void run_line(char *line)
{
	char *words[WORDS_MAX];
	u32 args[SYSCALL_ARGS] = { 0 };
	int count = split_words(line, words);
	long result;
	int i;

	if (!count)
		return;
	for (i = 1; i < count; i++)
		args[i - 1] = parse_argument(words[i]);
	result = invoke(syscall_number(words[0]), args);
	if (param_set("strace"))
		show_call(words, count, result);
}

int run_program(const char *text, u32 len)
{
	char line[LINE_MAX];
	u32 used = 0, i;

	for (i = 0; i <= len && !exiting; i++) {
		if (i < len && text[i] && text[i] != '\n') {
			if (used < LINE_MAX - 1)
				line[used++] = text[i];
			continue;
		}
		line[used] = '\0';
		run_line(line);
		used = 0;
	}
	return exit_status;
}

static long sys_exit(u32 status, u32 b, u32 c)
{
	exiting = true;
	exit_status = status;
	return 0;
}
SYSCALL(exit, sys_exit);
