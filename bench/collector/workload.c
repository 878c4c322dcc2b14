/*
 * What a person runs, as far as a meter of it is concerned: a process that uses some CPU all the
 * time, and has as many mappings as it is told. Usage: workload [FILE PIECES PIECE_KIB].
 *
 * The pieces are of one file that all workloads share, so that a thousand of them fit a small
 * machine; they are mapped with rights that differ in turn, else the kernel would make one of them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define PAUSE_NSEC 500000000
#define TURNS	   30000 /* 10 to 30 us */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void map_pieces(const char *path, long count, size_t size)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(path);
	for (long i = 0; i < count; i++) {
		int rights = i % 2 ? PROT_READ : PROT_READ | PROT_WRITE;

		if (mmap(NULL, size, rights, MAP_SHARED | MAP_POPULATE, fd, i * (off_t)size) ==
			MAP_FAILED)
			die("mmap");
	}
}

int main(int argc, char **argv)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NSEC};

	if (argc == 4)
		map_pieces(argv[1], strtol(argv[2], NULL, 10),
			(size_t)strtol(argv[3], NULL, 10) << 10);
	for (;;) {
		for (volatile int i = 0; i < TURNS; i++)
			;
		(void)nanosleep(&pause, NULL); /* woken early it ticks early */
	}
}
