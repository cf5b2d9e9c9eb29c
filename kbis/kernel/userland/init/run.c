#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

#define SETTLE_MS 200
#define LEFTOVERS_MS 500
#define ENDED_AT_LIMIT 124	/* as timeout(1) has it */

static char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "TERM=linux", "LANG=C", NULL,
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

/* Wait for a child to end, or for some time. */
static void wait_ms(long time_ms)
{
	struct timespec time = { .tv_sec = time_ms / 1000, .tv_nsec = time_ms % 1000 * 1000000L };
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigtimedwait(&children, NULL, &time);
}

static void become_reproducer(const struct settings *settings, int failed)
{
	sigset_t none;
	int fd;

	if (settings->root[0] && (chroot(ROOT_DIR) != 0 || chdir("/") != 0))
		goto cannot;
	setsid();
	if (chdir("/tmp") != 0 && chdir("/") != 0)
		goto cannot;
	fd = open("/dev/null", O_RDONLY);
	if (fd >= 0)
		dup2(fd, 0);
	fd = open("/dev/console", O_WRONLY | O_NOCTTY);
	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
	}
	for (fd = 3; fd < 64; fd++)
		if (fd != failed)
			close(fd);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGALRM, SIG_DFL);
	execve(settings->run[0], settings->run, environment);
cannot:
	if (write(failed, &errno, sizeof(errno)) < 0)
		_exit(126);
	_exit(127);
}

/* Reap whatever has ended; says whether the reproducer was among it. */
static int reap(pid_t reproducer, int *status)
{
	int ended = 0, how;
	pid_t child;

	while ((child = waitpid(-1, &how, WNOHANG)) > 0)
		if (child == reproducer) {
			*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
			ended = 1;
		}
	return ended;
}

/* 0 when it has ended, with its exit status; -1 when it could not be run at all. */
int run_reproducer(const struct settings *settings, int *status)
{
	int failed[2], why = 0, over = 0;
	long end_ms = now_ms() + settings->limit_s * 1000;
	sigset_t children;
	pid_t child;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	if (pipe2(failed, O_CLOEXEC) != 0 || (child = fork()) < 0) {
		say("kbis: the reproducer cannot be started: %s\n", strerror(errno));
		return -1;
	}
	if (child == 0)
		become_reproducer(settings, failed[1]);
	close(failed[1]);
	if (read(failed[0], &why, sizeof(why)) == sizeof(why)) {
		say("kbis: %s cannot be run: %s\n", settings->run[0], strerror(why));
		console_drain();
		return -1;
	}
	close(failed[0]);
	while (!reap(child, status)) {
		if (settings->limit_s && !over && now_ms() >= end_ms) {
			over = 1;
			kill(-1, SIGKILL);
		}
		/* A process that cannot be killed hangs in the kernel: that is for the host to see. */
		wait_ms(settings->limit_s && !over ? end_ms - now_ms() + 1 : 1000);
	}
	if (over)
		*status = ENDED_AT_LIMIT;
	return 0;
}

static void pause_ms(long time_ms)
{
	long end_ms = now_ms() + time_ms;
	int status;

	while (now_ms() < end_ms) {
		wait_ms(end_ms - now_ms());
		reap(0, &status);
	}
}

/* Give delayed work of the kernel its time to speak; end what the reproducer left behind, whose end may speak too. */
void settle(void)
{
	long end_ms;
	int status;

	pause_ms(SETTLE_MS);
	if (waitpid(-1, &status, WNOHANG) < 0)
		return;
	kill(-1, SIGKILL);
	end_ms = now_ms() + LEFTOVERS_MS;
	while (now_ms() < end_ms && waitpid(-1, &status, WNOHANG) >= 0)
		wait_ms(10);
	pause_ms(SETTLE_MS);
}
