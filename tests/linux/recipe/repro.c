/* Uses what the seeded bugs lie in: makes a pipe, then names itself. */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void)
{
	int ends[2];
	char name[16] = "";

	if (pipe(ends) != 0)
		perror("pipe");
	if (prctl(PR_SET_NAME, "repro") != 0 || prctl(PR_GET_NAME, name) != 0)
		perror("prctl");
	printf("my name is %s\n", name);
	return 0;
}
