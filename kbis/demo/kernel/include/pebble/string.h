/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEBBLE_STRING_H
#define PEBBLE_STRING_H

#include <pebble/types.h>

void *memset(void *dest, int c, size_t n);
void *memcpy(void *dest, const void *src, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

/* Copies at most size - 1 bytes and always ends the string. */
size_t strscpy(char *dest, const char *src, size_t size);

/* Decimal, or hexadecimal after 0x; stores where the number ended. */
s32 simple_strtol(const char *s, const char **end);

#endif
