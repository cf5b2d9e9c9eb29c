/* Uses what the seeded bugs lie in: makes a pipe, then names itself; for REPEAT_S seconds, as syzkaller's do. */
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#ifndef REPEAT_S
#define REPEAT_S 0
#endif

int main(void)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	const time_t end = time(NULL) + REPEAT_S;
	char name[16] = "";
	int ends[2];

	do {
		if (pipe(ends) != 0 || close(ends[0]) != 0 || close(ends[1]) != 0)
			perror("pipe");
		if (prctl(PR_SET_NAME, "repro") != 0 || prctl(PR_GET_NAME, name) != 0)
			perror("prctl");
		nanosleep(&pause, NULL);
	} while (time(NULL) < end);
	printf("my name is %s\n", name);
	return 0;
}
