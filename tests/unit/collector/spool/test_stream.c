/*
 * Which (stream, number) a batch leaves under, over restarts, reboots, copies, snapshots and lost
 * tails. Laws: no two batches leave under the same pair; and a state is handed out only if nothing
 * was booked behind it in its boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/spool/spool.h"
#include "common/crc32c.h"

#define SMALL_SPOOL 300
#define MAX_SENT    4096
#define ROUNDS	    1500

/* What a batch says of itself here, and the state behind it. */
struct told {
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t number;
	uint64_t content; /* 1, 2, 3, ... in the order in which usage was booked */
	uint8_t boot, machine;
	uint8_t rest[30];
};

struct bench {
	char path[64];
	char directory[80];
	char snapshot[80];
	struct spool_config config;
	struct spool spool;
	struct told state; /* content 0: there was none */
	uint64_t booked;   /* contents so far */
	struct told sent[MAX_SENT];
	size_t n_sent;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* it may not be there */
}

static void open_again(struct bench *bench)
{
	struct buffer state = BUFFER_INIT(4096);

	assert_int_equal(spool_open(&bench->spool, &bench->config, &state), 0);
	memset(&bench->state, 0, sizeof(bench->state));
	if (state.size > 0) {
		assert_int_equal(state.size, sizeof(bench->state));
		memcpy(&bench->state, state.data, state.size);
	}
	buffer_release(&state);
}

static enum spool_change change_after_restart(struct bench *bench)
{
	spool_close(&bench->spool);
	open_again(bench);
	return bench->spool.change;
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	strcpy(bench->path,
		access("/dev/shm", W_OK) == 0 ? "/dev/shm/stream-XXXXXX" : "/tmp/stream-XXXXXX");
	assert_non_null(mkdtemp(bench->path));
	snprintf(bench->directory, sizeof(bench->directory), "%s/spool", bench->path);
	snprintf(bench->snapshot, sizeof(bench->snapshot), "%s/snapshot", bench->path);
	bench->config =
		(struct spool_config){.directory = bench->directory, .segment_size = SMALL_SPOOL};
	bench->config.origin.machine[0] = bench->config.origin.boot[0] = 1;
	open_again(bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	spool_close(&bench->spool);
	remove_tree(bench->path);
	free(bench);
	return 0;
}

static void append(struct bench *bench)
{
	struct told told = {.number = spool_next_number(&bench->spool),
		.content = ++bench->booked,
		.boot = bench->config.origin.boot[0],
		.machine = bench->config.origin.machine[0]};

	memcpy(told.stream, bench->spool.identity.stream, HM_STREAM_SIZE);
	assert_int_equal(spool_append(&bench->spool, &told, sizeof(told), &told, sizeof(told)), 0);
}

/* The aggregator would take the first batch of a pair and drop the second one. */
static void send(struct bench *bench, const struct told *told)
{
	for (size_t i = 0; i < bench->n_sent; i++) {
		const struct told *before = &bench->sent[i];

		if (memcmp(before->stream, told->stream, HM_STREAM_SIZE) == 0 &&
			before->number == told->number) {
			assert_int_equal(before->content, told->content);
			return;
		}
	}
	assert_true(bench->n_sent < MAX_SENT);
	bench->sent[bench->n_sent++] = *told;
}

/* Send what waits, @count records at most; acknowledged or not. */
static void send_waiting(struct bench *bench, int count, bool is_acknowledged)
{
	struct spool_record record;
	struct told told;

	spool_rewind(&bench->spool);
	while (count-- > 0 && spool_next(&bench->spool, &record) > 0) {
		assert_int_equal(record.batch_size, sizeof(told));
		memcpy(&told, record.batch, sizeof(told));
		send(bench, &told);
		if (is_acknowledged)
			assert_int_equal(spool_ack(&bench->spool, record.sequence), 0);
	}
}

static void run(const char *command)
{
	assert_int_equal(system(command), 0); /* NOLINT: words of our own */
}

static void copy(const char *from, const char *to)
{
	char command[512];

	snprintf(command, sizeof(command), "cp -a %s %s", from, to);
	run(command);
}

static void take_snapshot(struct bench *bench)
{
	remove_tree(bench->snapshot);
	copy(bench->directory, bench->snapshot);
}

/* As cp, rsync or tar would. */
static void put_back_copy(struct bench *bench)
{
	char aside[96];

	snprintf(aside, sizeof(aside), "%s.old", bench->directory);
	assert_int_equal(rename(bench->directory, aside), 0); /* so that no inode is free again */
	copy(bench->snapshot, bench->directory);
	remove_tree(aside);
}

/* As a disk that is set back: the same files. */
static void put_back_blocks(struct bench *bench)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && find . -name '*.seg' -delete && cp -r %s/. .",
		bench->directory, bench->snapshot);
	run(command);
}

