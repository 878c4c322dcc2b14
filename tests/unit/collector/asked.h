/*
 * A program that a source has asked somebody: it writes a line into DIR/asked each time, and is the
 * only child of the test.
 */
#ifndef TESTS_UNIT_COLLECTOR_ASKED_H
#define TESTS_UNIT_COLLECTOR_ASKED_H

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "collector/meter/meter.h"

static inline size_t asked_times(const char *directory)
{
	char path[160], line[512];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/asked", directory);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		n++;
	if (file)
		fclose(file);
	return n;
}

/* Whether it runs, or ended and nobody took that in yet. */
static inline bool asked_is_running(void)
{
	siginfo_t info = {0};

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* What is asked is answered, and so is what is asked because of that. */
static inline void asked_answers_come(struct meter *meter)
{
	struct pollfd pfd = {.fd = meter_event_fd(meter), .events = POLLIN};

	while (asked_is_running()) {
		assert_int_equal(poll(&pfd, 1, 30000), 1);
		(void)meter_on_event(meter);
	}
}

#endif
