/*
 * A certificate that is renewed in whatever way is noticed; one that is only read is not.
 */
#include "collector/publish/key_files.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];
static char certificate[96];
static char key[96];
static char names[2][32] = {"ssl.certificate.location", "ssl.key.location"};
static struct option_pair pairs[2] = {{names[0], certificate}, {names[1], key}};
static const struct option_pairs kafka = {pairs, 2};

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void set_time(const char *path, time_t seconds)
{
	const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};

	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof(directory), "/tmp/hubmeter-keys-XXXXXX");
	assert_non_null(mkdtemp(directory));
	(void)snprintf(certificate, sizeof(certificate), "%s/a.crt", directory);
	(void)snprintf(key, sizeof(key), "%s/a.key", directory);
	write_file(certificate, "one");
	write_file(key, "one");
	set_time(certificate, 1000);
	set_time(key, 1000);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(certificate); /* some tests do */
	(void)unlink(key);
	assert_int_equal(rmdir(directory), 0);
	return 0;
}

static void test_nothing_happened(void **state)
{
	struct key_files files;
	char text[8];
	FILE *file;

	(void)state;
	assert_true(key_files_note(&files, &kafka));
	file = fopen(certificate, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	assert_int_equal(fclose(file), 0);
	assert_false(key_files_changed(&files, &kafka));
}

static void test_renewed(void **state)
{
	struct key_files files;
	char other[96];

	(void)state;
	assert_true(key_files_note(&files, &kafka));
	set_time(key, 1001); /* written over, as large as before */
	assert_true(key_files_changed(&files, &kafka));

	assert_true(key_files_note(&files, &kafka));
	assert_false(key_files_changed(&files, &kafka));
	(void)snprintf(other, sizeof(other), "%s/new", directory); /* another one in its place */
	write_file(other, "two");
	set_time(other, 1000);
	assert_int_equal(rename(other, certificate), 0);
	assert_true(key_files_changed(&files, &kafka));
}

static void test_gone_and_back(void **state)
{
	struct key_files files;

	(void)state;
	assert_true(key_files_note(&files, &kafka));
	assert_int_equal(unlink(certificate), 0);
	assert_true(key_files_changed(&files, &kafka));
	assert_true(key_files_note(&files, &kafka));
	assert_false(key_files_changed(&files, &kafka));
	write_file(certificate, "two");
	assert_true(key_files_changed(&files, &kafka));
}

static void test_no_files(void **state)
{
	char name[] = "bootstrap.servers";
	char value[] = "broker:9092";
	struct option_pair pair = {name, value};
	const struct option_pairs none = {&pair, 1};
	struct key_files files;

	(void)state;
	assert_false(key_files_note(&files, &none));
	assert_false(key_files_changed(&files, &none));
}

/* A setting that is given twice is the second one. */
static void test_the_last_setting_counts(void **state)
{
	char name[] = "ssl.ca.location";
	char nowhere[] = "/nowhere";
	struct option_pair twice[2] = {{name, nowhere}, {name, certificate}};
	const struct option_pairs settings = {twice, 2};
	struct key_files files;

	(void)state;
	assert_true(key_files_note(&files, &settings));
	set_time(certificate, 2000);
	assert_true(key_files_changed(&files, &settings));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nothing_happened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_renewed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_last_setting_counts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
