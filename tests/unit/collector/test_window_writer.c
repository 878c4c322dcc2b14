/*
 * From a machine through the meter, the spool and the wire: what an aggregator decodes, and drops
 * as seen, when the collector starts again behind something that befell its spool or its machine.
 */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/source/process/process_source.h"
#include "collector/window_writer.h"
#include "common/log.h"
#include "proto/wire.h"
#include "tests/support/failing_calls.h"
#include "tests/unit/collector/fake_machine.h"

#define ADA	    "JUPYTERHUB_USER=ada\nJUPYTERHUB_SERVER_NAME=\nJUPYTERHUB_API_URL=http://h\n"
#define HUB_PID	    10
#define ADA_PID	    20
#define MAX_STREAMS 8

static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

struct watermark {
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t sequence;
};

struct bench {
	struct fake_machine machine;
	struct config config;
	char path[64];
	char directory[80];
	struct spool_config spooling;
	struct spool spool;
	struct meter *meter;
	struct window_writer writer;
	struct arena arena;
	struct watermark seen[MAX_STREAMS];
	size_t n_streams, n_duplicates;
	uint64_t ada_usec; /* as the aggregator has it */
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void start_collector(struct bench *bench)
{
	struct buffer state = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE);

	assert_int_equal(spool_open(&bench->spool, &bench->spooling, &state), 0);
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_process, &bench->meter), 0);
	assert_int_equal(window_writer_resume(bench->meter, &bench->spool, &state), 0);
	window_writer_init(&bench->writer, bench->meter, &bench->spool);
	buffer_release(&state);
}

static void stop_collector(struct bench *bench)
{
	window_writer_release(&bench->writer);
	meter_free(bench->meter);
	spool_close(&bench->spool);
}

static int set_up(void **state)
{
	static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "http://h";
	struct bench *bench = calloc(1, sizeof(*bench));

	log_set_threshold(LOG_PRIORITY_ERROR);
	fake_machine_init(&bench->machine);
	fake_start(&bench->machine, 1, 0, 0, "");
	fake_start(&bench->machine, HUB_PID, 1, 0, "JUPYTERHUB_USER=\n");
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = api_url,
		.proc = bench->machine.path,
		.memory_interval = 30000000};
	strcpy(bench->path,
		access("/dev/shm", W_OK) == 0 ? "/dev/shm/writer-XXXXXX" : "/tmp/writer-XXXXXX");
	assert_non_null(mkdtemp(bench->path));
	snprintf(bench->directory, sizeof(bench->directory), "%s/spool", bench->path);
	bench->spooling =
		(struct spool_config){.directory = bench->directory, .segment_size = 1 << 20};
	bench->spooling.origin.machine[0] = bench->spooling.origin.boot[0] = 1;
	assert_int_equal(arena_init(&bench->arena, 1 << 24), 0);
	start_collector(bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	stop_collector(bench);
	arena_release(&bench->arena);
	fake_machine_release(&bench->machine);
	(void)nftw(bench->path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* it is there */
	free(bench);
	return 0;
}

static void write_after(struct bench *bench, int64_t msec)
{
	bench->machine.boottime_usec += msec * 1000;
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
	assert_int_equal(window_writer_write(&bench->writer), 0);
}

static void burn_and_write(struct bench *bench, uint64_t ticks)
{
	fake_burn(&bench->machine, fake_find(&bench->machine, ADA_PID), ticks);
	write_after(bench, 10000);
}

static struct watermark *watermark_of(struct bench *bench, const uint8_t *stream)
{
	for (size_t i = 0; i < bench->n_streams; i++)
		if (memcmp(bench->seen[i].stream, stream, HM_STREAM_SIZE) == 0)
			return &bench->seen[i];
	assert_true(bench->n_streams < MAX_STREAMS);
	memcpy(bench->seen[bench->n_streams].stream, stream, HM_STREAM_SIZE);
	return &bench->seen[bench->n_streams++];
}

/* As aggregator/rollup does; a gap would be reported missing. */
static void take(struct bench *bench, const struct hm_batch *batch)
{
	struct watermark *mark = watermark_of(bench, batch->stream);

	if (batch->sequence <= mark->sequence) {
		bench->n_duplicates++;
		return;
	}
	assert_int_equal(batch->sequence, mark->sequence + 1);
	mark->sequence = batch->sequence;
	for (size_t i = 0; i < batch->n_rows; i++)
		if (strcmp(batch->strings[batch->user[i]], "ada") == 0)
			bench->ada_usec += batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];
}

/* Send everything that is not acknowledged. */
static void deliver(struct bench *bench)
{
	const struct hm_wire_limits limits = {
		.max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};
	struct spool_record record;
	enum hm_reject reason;
	struct hm_batch batch;

	while (spool_next(&bench->spool, &record) > 0) {
		arena_reset(&bench->arena);
		assert_int_equal(hm_wire_decode(&bench->arena, record.batch, record.batch_size,
					 &limits, &batch, &reason),
			0);
		take(bench, &batch);
		assert_int_equal(spool_ack(&bench->spool, record.sequence), 0);
	}
}

static void copy_directory(const char *from, const char *to)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf %s.old; mv %s %s.old 2>/dev/null; cp -a %s %s",
		to, to, to, from, to);
	assert_int_equal(system(command), 0); /* NOLINT: words of our own */
}

/* Ada's server was seen and 1 s of hers delivered. */
static void begin(struct bench *bench)
{
	write_after(bench, 0);
	fake_start(&bench->machine, ADA_PID, HUB_PID, 1000, ADA);
	write_after(bench, 10000);
	burn_and_write(bench, 100);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 1000000);
	assert_int_equal(bench->n_streams, 1);
}

