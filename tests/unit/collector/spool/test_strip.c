/* A spool that waits keeps batches, and only the newest states. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/spool/spool.h"
#include "collector/spool/strip.h"
#include "tests/unit/collector/spool/place.h"

#define LARGE_STATE 5000

static void append_large(struct spool *spool, int count)
{
	char batch[BATCH_SIZE], state[LARGE_STATE];

	while (count-- > 0) {
		memset(batch, (int)(spool->next_sequence & 0xff), sizeof(batch));
		memset(state, (int)(spool->next_sequence & 0xff), sizeof(state));
		assert_int_equal(
			spool_append(spool, batch, sizeof(batch), state, sizeof(state)), 0);
	}
}

static off_t size_of(const struct place *place, uint64_t first)
{
	struct stat st;
	char path[160];

	segment_path(place, first, path);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static uint64_t state_of_newest(const struct place *place)
{
	struct buffer state = BUFFER_INIT(LARGE_STATE);
	struct spool spool;
	uint64_t value;

	assert_int_equal(spool_open(&spool, &place->config, &state), 0);
	assert_int_equal(state.size, LARGE_STATE);
	value = state.data[0];
	spool_close(&spool);
	buffer_release(&state);
	return value;
}

static void test_only_the_newest_segments_have_states(void **state)
{
	struct place *place = *state;
	const off_t frame = SPOOL_RECORD_HEADER_SIZE + BATCH_SIZE + SPOOL_RECORD_TRAILER_SIZE;
	struct spool spool;

	place->config.segment_size = 11000; /* two records with their states */
	place->config.sync = true;
	open_spool(place, &spool, 0);
	append_large(&spool, 5);
	assert_int_equal(read_next(&spool), 1); /* in the midst of one that is stripped already */
	append_large(&spool, 2);
	assert_int_equal(size_of(place, 1), 2 * frame);
	assert_int_equal(size_of(place, 3), 2 * frame);
	assert_int_equal(size_of(place, 5), 2 * (frame + LARGE_STATE));
	assert_int_equal(size_of(place, 7), frame + LARGE_STATE);
	assert_reads(&spool, 2, 7);
	spool_rewind(&spool);
	assert_reads(&spool, 1, 7);
	assert_int_equal(spool.reader.damaged_bytes, 0);
	spool_close(&spool);
	assert_int_equal(state_of_newest(place), 7);
}

/* Until the newer segment holds a record the state is in the older one. */
static void test_a_state_is_never_nowhere(void **state)
{
	struct place *place = *state;
	struct spool spool;
	char path[160];

	place->config.segment_size = 11000;
	open_spool(place, &spool, 0);
	append_large(&spool, 2);
	spool_close(&spool);
	segment_path(place, 3, path);
	store(path, (const unsigned char *)"", 0); /* begun, and the collector was killed */
	assert_int_equal(state_of_newest(place), 2);
}

static void test_reading_goes_on_while_it_is_stripped(void **state)
{
	struct place *place = *state;
	struct spool spool;

	place->config.segment_size = 11000;
	open_spool(place, &spool, 0);
	append_large(&spool, 2);
	assert_int_equal(read_next(&spool), 1);
	append_large(&spool, 3);
	assert_reads(&spool, 2, 5);
	assert_int_equal(spool.reader.damaged_bytes, 0);
	spool_close(&spool);
}

static void test_damage_stays_to_be_seen(void **state)
{
	struct place *place = *state;
	struct spool spool;
	unsigned char *data;
	size_t size;
	char path[160];

	place->config.segment_size = 11000;
	open_spool(place, &spool, 0);
	append_large(&spool, 2);
	segment_path(place, 1, path);
	data = load(path, &size);
	data[60] ^= 1;
	store(path, data, size);
	free(data);
	append_large(&spool, 3);
	assert_int_equal(size_of(place, 1), (off_t)size);
	assert_int_equal(segment_strip(spool.dirfd, 1, 3, false), -EUCLEAN);
	assert_int_equal(segment_strip(spool.dirfd, 9, 10, false), -ENOENT);
	assert_reads(&spool, 2, 5);
	assert_true(spool.reader.damaged_bytes > 0);
	spool_close(&spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_only_the_newest_segments_have_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_state_is_never_nowhere, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_reading_goes_on_while_it_is_stripped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damage_stays_to_be_seen, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
