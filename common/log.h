/*
 * One line per event on stderr: <priority>event=name key=value ...
 * The priority prefix is the one of sd-daemon(3), so journald files it rightly.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stddef.h>

enum log_priority {
	LOG_PRIORITY_ERROR = 3,
	LOG_PRIORITY_WARNING = 4,
	LOG_PRIORITY_NOTICE = 5,
	LOG_PRIORITY_INFO = 6,
	LOG_PRIORITY_DEBUG = 7
};

/* Lines less urgent than @priority are dropped. Default: INFO. */
void log_set_threshold(enum log_priority priority);

/*
 * log_event(LOG_PRIORITY_WARNING, "spool_full", "merged=%u oldest=%s", n, when);
 * One write(2) a line; newlines and control bytes in the result are escaped.
 */
void log_event(enum log_priority priority, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define LOG_QUOTED_SIZE 256

/* @text from outside as a key's value: quoted, escaped, cut to fit. Returns @buffer. */
const char *log_quote(char buffer[LOG_QUOTED_SIZE], const char *text);

#endif
