/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry from a Multiboot 1 loader: flat 32-bit mode, paging and interrupts
 * off, EAX = loader's magic, EBX = address of its information structure.
 */
#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x00000003	/* align modules, tell memory size */
#define STACK_SIZE 16384

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_MAGIC
	.long MULTIBOOT_FLAGS
	.long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.globl _start
_start:
	cld
	mov $stack_top, %esp
	xor %ebp, %ebp		/* ends every stack trace */
	push %ebp
	popf
	push %ebx
	push %eax
	call start_kernel

	.section .bss
	.align 4096
	.globl stack_guard, stack_bottom, stack_top
stack_guard:
	.skip 4096		/* left unmapped */
stack_bottom:
	.skip STACK_SIZE
stack_top:

	.section .note.GNU-stack, "", @progbits
