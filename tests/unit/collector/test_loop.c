/*
 * The loop while its spool's disk hangs: sampling goes on, nothing is written twice or lost, and
 * the loop ends also if the disk never answers. The disk is the pwritev() below, in place of
 * libc's.
 */
#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/loop.h"
#include "common/log.h"
#include "proto/wire.h"
#include "tests/support/service_manager.h"
#include "tests/unit/collector/fake_machine.h"

#define USEC_A_PASS   1000
#define WAIT_SECONDS  60
#define N_MORE_PASSES 5

/* What the two threads tell each other. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_hanging, was_hung;
static unsigned int n_passes;

/* NOLINTNEXTLINE: names of parameters that only libc may use */
ssize_t pwritev(int fd, const struct iovec *part, int count, off_t offset)
{
	(void)pthread_mutex_lock(&mutex);
	while (is_hanging) {
		was_hung = true;
		(void)pthread_cond_broadcast(&changed);
		(void)pthread_cond_wait(&changed, &mutex);
	}
	(void)pthread_mutex_unlock(&mutex);
	return (ssize_t)syscall(SYS_pwritev, fd, part, count, (long)offset, 0L);
}

struct bench {
	struct fake_machine machine;
	struct config config;
	char path[64];
	struct spool spool;
	struct meter *meter;
	struct publisher *publisher;
	struct window_writer writer;
	struct loop_config timing;
};

static int counting_init(const struct source_context *context, void **ret)
{
	(void)context;
	*ret = calloc(1, 1);
	return *ret ? 0 : -ENOMEM;
}

static int counting_observe(void *self, const struct source_pass *pass)
{
	(void)self;
	(void)pass;
	return 0;
}

static void counting_book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct interval interval = {.start_usec = pass->previous_usec, .end_usec = pass->now_usec};

	(void)self;
	(void)claims;
	if (pass->previous_usec < 0)
		return;
	interval.used[HM_RESOURCE_CPU_USEC] = (uint128)USEC_A_PASS * CPU_FINE_PER_USEC;
	workload_book(window_workload(window, HM_WORKLOAD_KIND_PROCESS, "1", pass->previous_usec),
		&interval);
	(void)pthread_mutex_lock(&mutex);
	n_passes++;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&mutex);
}

static int counting_save(const void *self, struct buffer *section)
{
	(void)self;
	(void)section;
	return 0;
}

static const struct source_ops counting_ops = {
	.name = "counting",
	.init = counting_init,
	.free = free,
	.observe = counting_observe,
	.book = counting_book,
	.save = counting_save,
};
static const struct source_ops *const only_counting[] = {&counting_ops, NULL};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Nobody listens there: what is spooled stays. */
static void start_publisher(struct bench *bench)
{
	static char name[] = "bootstrap.servers", value[] = "127.0.0.1:1";
	static struct option_pair nowhere[] = {{name, value}};
	static const struct option_pairs pairs = {.pair = nowhere, .count = 1};
	const struct publisher_config config = {.hub = "h",
		.node = "n",
		.kafka = &pairs,
		.clock = &clock_system,
		.boot_id = meter_boot_id(bench->meter)};
	char error[256];

	assert_int_equal(publisher_new(&config, &bench->spool, clock_boottime_usec(&clock_system),
				 error, sizeof(error), &bench->publisher),
		0);
}

static int set_up(void **state)
{
	static char hub[] = "h", node[] = "n", resource_class[] = "c";
	struct bench *bench = calloc(1, sizeof(*bench));
	struct buffer last = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE);
	struct spool_config spooling = {.directory = bench->path, .segment_size = 1 << 20};

	log_set_threshold((enum log_priority)0);
	is_hanging = was_hung = false;
	n_passes = 0;
	fake_machine_init(&bench->machine);
	fake_start(&bench->machine, 1, 0, 0, "");
	fake_publish(&bench->machine);
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.proc = bench->machine.path};
	strcpy(bench->path, "/tmp/loop-XXXXXX");
	assert_non_null(mkdtemp(bench->path));
	assert_int_equal(spool_open(&bench->spool, &spooling, &last), 0);
	assert_int_equal(meter_new(&bench->config, &clock_system, only_counting, &bench->meter), 0);
	window_writer_init(&bench->writer, bench->meter, &bench->spool);
	start_publisher(bench);
	bench->timing = (struct loop_config){.sample_interval_usec = 10000,
		.publish_interval_usec = 50000,
		.shutdown_timeout_usec = 10000,
		.clock = &clock_system};
	buffer_release(&last);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	publisher_free(bench->publisher);
	window_writer_release(&bench->writer);
	meter_free(bench->meter);
	spool_close(&bench->spool);
	fake_machine_release(&bench->machine);
	(void)nftw(bench->path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* it is there */
	free(bench);
	return 0;
}

