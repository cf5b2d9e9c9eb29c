// SPDX-License-Identifier: Apache-2.0
/* The command line: words, and name=value pairs, divided by blanks. */
#include <pebble/init.h>
#include <pebble/string.h>

/* What follows the name in the word that starts with it, or NULL. */
static const char *find_param(const char *name)
{
	const char *word = boot_info.cmdline;
	size_t len = strlen(name);

	while (*word) {
		if (!strncmp(word, name, len) &&
		    (!word[len] || word[len] == ' ' || word[len] == '='))
			return word + len;
		word = strchr(word, ' ');
		if (!word)
			break;
		word++;
	}
	return NULL;
}

s32 param_int(const char *name, s32 otherwise)
{
	const char *rest = find_param(name);

	if (!rest || *rest != '=')
		return otherwise;
	return simple_strtol(rest + 1, NULL);
}

bool param_set(const char *name)
{
	return find_param(name) != NULL;
}
