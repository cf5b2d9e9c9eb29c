/* kbis's init: the first program of a guest. It runs one reproducer, says so on the console, and ends the machine. */
#ifndef KBIS_INIT_H
#define KBIS_INIT_H

#define KBIS_DIR "/kbis"
#define ROOT_DIR "/kbis-root"

#define LINE_SIZE 4096
#define RUN_LIMIT 80

/* Read from /kbis/settings: lines of a key, a space, a value. */
struct settings {
	char ready[LINE_SIZE];	/* the markers of the recipe */
	char done[LINE_SIZE];
	char root[LINE_SIZE];	/* a block device, "auto", or "" for none */
	int shell;		/* /kbis/busybox is to be linked as the guest's shell */
	long limit_s;		/* 0: none */
	char *run[RUN_LIMIT + 1];	/* the command, NULL-ended; none when booting is the test */
};

void settings_read(struct settings *settings);

/* devices.c */
void mount_system(const char *root);
void make_block_nodes(void);
void loopback_up(void);

/* console.c */
void console_open(void);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void console_drain(void);

/* disk.c: 0 when the disk's root is mounted at ROOT_DIR, with KBIS_DIR at the same place as `place` in it */
#define PLACE_IN_ROOT "/tmp/kbis"
int mount_root(const char *wanted);

/* run.c */
int run_reproducer(const struct settings *settings, int *status);
void settle(void);

/* power.c */
#define EXIT_DONE 0x20
#define EXIT_NO_ROOT 0x21
#define EXIT_NOT_RUN 0x22
void end_machine(int code) __attribute__((noreturn));

#endif