static void test_restart(void **state)
{
	struct bench *bench = *state;

	begin(bench);
	fake_burn(&bench->machine, fake_find(&bench->machine, ADA_PID), 50);
	stop_collector(bench);
	start_collector(bench);
	burn_and_write(bench, 50);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 2000000);
	assert_int_equal(bench->n_streams, 1);
}

/* What was used meanwhile was sent or is lost; what follows is neither dropped nor counted twice.
 */
static void test_copy_put_back(void **state)
{
	struct bench *bench = *state;
	char snapshot[96];

	begin(bench);
	snprintf(snapshot, sizeof(snapshot), "%s/snapshot", bench->path);
	copy_directory(bench->directory, snapshot);
	burn_and_write(bench, 200);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 3000000);
	stop_collector(bench);
	copy_directory(snapshot, bench->directory);

	start_collector(bench);
	assert_int_equal(bench->spool.change, SPOOL_CHANGE_COPY);
	burn_and_write(bench, 0); /* sees her server */
	burn_and_write(bench, 400);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 7000000);
	assert_int_equal(bench->n_streams, 2);
	assert_int_equal(bench->n_duplicates, 0);
}

/* Memory was set back to a snapshot, the disk was not: the state is from the future. */
static void test_machine_set_back(void **state)
{
	struct bench *bench = *state;

	begin(bench);
	stop_collector(bench);
	bench->machine.boottime_usec -= 5000000;
	start_collector(bench);
	assert_int_equal(bench->spool.change, SPOOL_CHANGE_STATE);
	burn_and_write(bench, 0);
	burn_and_write(bench, 300);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 4000000);
	assert_int_equal(bench->n_streams, 2);

	stop_collector(bench); /* and on in that one */
	start_collector(bench);
	burn_and_write(bench, 100);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 5000000);
	assert_int_equal(bench->n_streams, 2);
}

/* Counters begin at zero with a boot: all of hers since then is booked. */
static void test_reboot(void **state)
{
	struct bench *bench = *state;

	begin(bench);
	fake_burn(&bench->machine, fake_find(&bench->machine, ADA_PID), 70); /* lost with it */
	stop_collector(bench);
	fake_write_boot_id(&bench->machine, '2');
	bench->spooling.origin.boot[0]++;
	fake_end(&bench->machine, fake_find(&bench->machine, ADA_PID), false);
	bench->machine.step_usec += 200000000; /* so much later it booted */
	bench->machine.boottime_usec = 5000000;
	bench->machine.busy_ticks = 200;
	fake_start(&bench->machine, ADA_PID, HUB_PID, 1001, ADA);
	start_collector(bench);
	assert_int_equal(bench->spool.change, SPOOL_CHANGE_BOOT);
	burn_and_write(bench, 150);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 2500000);
	assert_int_equal(bench->n_streams, 2);
}

/* The window grows until there is room again; nothing of it is lost, and nothing is counted twice.
 */
static void test_full_disk(void **state)
{
	struct bench *bench = *state;
	struct rlimit before, none;

	(void)signal(SIGXFSZ, SIG_IGN);
	log_set_threshold((enum log_priority)0);
	begin(bench);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	for (int i = 0; i < 200; i++) {
		fake_burn(&bench->machine, fake_find(&bench->machine, ADA_PID), 10);
		bench->machine.boottime_usec += 10000000;
		fake_publish(&bench->machine);
		assert_int_equal(meter_pass(bench->meter), 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
		assert_true(window_writer_write(&bench->writer) < 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	}
	deliver(bench);
	assert_int_equal(bench->ada_usec, 1000000);
	burn_and_write(bench, 0);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 21000000);
	assert_int_equal(bench->n_streams, 1);
	assert_int_equal(window_writer_settle(&bench->writer), 0);
}

/* Whether a call failed. What could not be written is in the next window, and nothing is twice. */
static bool live_with(unsigned from, unsigned calls, int error)
{
	struct bench *bench;

	assert_int_equal(set_up((void **)&bench), 0);
	log_set_threshold((enum log_priority)0);
	begin(bench);
	bench->spool.config.segment_size = 1500;
	failing_calls = (struct failing_calls){.from = from, .to = from + calls, .error = error};
	for (int i = 0; i < 8; i++) {
		fake_burn(&bench->machine, fake_find(&bench->machine, ADA_PID), 100);
		bench->machine.boottime_usec += 10000000;
		fake_publish(&bench->machine);
		assert_int_equal(meter_pass(bench->meter), 0);
		failing_calls.is_armed = true;
		(void)window_writer_write(&bench->writer); /* the next one covers it, too */
		failing_calls.is_armed = false;
	}
	burn_and_write(bench, 100);
	deliver(bench);
	assert_int_equal(bench->ada_usec, 10000000);
	assert_int_equal(bench->n_duplicates, 0);
	assert_int_equal(bench->n_streams, 1);
	assert_int_equal(tear_down((void **)&bench), 0);
	return failing_calls.failed > 0;
}

static void test_each_call_fails(void **state)
{
	static const int errors[] = {EIO, ENOSPC, EROFS, EDQUOT, EMFILE, SHORT_WRITE};
	unsigned lives = 0, n;

	(void)state;
	(void)live_with(0, 0, 0);
	n = failing_calls.count;
	for (unsigned from = 0; from < n; from += 5) {
		lives += live_with(from, 1, errors[from % 6]);
		lives += live_with(from, 9, errors[(from + 1) % 6]);
	}
	assert_true(lives > n / 5);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_restart),
		TEST(test_copy_put_back),
		TEST(test_machine_set_back),
		TEST(test_reboot),
		TEST(test_full_disk),
		cmocka_unit_test(test_each_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
