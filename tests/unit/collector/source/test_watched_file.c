#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/source/watched_file.h"

#define MOST 64

static char directory[] = "/tmp/hubmeter-watched-XXXXXX";
static char path[64];

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int read_into(struct watched_file *file, struct buffer *buffer)
{
	buffer_clear(buffer);
	return watched_file_read(file, path, buffer);
}

static void test_read_when_it_changes(void **state)
{
	struct watched_file file = {.kept = {0}};
	struct buffer buffer = BUFFER_INIT(MOST);

	(void)state;
	assert_int_equal(read_into(&file, &buffer), 0); /* not there yet */
	write_file("one");
	assert_int_equal(read_into(&file, &buffer), 1);
	assert_int_equal(buffer.size, 3);
	assert_memory_equal(buffer.data, "one", 3);
	assert_int_equal(read_into(&file, &buffer), 1); /* nobody kept it */
	watched_file_keep(&file);
	assert_int_equal(read_into(&file, &buffer), 0);
	write_file("one and two");
	assert_int_equal(read_into(&file, &buffer), 1);
	assert_int_equal(buffer.size, 11);
	watched_file_keep(&file);
	assert_int_equal(remove(path), 0);
	assert_int_equal(read_into(&file, &buffer), 0);
	buffer_release(&buffer);
}

static void test_what_is_no_such_file(void **state)
{
	struct watched_file file = {.kept = {0}};
	struct buffer buffer = BUFFER_INIT(MOST);
	char text[MOST + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[MOST + 1] = '\0';
	write_file(text);
	assert_int_equal(read_into(&file, &buffer), -E2BIG);
	assert_int_equal(read_into(&file, &buffer), -E2BIG); /* and again until it is mended */
	assert_int_equal(remove(path), 0);
	assert_int_equal(watched_file_read(&file, directory, &buffer), -EINVAL);
	buffer_release(&buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_when_it_changes),
		cmocka_unit_test(test_what_is_no_such_file),
	};
	int r;

	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/file", directory);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	(void)rmdir(directory);
	return r;
}
