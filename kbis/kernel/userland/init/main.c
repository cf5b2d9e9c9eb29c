#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"

#define CONSOLE_LEVEL 8		/* syslog(2), SYSLOG_ACTION_CONSOLE_LEVEL */
#define EVERY_MESSAGE 8

static struct settings settings;

static void link_shell(void)
{
	static char *const install[] = { "busybox", "--install", "-s", "/bin", NULL };
	pid_t child = fork();

	if (child == 0) {
		execv(KBIS_DIR "/busybox", install);
		_exit(127);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

int main(void)
{
	int status = 0;

	mount_system("");
	console_open();
	klogctl(CONSOLE_LEVEL, NULL, EVERY_MESSAGE);
	settings_read(&settings);
	loopback_up();
	if (settings.shell)
		link_shell();
	if (settings.root[0] && mount_root(settings.root) != 0)
		end_machine(EXIT_NO_ROOT);
	say("%s\n", settings.ready);
	console_drain();
	if (settings.run[0] && run_reproducer(&settings, &status) != 0)
		end_machine(EXIT_NOT_RUN);
	settle();
	/* The reproducer may have left an unfinished line. */
	say("\n%s status=%d\n", settings.done, status);
	console_drain();
	end_machine(EXIT_DONE);
}