static bool has_hung(unsigned int unused)
{
	(void)unused;
	return was_hung;
}

static bool has_passed(unsigned int n)
{
	return n_passes >= n;
}

/* With the mutex. False: it did not happen in time. */
static bool wait_seconds(bool (*has_happened)(unsigned int n), unsigned int n, unsigned int seconds)
{
	struct timespec deadline;
	int r = 0;

	(void)clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += seconds;
	while (r == 0 && !has_happened(n))
		r = pthread_cond_timedwait(&changed, &mutex, &deadline);
	return has_happened(n);
}

static bool wait_until(bool (*has_happened)(unsigned int n), unsigned int n)
{
	return wait_seconds(has_happened, n, WAIT_SECONDS);
}

/* Hang the disk, and wait until passes were taken meanwhile. NULL: they were not. */
static void *hang(void *is_for_ever)
{
	bool went_on;

	(void)pthread_mutex_lock(&mutex);
	went_on = wait_until(has_passed, 20);
	is_hanging = true;
	went_on &= wait_until(has_hung, 0);
	went_on &= wait_until(has_passed, n_passes + N_MORE_PASSES);
	is_hanging = is_for_ever != NULL;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&mutex);
	(void)kill(getpid(), SIGTERM);
	return went_on ? &is_hanging : NULL;
}

#define N_SIGNALS 10
static unsigned int n_insisted;

static bool never(unsigned int n)
{
	(void)n;
	return false;
}

/* Goes on asking for the end, each second. */
static void *insist(void *context)
{
	void *went_on = hang(context);

	for (int i = 0; i < N_SIGNALS; i++) {
		(void)pthread_mutex_lock(&mutex);
		(void)wait_seconds(never, 0, 1);
		n_insisted++;
		(void)pthread_mutex_unlock(&mutex);
		(void)kill(getpid(), SIGTERM);
	}
	return went_on;
}

/* CPU of all rows in the spool. */
static uint64_t spooled_usec(struct bench *bench)
{
	struct spool_record record;
	const struct hm_wire_limits limits = {.now_usec = clock_realtime_usec(&clock_system),
		.max_age_usec = 3600000000,
		.max_future_usec = 3600000000};
	enum hm_reject reason;
	uint64_t sum = 0;
	struct arena arena;

	assert_int_equal(arena_init(&arena, 1 << 24), 0);
	spool_rewind(&bench->spool);
	while (spool_next(&bench->spool, &record) == 1) {
		struct hm_batch batch;

		assert_int_equal(hm_wire_decode(&arena, record.batch, record.batch_size, &limits,
					 &batch, &reason),
			0);
		for (size_t i = 0; i < batch.n_rows; i++)
			sum += batch.quantity[HM_QUANTITY_CPU_USED_USEC][i];
		arena_reset(&arena);
	}
	arena_release(&arena);
	return sum;
}

static void test_sampling_goes_on_while_the_disk_hangs(void **state)
{
	struct bench *bench = *state;
	pthread_t thread;
	void *went_on;

	assert_int_equal(pthread_create(&thread, NULL, hang, NULL), 0);
	assert_int_equal(
		loop_run(&bench->timing, bench->meter, &bench->writer, bench->publisher), 0);
	assert_int_equal(pthread_join(thread, &went_on), 0);
	assert_non_null(went_on);
	assert_int_equal(spooled_usec(bench), (uint64_t)n_passes * USEC_A_PASS);
}

/* What hangs is the disk's thread only: the manager hears of the loop all the time. */
static void test_the_service_manager_is_told(void **state)
{
	struct bench *bench = *state;
	int fd = service_manager();
	pthread_t thread;

	assert_int_equal(setenv("WATCHDOG_USEC", "200000", 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, hang, NULL), 0);
	assert_int_equal(
		loop_run(&bench->timing, bench->meter, &bench->writer, bench->publisher), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_told(fd, "READY=1");
	assert_true(service_manager_skip(fd, "WATCHDOG=1") > 0);
	assert_told(fd, "STOPPING=1");
	(void)close(fd); /* a test socket */
}

/* In a process of its own: the thread that hangs can't be ended. More signals delay nothing. */
static void test_the_loop_ends_if_the_disk_never_answers(void **state)
{
	struct bench *bench = *state;
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		pthread_t thread;
		bool is_given_up = pthread_create(&thread, NULL, insist, &status) == 0 &&
				   loop_run(&bench->timing, bench->meter, &bench->writer,
					   bench->publisher) == -ETIMEDOUT;

		_exit(is_given_up && n_insisted < N_SIGNALS - 1 ? 42 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_sampling_goes_on_while_the_disk_hangs),
		TEST(test_the_service_manager_is_told),
		TEST(test_the_loop_ends_if_the_disk_never_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