static void begin_with_five(struct bench *bench)
{
	for (int i = 0; i < 5; i++)
		append(bench);
	send_waiting(bench, 3, true);
}

static void test_a_restart_goes_on(void **state)
{
	struct bench *bench = *state;

	begin_with_five(bench);
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
	assert_int_equal(bench->state.content, 5);
	assert_int_equal(spool_next_number(&bench->spool), 6);
}

static void test_another_boot(void **state)
{
	struct bench *bench = *state;

	begin_with_five(bench);
	bench->config.origin.boot[0]++;
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_BOOT);
	assert_int_equal(bench->state.content, 5); /* the meter sees that it is of another boot */
	assert_int_equal(bench->spool.next_sequence, 6);
	assert_int_equal(spool_next_number(&bench->spool), 1);
	append(bench);
	send_waiting(bench, 100, true); /* two of the stream before, and the new one */
	assert_int_equal(bench->n_sent, 6);
	assert_int_equal(bench->sent[4].number, 5);
	assert_int_equal(bench->sent[5].number, 1);
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
	assert_int_equal(spool_next_number(&bench->spool), 2);
}

/* Both clones send what waited, which is the same; what they meter is not. */
static void test_a_cloned_machine(void **state)
{
	struct bench *bench = *state;

	begin_with_five(bench);
	take_snapshot(bench);
	append(bench);
	send_waiting(bench, 100, true);
	assert_int_equal(bench->n_sent, 6);
	put_back_copy(bench);
	bench->config.origin.machine[0]++;
	bench->config.origin.boot[0]++;
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_MACHINE);
	assert_int_equal(bench->state.content, 0);
	append(bench);
	send_waiting(bench, 100, true);
	assert_int_equal(bench->n_sent, 7);
	assert_memory_not_equal(
		bench->sent[6].stream, bench->sent[5].stream, sizeof(bench->sent[0].stream));
}

static void test_a_copy_that_was_put_back(void **state)
{
	struct bench *bench = *state;

	begin_with_five(bench);
	take_snapshot(bench);
	append(bench);
	send_waiting(bench, 100, true);
	put_back_copy(bench);
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_COPY);
	assert_int_equal(bench->state.content, 0); /* number 6 was sent behind it */
	append(bench);
	send_waiting(bench, 100, true);
	assert_int_equal(bench->n_sent, 7);
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
}

static void test_an_acknowledged_tail_that_is_lost(void **state)
{
	struct bench *bench = *state;
	char path[160];

	begin_with_five(bench);
	send_waiting(bench, 100, true);
	snprintf(path, sizeof(path), "%s/%020d.seg", bench->directory, 5);
	assert_int_equal(truncate(path, 10), 0);
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_TAIL_LOST);
	assert_int_equal(bench->state.content, 0);
	assert_int_equal(bench->spool.next_sequence, 6);
	assert_int_equal(spool_next_number(&bench->spool), 1);
	append(bench);
	send_waiting(bench, 100, true);
	assert_int_equal(bench->n_sent, 6);
}

static void test_a_spool_of_the_release_before(void **state)
{
	static const uint8_t stream[HM_STREAM_SIZE] = {'s', 't', 'r', 'e', 'a', 'm'};
	static const uint8_t crc[4] = {0x39, 0x9e, 0x5b, 0xba};
	struct bench *bench = *state;
	char path[160];
	FILE *file;

	begin_with_five(bench);
	snprintf(path, sizeof(path), "%s/stream", bench->directory);
	file = fopen(path, "we");
	assert_int_equal(fwrite(stream, 1, sizeof(stream), file), sizeof(stream));
	assert_int_equal(fwrite(crc, 1, sizeof(crc), file), sizeof(crc));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
	assert_memory_equal(bench->spool.identity.stream, stream, sizeof(stream));
	assert_int_equal(spool_next_number(&bench->spool), 6);
	assert_int_equal(bench->state.content, 5);

	bench->config.origin.boot[0]++; /* from now on it knows */
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_BOOT);
}

static void cut_node(const char *path)
{
	unsigned char bytes[200];
	FILE *file = fopen(path, "re");
	size_t size = fread(bytes, 1, sizeof(bytes), file) - SPOOL_ORIGIN_SIZE;
	uint32_t crc = crc32c(0, bytes, size - 4);

	assert_int_equal(fclose(file), 0);
	for (size_t i = 0; i < 4; i++)
		bytes[size - 4 + i] = (unsigned char)(crc >> (8 * i));
	file = fopen(path, "we");
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* A stream belongs to one node: one that is renamed goes on in another, with its state. */
static void test_a_renamed_node(void **state)
{
	struct bench *bench = *state;
	char path[160];

	bench->config.origin.node[0] = 1;
	begin_with_five(bench); /* from now on it is known */
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
	bench->config.origin.node[0]++;
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NODE);
	assert_string_equal(spool_change_name(bench->spool.change), "node");
	assert_int_equal(spool_next_number(&bench->spool), 1);
	assert_int_equal(bench->state.content, 5);
	append(bench);
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);

	/* Without the node, as a release before wrote it: nothing is concluded. */
	snprintf(path, sizeof(path), "%s/stream", bench->directory);
	cut_node(path);
	bench->config.origin.node[0]++;
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
	assert_int_equal(spool_next_number(&bench->spool), 2);
	bench->config.origin.node[0]++;
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NODE);
}

