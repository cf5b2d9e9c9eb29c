#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: kallsyms.sh NM [KERNEL]
# Prints the symbol table of a linked kernel as assembly; an empty one without KERNEL.
set -e

printf '\t.section .kallsyms, "a"\n\t.globl kallsyms, kallsyms_count\n\t.align 4\n'
{ if [ -n "$2" ]; then "$1" -n "$2"; fi; } | awk '
	$2 ~ /^[tT]$/ && $3 !~ /^(_stext|_etext)$/ && $1 != last {
		name[count] = $3
		addr[count++] = last = $1
	}
	END {
		printf "kallsyms_count:\n\t.long %d\nkallsyms:\n", count
		for (i = 0; i < count; i++)
			printf "\t.long 0x%s, .Lname%d\n", addr[i], i
		for (i = 0; i < count; i++)
			printf ".Lname%d:\n\t.asciz \"%s\"\n", i, name[i]
	}'
printf '\t.section .note.GNU-stack, "", @progbits\n'
