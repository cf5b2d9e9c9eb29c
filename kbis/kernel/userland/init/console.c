#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

#define PATIENCE_MS 2000

static int console = -1;

static void interrupted(int signal)
{
	(void)signal;
}

static int open_writable(const char *path)
{
	return open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

void console_open(void)
{
	struct sigaction action;

	/* Without SA_RESTART, so that an alarm ends a wait for the console. */
	memset(&action, 0, sizeof(action));
	action.sa_handler = interrupted;
	sigaction(SIGALRM, &action, NULL);
	console = open_writable("/dev/console");
}

/* Returns how much the console took before it stopped taking anything, as a stopped terminal does. */
static size_t to_console(const char *text, size_t length)
{
	struct pollfd ready = { .fd = console, .events = POLLOUT };
	size_t at = 0;
	ssize_t wrote;

	while (console >= 0 && at < length) {
		wrote = write(console, text + at, length - at);
		if (wrote > 0)
			at += wrote;
		else if (wrote < 0 && errno == EINTR)
			continue;
		else if (wrote < 0 && errno != EAGAIN)
			break;
		else if (poll(&ready, 1, PATIENCE_MS) <= 0)
			break;
	}
	return at;
}

/* The kernel prints a line that is written here, whatever became of the terminal; without its end it would wait. */
static void to_kernel_log(const char *text, size_t length)
{
	int log = open_writable("/dev/kmsg");
	ssize_t wrote;

	if (log < 0)
		return;
	if (text[0] == '\n') {
		text++;
		length--;
	}
	wrote = write(log, text, length);
	(void)wrote; /* there is no other place left to say so */
	close(log);
}

void say(const char *format, ...)
{
	char text[2 * LINE_SIZE];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof(text))
		length = sizeof(text) - 1;
	if (console >= 0)
		tcflow(console, TCOON);
	if (to_console(text, length) < (size_t)length)
		to_kernel_log(text, length);
}

void console_drain(void)
{
	struct itimerval patience = { .it_value = { .tv_sec = PATIENCE_MS / 1000 } };
	struct itimerval none = { .it_value = { .tv_sec = 0 } };

	if (console < 0)
		return;
	setitimer(ITIMER_REAL, &patience, NULL);
	tcdrain(console);
	setitimer(ITIMER_REAL, &none, NULL);
}
