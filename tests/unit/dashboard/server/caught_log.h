/*
 * What a test makes the log say: stderr is a file from catch_log() to release_log().
 */
#ifndef TESTS_UNIT_DASHBOARD_SERVER_CAUGHT_LOG_H
#define TESTS_UNIT_DASHBOARD_SERVER_CAUGHT_LOG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct caught_log {
	FILE *file;
	int before; /* stderr as it was */
};

static inline void catch_log(struct caught_log *log)
{
	log->file = tmpfile();
	log->before = dup(STDERR_FILENO);
	assert_non_null(log->file);
	assert_true(log->before >= 0);
	assert_true(dup2(fileno(log->file), STDERR_FILENO) >= 0);
}

static inline void release_log(struct caught_log *log, char *text, size_t size)
{
	ssize_t n = pread(fileno(log->file), text, size - 1, 0);

	assert_true(dup2(log->before, STDERR_FILENO) >= 0);
	(void)close(log->before);
	(void)fclose(log->file);
	assert_true(n >= 0);
	text[n] = '\0';
}

#endif
