/* SPDX-License-Identifier: Apache-2.0 */
/* Traps and system calls: save registers as struct pt_regs, call C, return. */

	.text

	.macro TRAP nr, has_error=0
.Ltrap_\nr:
	.if !\has_error
	push $0
	.endif
	push $\nr
	jmp asm_common_trap
	.endm

	TRAP 0
	TRAP 1
	TRAP 2
	TRAP 3
	TRAP 4
	TRAP 5
	TRAP 6
	TRAP 7
	TRAP 8, 1
	TRAP 9
	TRAP 10, 1
	TRAP 11, 1
	TRAP 12, 1
	TRAP 13, 1
	TRAP 14, 1
	TRAP 15
	TRAP 16
	TRAP 17, 1
	TRAP 18
	TRAP 19

	.globl asm_common_trap
asm_common_trap:
	pusha
	cld
	push %esp
	call do_trap
	add $4, %esp
	popa
	add $8, %esp		/* trapnr, error_code */
	iret

	.globl entry_INT80_32
entry_INT80_32:
	push $0
	push $0x80
	pusha
	cld
	push %esp
	xor %ebp, %ebp		/* what called us is "user" code */
	call do_int80_syscall_32
	add $4, %esp
	popa			/* eax: the result, stored by C */
	add $8, %esp
	iret

	.section .rodata
	.globl trap_entries
trap_entries:
	.irp nr, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19
	.long .Ltrap_\nr
	.endr

	.section .note.GNU-stack, "", @progbits
