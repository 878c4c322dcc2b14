#include "dashboard/sign_in/one_time_link.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define BASE "http://127.0.0.1:8123/"

static char folder[64], file[80];
static struct one_time_link subject;

static int set_up(void **state)
{
	(void)state;
	(void)strcpy(folder, "/tmp/hubmeter-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/link", folder);
	one_time_link_init(&subject, file);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	one_time_link_release(&subject);
	(void)unlink(file);
	assert_int_equal(rmdir(folder), 0); /* nothing else was left there */
	return 0;
}

/* The secret of the link in the file. */
static void read_secret(char ret[CRYPTO_TEXT_SIZE])
{
	char text[256] = "";
	FILE *in = fopen(file, "re");

	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	(void)fclose(in);
	assert_int_equal(strncmp(text, BASE "sign-in?once=", strlen(BASE "sign-in?once=")), 0);
	assert_int_equal(strlen(text), strlen(BASE "sign-in?once=") + CRYPTO_TEXT_SIZE);
	assert_int_equal(text[strlen(text) - 1], '\n');
	memcpy(ret, text + strlen(BASE "sign-in?once="), CRYPTO_TEXT_SIZE - 1);
	ret[CRYPTO_TEXT_SIZE - 1] = '\0';
}

static void test_a_link_works_once_and_another_takes_its_place(void **state)
{
	char first[CRYPTO_TEXT_SIZE], second[CRYPTO_TEXT_SIZE];

	(void)state;
	assert_false(one_time_link_open(&subject, ""));
	assert_int_equal(one_time_link_write(&subject, BASE), 0);
	read_secret(first);
	assert_false(one_time_link_open(&subject, ""));
	assert_false(one_time_link_open(&subject, "x"));
	read_secret(second);
	assert_string_equal(first, second); /* guessing wears no link out */
	assert_true(one_time_link_open(&subject, first));
	assert_false(one_time_link_open(&subject, first));
	read_secret(second);
	assert_string_not_equal(first, second);
	assert_true(one_time_link_open(&subject, second));
}

static void test_only_its_owner_reads_the_file(void **state)
{
	struct stat status;
	mode_t before = umask(0);

	(void)state;
	assert_int_equal(one_time_link_write(&subject, BASE), 0);
	(void)umask(before);
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

/* What stood there, readable to all or a way to somebody else's file, is replaced, not written. */
static void test_what_stood_there_before(void **state)
{
	char other[96], secret[CRYPTO_TEXT_SIZE];
	struct stat status;
	int fd;

	(void)state;
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(symlink(other, file), 0);
	assert_int_equal(one_time_link_write(&subject, BASE), 0);
	read_secret(secret);
	assert_int_equal(lstat(file, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(stat(other, &status), 0);
	assert_int_equal(status.st_size, 0);
	assert_int_equal(unlink(other), 0);
}

/* A wrong name costs nothing that somebody may want. */
static void test_what_is_not_ours_to_replace(void **state)
{
	char text[32] = "";
	struct stat status;
	FILE *other;

	(void)state;
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_equal(one_time_link_write(&subject, BASE), -EEXIST);
	assert_int_equal(lstat(file, &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
	assert_int_equal(unlink(file), 0);
	other = fopen(file, "we");
	assert_non_null(other);
	assert_true(fputs("root:x:0:0\n", other) >= 0);
	assert_int_equal(fclose(other), 0);
	assert_int_equal(one_time_link_write(&subject, BASE), -EEXIST);
	other = fopen(file, "re");
	assert_non_null(other);
	assert_non_null(fgets(text, sizeof(text), other));
	assert_int_equal(fclose(other), 0);
	assert_string_equal(text, "root:x:0:0\n");
	assert_int_equal(truncate(file, 0), 0);
	assert_int_equal(one_time_link_write(&subject, BASE), 0);
	assert_int_equal(one_time_link_write(&subject, BASE), 0); /* in place of our own */
}

static void test_without_a_new_link_the_old_one_is_void(void **state)
{
	char secret[CRYPTO_TEXT_SIZE], away[80];

	(void)state;
	assert_int_equal(one_time_link_write(&subject, BASE), 0);
	read_secret(secret);
	(void)snprintf(away, sizeof(away), "%s-away", folder);
	assert_int_equal(rename(folder, away), 0);
	assert_true(one_time_link_open(&subject, secret));
	assert_false(one_time_link_open(&subject, secret));
	assert_false(one_time_link_open(&subject, ""));
	assert_int_equal(rename(away, folder), 0);
	assert_false(one_time_link_open(&subject, secret)); /* and writes a new one */
	read_secret(secret);
	assert_true(one_time_link_open(&subject, secret));
}

static void test_where_nothing_can_be_written(void **state)
{
	struct one_time_link nowhere;

	(void)state;
	one_time_link_init(&nowhere, "/nonexistent/link");
	assert_int_equal(one_time_link_write(&nowhere, BASE), -ENOENT);
	one_time_link_release(&nowhere);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_int_equal(one_time_link_write(&subject, BASE), -EISDIR);
	assert_int_equal(rmdir(file), 0);
}

static pthread_barrier_t barrier;
static char contested[CRYPTO_TEXT_SIZE];

static void *open_contested(void *context)
{
	(void)pthread_barrier_wait(&barrier);
	*(bool *)context = one_time_link_open(&subject, contested);
	return NULL;
}

static void test_of_those_who_open_it_at_once_one_gets_in(void **state)
{
	enum { N = 8 };

	(void)state;
	assert_int_equal(one_time_link_write(&subject, BASE), 0);
	for (int round = 0; round < 20; round++) {
		pthread_t thread[N];
		bool is_in[N];
		int n_in = 0;

		read_secret(contested);
		assert_int_equal(pthread_barrier_init(&barrier, NULL, N), 0);
		for (int i = 0; i < N; i++)
			assert_int_equal(
				pthread_create(&thread[i], NULL, open_contested, &is_in[i]), 0);
		for (int i = 0; i < N; i++) {
			assert_int_equal(pthread_join(thread[i], NULL), 0);
			n_in += is_in[i];
		}
		assert_int_equal(n_in, 1);
		assert_int_equal(pthread_barrier_destroy(&barrier), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_link_works_once_and_another_takes_its_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_only_its_owner_reads_the_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_stood_there_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_what_is_not_ours_to_replace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_without_a_new_link_the_old_one_is_void, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_where_nothing_can_be_written, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_of_those_who_open_it_at_once_one_gets_in, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