static void test_what_is_not_known_says_nothing(void **state)
{
	struct bench *bench = *state;
	struct spool_origin known = bench->config.origin;

	begin_with_five(bench);
	memset(&bench->config.origin, 0, sizeof(known));
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
	bench->config.origin = known;
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
	bench->config.origin.machine[0]++;
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_MACHINE);
}

static void test_a_state_that_the_meter_refuses(void **state)
{
	struct bench *bench = *state;
	uint8_t stream[HM_STREAM_SIZE];

	begin_with_five(bench);
	memcpy(stream, bench->spool.identity.stream, sizeof(stream));
	assert_int_equal(spool_start_stream(&bench->spool), 0);
	assert_memory_not_equal(bench->spool.identity.stream, stream, sizeof(stream));
	assert_int_equal(spool_next_number(&bench->spool), 1);
	append(bench);
	assert_int_equal(change_after_restart(bench), SPOOL_CHANGE_NONE);
	assert_int_equal(spool_next_number(&bench->spool), 2);
}

static void test_origin(void **state)
{
	struct bench *bench = *state;
	struct spool_origin first, second;
	char path[160];

	spool_origin_read("/nowhere", "/nowhere", "n1", &first);
	memset(&second, 0, sizeof(second));
	assert_memory_equal(first.machine, second.machine, sizeof(first.machine));
	assert_memory_equal(first.boot, second.boot, sizeof(first.boot));
	spool_origin_read("/dev/null", "/proc", "n1", &first);
	assert_memory_equal(first.machine, second.machine, sizeof(first.machine));
	assert_true(spool_origin_differs(first.boot, bench->config.origin.boot));
	assert_false(spool_origin_differs(first.boot, second.boot));
	snprintf(path, sizeof(path), "%s/stream", bench->directory);
	spool_origin_read(path, "/proc", "n2", &second);
	assert_memory_equal(first.boot, second.boot, sizeof(first.boot));
	assert_true(spool_origin_differs(first.node, second.node));
	assert_false(spool_origin_differs(first.machine, second.machine)); /* one is not known */
	assert_memory_not_equal(first.machine, second.machine, sizeof(first.machine));
}

static void check_state(const struct bench *bench)
{
	const struct told *told = &bench->state;

	if (told->content == 0)
		return;
	assert_int_equal(told->machine, bench->config.origin.machine[0]);
	if (told->boot == bench->config.origin.boot[0])
		assert_int_equal(told->content, bench->booked);
}

/* One thing that happens to a spool between two runs. */
static void befall(struct bench *bench, long choice)
{
	bool has_snapshot = access(bench->snapshot, F_OK) == 0;

	spool_close(&bench->spool);
	if (choice == 0)
		take_snapshot(bench);
	if (choice == 1 && has_snapshot)
		put_back_copy(bench);
	if (choice == 2 && has_snapshot) {
		put_back_blocks(bench);
		bench->config.origin.boot[0]++;
	}
	if (choice == 3)
		bench->config.origin.boot[0]++;
	if (choice == 4) {
		bench->config.origin.machine[0]++;
		bench->config.origin.boot[0]++;
	}
	open_again(bench);
	check_state(bench);
}

static void test_laws_of_a_hard_life(void **state)
{
	struct bench *bench = *state;
	unsigned short seed[3] = {4, 7, 11};

	for (int i = 0; i < ROUNDS; i++) {
		for (long n = nrand48(seed) % 4; n > 0; n--)
			append(bench);
		send_waiting(bench, (int)(nrand48(seed) % 5), nrand48(seed) % 3 > 0);
		if (nrand48(seed) % 4 == 0)
			befall(bench, nrand48(seed) % 6);
	}
	assert_true(bench->n_sent > 500);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_restart_goes_on),
		TEST(test_another_boot),
		TEST(test_a_cloned_machine),
		TEST(test_a_copy_that_was_put_back),
		TEST(test_an_acknowledged_tail_that_is_lost),
		TEST(test_a_spool_of_the_release_before),
		TEST(test_a_renamed_node),
		TEST(test_what_is_not_known_says_nothing),
		TEST(test_a_state_that_the_meter_refuses),
		TEST(test_origin),
		TEST(test_laws_of_a_hard_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
