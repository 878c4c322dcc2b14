#include "common/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char captured[8192];

/* Catches stderr in a pipe, which holds more than any line. */
struct capture {
	int saved, reader;
};

static struct capture capture_start(void)
{
	struct capture capture;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	capture.saved = dup(STDERR_FILENO);
	assert_true(capture.saved >= 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	capture.reader = ends[0];
	return capture;
}

static const char *capture_stop(struct capture capture)
{
	ssize_t n;

	assert_true(dup2(capture.saved, STDERR_FILENO) >= 0);
	close(capture.saved);
	n = read(capture.reader, captured, sizeof(captured) - 1);
	close(capture.reader);
	assert_true(n >= 0);
	captured[n] = '\0';
	return captured;
}

static void test_line_has_priority_and_event(void **state)
{
	struct capture capture = capture_start();

	(void)state;
	log_event(LOG_PRIORITY_WARNING, "spool_full", "merged=%u oldest=%s", 12, "x");
	log_event(LOG_PRIORITY_ERROR, "bare", "%s", "");
	assert_string_equal(
		capture_stop(capture), "<4>event=spool_full merged=12 oldest=x\n<3>event=bare\n");
}

static void test_threshold_drops(void **state)
{
	struct capture capture = capture_start();

	(void)state;
	log_event(LOG_PRIORITY_DEBUG, "quiet", "a=1");
	log_set_threshold(LOG_PRIORITY_DEBUG);
	log_event(LOG_PRIORITY_DEBUG, "loud", "a=2");
	log_set_threshold(LOG_PRIORITY_ERROR);
	log_event(LOG_PRIORITY_WARNING, "quiet", "a=3");
	log_set_threshold(LOG_PRIORITY_INFO);
	assert_string_equal(capture_stop(capture), "<7>event=loud a=2\n");
}

static void test_one_line_whatever_is_in_it(void **state)
{
	struct capture capture = capture_start();

	(void)state;
	log_event(LOG_PRIORITY_INFO, "x", "text=%s", "a\nb\tc\r\x01\x7f\xc3\xa9");
	assert_string_equal(
		capture_stop(capture), "<6>event=x text=a\\nb\\tc\\r\\x01\\x7f\xc3\xa9\n");
}

static void test_long_line_is_cut(void **state)
{
	static char text[10000];
	struct capture capture = capture_start();
	const char *line;

	(void)state;
	memset(text, '\n', sizeof(text) - 1);
	log_event(LOG_PRIORITY_INFO, "x", "text=%s", text);
	memset(text, '\x01', sizeof(text) - 1);
	log_event(LOG_PRIORITY_INFO, "x", "text=%s", text);
	line = capture_stop(capture);
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_true(strchr(line, '\n') < line + 4096);
	assert_true(strlen(line) <= (size_t)2 * 4096);
}

static void test_quote(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", "\"\""},
		{"plain", "\"plain\""},
		{"a \"b\" \\c", "\"a \\\"b\\\" \\\\c\""},
		{"\n\x02", "\"\\n\\x02\""},
		{"\xe5\xae\x89", "\"\xe5\xae\x89\""},
	};
	char buffer[LOG_QUOTED_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(log_quote(buffer, cases[i].text), cases[i].expected);
}

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static void test_quote_cuts(void **state)
{
	static const char *const units[] = {"a", "\"", "\n", "\x01", "\xc3\xa9", "\xe5\xae\x89"};
	char text[2048], buffer[LOG_QUOTED_SIZE];
	size_t i, shift;

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		for (shift = 0; shift < 5; shift++) {
			memset(text, 'x', shift);
			text[shift] = '\0';
			while (strlen(text) + 8 < sizeof(text))
				strcat(text, units[i]);
			log_quote(buffer, text);
			assert_true(strlen(buffer) < LOG_QUOTED_SIZE);
			assert_true(strlen(buffer) > LOG_QUOTED_SIZE - 20);
			assert_true(ends_with(buffer, "...\""));
			buffer[strlen(buffer) - 4] = '\0';
			if (i >= 4) /* whole characters only */
				assert_true(ends_with(buffer, units[i]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_has_priority_and_event),
		cmocka_unit_test(test_threshold_drops),
		cmocka_unit_test(test_one_line_whatever_is_in_it),
		cmocka_unit_test(test_long_line_is_cut),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_quote_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
