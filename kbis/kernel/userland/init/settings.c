#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init.h"

#define TEXT_SIZE (256 * 1024)

static char text[TEXT_SIZE];

static void read_file(const char *path, char *into, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got;

	if (fd >= 0) {
		while (length < size - 1 && (got = read(fd, into + length, size - 1 - length)) > 0)
			length += got;
		close(fd);
	}
	into[length] = '\0';
}

static void copy(char *into, const char *value)
{
	snprintf(into, LINE_SIZE, "%s", value);
}

static void one_setting(struct settings *settings, const char *key, char *value, int *runs)
{
	if (!strcmp(key, "ready"))
		copy(settings->ready, value);
	else if (!strcmp(key, "done"))
		copy(settings->done, value);
	else if (!strcmp(key, "root"))
		copy(settings->root, value);
	else if (!strcmp(key, "shell"))
		settings->shell = 1;
	else if (!strcmp(key, "limit"))
		settings->limit_s = atol(value);
	else if (!strcmp(key, "run") && *runs < RUN_LIMIT)
		settings->run[(*runs)++] = value;
}

/* kbis.root=DEVICE on the kernel's command line chooses one of several disks or partitions. */
static void read_command_line(struct settings *settings)
{
	static char line[LINE_SIZE];
	char *word, *rest;

	read_file("/proc/cmdline", line, sizeof(line));
	for (word = strtok_r(line, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
		if (!strncmp(word, "kbis.root=", 10))
			copy(settings->root, word + 10);
}

void settings_read(struct settings *settings)
{
	char *line, *rest, *space;
	int runs = 0;

	read_file(KBIS_DIR "/settings", text, sizeof(text));
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		space = strchr(line, ' ');
		if (space) {
			*space = '\0';
			one_setting(settings, line, space + 1, &runs);
		}
	}
	if (settings->root[0])
		read_command_line(settings);
}
