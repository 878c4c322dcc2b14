/* What has the name of a segment and can't be read, or is none: it is set aside, the rest goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/spool/spool.h"
#include "tests/unit/collector/spool/place.h"

static void assert_set_aside(const struct place *place, uint64_t first)
{
	char path[160], bad[170];
	struct stat st;

	segment_path(place, first, path);
	assert_int_equal(lstat(path, &st), -1);
	snprintf(bad, sizeof(bad), "%s.bad", path);
	assert_int_equal(lstat(bad, &st), 0);
}

/* Whatever has the name of a segment and is none. */
static void make_foreign(const char *path, int kind)
{
	char text[200] = "no record of ours";

	if (kind == 0)
		assert_int_equal(symlink("/dev/null", path), 0);
	else if (kind == 1)
		assert_int_equal(mkdir(path, 0700), 0);
	else if (kind == 2)
		assert_int_equal(mkfifo(path, 0600), 0);
	else
		store(path, (const unsigned char *)text, sizeof(text));
}

/* As the newest segment: its records may have been sent, so nothing goes on behind it. */
static void test_foreign_newest_segment(void **state)
{
	struct place *place = *state;
	struct spool spool;
	char path[160];

	for (int kind = 0; kind < 4; kind++) {
		remove_tree(place->spool);
		open_spool(place, &spool, 0);
		append_many(&spool, 3);
		spool_close(&spool);
		segment_path(place, 5, path);
		make_foreign(path, kind);

		open_spool(place, &spool, 0);
		assert_set_aside(place, 5);
		assert_int_equal(spool.n_bad, 1);
		assert_int_equal(spool.last_bad, 5);
		assert_int_equal(spool.change, SPOOL_CHANGE_TAIL_LOST);
		assert_int_equal(spool.next_sequence, 5);
		append_many(&spool, 1);
		assert_int_equal(read_next(&spool), 1);
		assert_int_equal(read_next(&spool), 2);
		assert_int_equal(read_next(&spool), 3);
		assert_reads(&spool, 5, 5);
		spool_close(&spool);
		open_spool(place, &spool, 5);
		assert_int_equal(spool.n_bad, 0);
		spool_close(&spool);
	}
}

/* Found when it is read, by a spool that was open before or not: those behind it are read. */
static void test_foreign_older_segment(void **state)
{
	struct place *place = *state;
	struct spool spool;
	char path[160];

	for (int kind = 0; kind < 3; kind++) {
		for (uint64_t first = 1; first <= 3; first += 2) {
			remove_tree(place->spool);
			open_spool(place, &spool, 0);
			append_many(&spool, 5); /* 1 2 | 3 4 | 5 */
			spool_close(&spool);
			segment_path(place, first, path);
			assert_int_equal(unlink(path), 0);
			make_foreign(path, kind);

			open_spool(place, &spool, 5);
			assert_int_equal(spool.n_bad, 0);
			assert_int_equal(read_next(&spool), first == 1 ? 3 : 1);
			assert_int_equal(read_next(&spool), first == 1 ? 4 : 2);
			assert_reads(&spool, 5, 5);
			assert_set_aside(place, first);
			assert_int_equal(spool.n_bad, 1);
			assert_int_equal(spool_ack(&spool, 5), 0);
			assert_int_equal(count_segments(place->spool), 1);
			spool_close(&spool);
		}
	}
}

/* What a power cut leaves of a file that was grown is no foreign file. */
static void test_zeros_are_torn(void **state)
{
	struct place *place = *state;
	struct spool spool;
	char path[160];

	open_spool(place, &spool, 0);
	append_many(&spool, 2);
	spool_close(&spool);
	segment_path(place, 3, path);
	store(path, (const unsigned char *)"", 0);
	assert_int_equal(truncate(path, 5000), 0);
	open_spool(place, &spool, 2);
	assert_int_equal(spool.torn_bytes, 5000);
	assert_int_equal(spool.n_bad, 0);
	assert_int_equal(spool.change, SPOOL_CHANGE_NONE);
	append_many(&spool, 1);
	assert_reads(&spool, 1, 3);
	spool_close(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_foreign_newest_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_older_segment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zeros_are_torn, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
