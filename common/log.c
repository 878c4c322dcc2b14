/*
 * A line is formatted on the stack and leaves in one write(2), so lines of several threads or
 * processes never mix, and logging works when memory is out.
 */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_SIZE 4096

static atomic_int threshold = LOG_PRIORITY_INFO;

void log_set_threshold(enum log_priority priority)
{
	atomic_store(&threshold, (int)priority);
}

static bool is_control(unsigned char byte)
{
	return byte < 0x20 || byte == 0x7f;
}

/* Copy @text with control bytes as \n, \r, \t or \xNN; cut at @size. Returns the length. */
static size_t escape_controls(char *out, size_t size, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *text && n + 4 < size; text++) {
		unsigned char byte = (unsigned char)*text;
		const char *known = strchr("\nn\rr\tt", byte);

		if (!is_control(byte)) {
			out[n++] = *text;
			continue;
		}
		out[n++] = '\\';
		if (known) {
			out[n++] = known[1];
			continue;
		}
		out[n++] = 'x';
		out[n++] = hex[byte >> 4];
		out[n++] = hex[byte & 15];
	}
	out[n] = '\0';
	return n;
}

static void write_line(const char *line, size_t size)
{
	ssize_t n;

	do {
		n = write(STDERR_FILENO, line, size);
	} while (n < 0 && errno == EINTR);
	/* A stderr that is full or gone is nothing a log could tell anybody. */
}

void log_event(enum log_priority priority, const char *event, const char *format, ...)
{
	char text[LOG_LINE_SIZE / 2], line[LOG_LINE_SIZE];
	size_t n;
	va_list arguments;

	if ((int)priority > atomic_load(&threshold))
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments); /* a cut line is still a line */
	va_end(arguments);

	n = (size_t)snprintf(
		line, sizeof(line), "<%d>event=%.64s%s", (int)priority, event, *text ? " " : "");
	n += escape_controls(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	write_line(line, n);
}

const char *log_quote(char buffer[LOG_QUOTED_SIZE], const char *text)
{
	/* Longest step is \xNN; behind it must fit `..."` and the NUL of a cut text. */
	const size_t last = LOG_QUOTED_SIZE - sizeof("\\xNN") - sizeof("...\"");
	size_t n = 0;

	buffer[n++] = '"';
	for (; *text && n <= last; text++) {
		char one[2] = {*text, '\0'};

		if (*text == '"' || *text == '\\')
			buffer[n++] = '\\';
		n += escape_controls(buffer + n, sizeof("\\xNN") + 1, one);
	}
	if (*text) {
		while (n > 1 && ((unsigned char)*text & 0xc0) == 0x80) {
			text--; /* never end inside a UTF-8 sequence */
			n--;
		}
		memcpy(buffer + n, "...", 3);
		n += 3;
	}
	buffer[n++] = '"';
	buffer[n] = '\0';
	return buffer;
}
