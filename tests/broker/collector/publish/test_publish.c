/*
 * The publisher against librdkafka's mock cluster, with injected errors. The mock does not drop
 * duplicates, so they are allowed; order of first appearance and completeness are not negotiable.
 */
#include <dirent.h>
#include <sys/prctl.h>

#include "tests/broker/collector/publish/publish_bench.h"

static void test_delivers_in_order(void **state)
{
	struct bench *bench = *state;

	append(bench, 300, 1000);
	open_publisher(bench);
	assert_false(publisher_is_idle(bench->publisher));
	work_until(bench, 300);
	assert_true(publisher_is_idle(bench->publisher));
	append(bench, 1, 1000);
	work_until(bench, 301);
	assert_topic_holds(bench, 301);
}

/* More than the ring and the bytes in flight allow at once. */
static void test_large_backlog(void **state)
{
	struct bench *bench = *state;

	append(bench, 2000, 20);
	append(bench, 40, 200000);
	open_publisher(bench);
	work_until(bench, 2040);
	assert_topic_holds(bench, 2040);
}

static void test_continues_behind_the_acknowledged(void **state)
{
	struct bench *bench = *state;

	append(bench, 10, 100);
	open_publisher(bench);
	work_until(bench, 10);
	publisher_free(bench->publisher);
	bench->publisher = NULL;
	spool_close(&bench->spool);

	open_spool(bench);
	assert_int_equal(spool_acked(&bench->spool), 10);
	append(bench, 10, 100);
	open_publisher(bench);
	work_until(bench, 20);
	assert_topic_holds(bench, 20);
}

static void test_retriable_errors(void **state)
{
	struct bench *bench = *state;

	rd_kafka_mock_push_request_errors(bench->kafka.mock, API_KEY_PRODUCE, 6,
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND);
	open_publisher(bench);
	for (uint64_t i = 1; i <= 20; i++) {
		append(bench, 5, 500);
		turn(bench);
	}
	work_until(bench, 100);
	assert_topic_holds(bench, 100);
}

/* Errors that librdkafka gives up on: the record is sent again by a new producer. */
static void test_permanent_errors(void **state)
{
	struct bench *bench = *state;

	rd_kafka_mock_push_request_errors(bench->kafka.mock, API_KEY_PRODUCE, 4,
		RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
		RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
		RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP);
	open_publisher(bench);
	append(bench, 50, 500);
	work_until(bench, 50);
	append(bench, 50, 500);
	work_until(bench, 100);
	assert_topic_holds(bench, 100);
	assert_int_equal(bench->spool.n_refused, 0);
}

/* Not created yet, or deleted: everything waits, however often it is tried, and nobody is to blame.
 */
static void test_topic_missing(void **state)
{
	struct bench *bench = *state;
	int64_t start = now_usec();

	rd_kafka_mock_topic_set_error(
		bench->kafka.mock, TOPIC, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
	add_pair(bench, "topic.metadata.propagation.max.ms", "100");
	open_publisher(bench);
	append(bench, 20, 500);
	while (publisher_handle(bench->publisher)) { /* until the first producer is given up */
		assert_true(now_usec() - start < DEADLINE_USEC);
		turn(bench);
	}
	assert_int_equal(spool_acked(&bench->spool), 0);
	rd_kafka_mock_topic_set_error(bench->kafka.mock, TOPIC, RD_KAFKA_RESP_ERR_NO_ERROR);
	work_until(bench, 20);
	assert_topic_holds(bench, 20);
	assert_int_equal(bench->spool.n_refused, 0);
}

/* Refused once, among others or by a broker that was mistaken: nobody is to blame. */
static void test_refused_once(void **state)
{
	static const rd_kafka_resp_err_t errors[] = {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
		RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE};
	struct bench *bench = *state;

	open_publisher(bench);
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		rd_kafka_mock_push_request_errors(bench->kafka.mock, API_KEY_PRODUCE, 1, errors[i]);
		append(bench, 50, 500);
		work_until(bench, 50 * (i + 1));
	}
	assert_topic_holds(bench, 150);
	assert_int_equal(bench->spool.n_refused, 0);
}

static uint64_t refused_sequence(const struct bench *bench, size_t size)
{
	struct refused_sum sum;
	struct spool_record record;
	unsigned char bytes[4096];
	char path[160];
	ssize_t n;
	int fd;

	assert_int_equal(refused_sum(bench->spool.dirfd, &sum), 0);
	assert_int_equal(sum.count, 1);
	assert_int_equal(sum.first, sum.last);
	snprintf(path, sizeof(path), "%s/refused/%020" PRIu64 ".rec", bench->path, sum.first);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, bytes, sizeof(bytes));
	close(fd);
	assert_int_equal(sum.bytes, n);
	assert_int_equal(spool_record_parse(bytes, (size_t)n, &record), 0);
	assert_int_equal(record.sequence, sum.first);
	assert_int_equal(record.batch_size, size);
	assert_memory_equal(record.batch, &record.sequence, sizeof(record.sequence));
	return sum.first;
}

/*
 * The mock refuses the request with all three, then takes the first and refuses the second, which
 * is alone then.
 */
static void test_refused_record_is_set_aside(void **state)
{
	struct bench *bench = *state;

	add_pair(bench, "linger.ms", "300"); /* into one request */
	rd_kafka_mock_push_request_errors(bench->kafka.mock, API_KEY_PRODUCE, 3,
		RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_NO_ERROR,
		RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	append(bench, 3, 500);
	open_publisher(bench);
	work_until(bench, 3);
	assert_int_equal(bench->spool.n_refused, 1);
	assert_int_equal(refused_sequence(bench, 500), 2);
	append(bench, 17, 500);
	work_until(bench, 20);
	assert_topic_holds_but(bench, 20, 2);
}

/* librdkafka itself refuses what is larger than its own limit: here the third of five. */
static void test_too_large_for_the_client(void **state)
{
	struct bench *bench = *state;

	add_pair(bench, "message.max.bytes", "1500");
	append(bench, 2, 500);
	append(bench, 1, 3000);
	append(bench, 2, 500);
	open_publisher(bench);
	work_until(bench, 5);
	assert_int_equal(bench->spool.n_refused, 1);
	assert_int_equal(refused_sequence(bench, 3000), 3);
	assert_topic_holds_but(bench, 5, 3);

	/* a later run knows nothing of it, and need not */
	publisher_free(bench->publisher);
	bench->publisher = NULL;
	spool_close(&bench->spool);
	open_spool(bench);
	assert_int_equal(spool_acked(&bench->spool), 5);
}

/* What finds no room aside is lost, said, and blocks nobody either. */
static void test_no_room_aside(void **state)
{
	struct bench *bench = *state;
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/refused", bench->path);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/refused/%020d.rec", bench->path, 7);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), (off_t)REFUSED_MAX_BYTES - 100), 0);
	fclose(file);

	add_pair(bench, "message.max.bytes", "1500");
	append(bench, 1, 3000);
	append(bench, 2, 500);
	open_publisher(bench);
	work_until(bench, 3);
	assert_int_equal(bench->spool.n_refused, 0);
	assert_int_equal(bench->spool.n_lost, 1);
	assert_topic_holds_but(bench, 3, 1);
}

static void wait_for_producer(struct bench *bench)
{
	int64_t end = now_usec() + DEADLINE_USEC;

	do {
		assert_true(now_usec() < end);
		turn(bench);
	} while (!publisher_handle(bench->publisher));
}

static void test_fatal_error(void **state)
{
	struct bench *bench = *state;

	open_publisher(bench);
	append(bench, 10, 500);
	work_until(bench, 10);
	for (uint64_t last = 20; last <= 60; last += 10) {
		append(bench, 10, 500);
		wait_for_producer(bench);
		assert_int_equal(
			rd_kafka_test_fatal_error(publisher_handle(bench->publisher),
				RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "injected"),
			0);
		work_until(bench, last);
	}
	/* The last ones may have been acknowledged before the fatal error was noticed. */
	assert_topic_holds(bench, 60);
}

static void test_fatal_error_restarts_with_backoff(void **state)
{
	struct bench *bench = *state;
	int64_t start;

	open_publisher(bench);
	append(bench, 1, 500);
	work_until(bench, 1);
	(void)rd_kafka_test_fatal_error(publisher_handle(bench->publisher),
		RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "injected"); /* always fails */
	start = now_usec();
	while (publisher_handle(bench->publisher)) {
		assert_true(now_usec() - start < DEADLINE_USEC);
		turn(bench);
	}
	append(bench, 1, 500);
	assert_true(publisher_deadline_usec(bench->publisher) >= start + PUBLISHER_BACKOFF_USEC);
	work_until(bench, 2);
	assert_topic_holds(bench, 2);
}

static void test_brokers_away_and_back(void **state)
{
	struct bench *bench = *state;
	int64_t end;

	open_publisher(bench);
	append(bench, 10, 500);
	work_until(bench, 10);
	for (int32_t id = 1; id <= 3; id++)
		rd_kafka_mock_broker_set_down(bench->kafka.mock, id);
	append(bench, 3000, 1000);
	end = now_usec() + 1500000;
	while (now_usec() < end)
		turn(bench);
	assert_int_equal(spool_acked(&bench->spool), 10);
	/* bounded: what is in flight, not the backlog */
	assert_true(rd_kafka_outq_len(publisher_handle(bench->publisher)) < 1100);

	for (int32_t id = 1; id <= 3; id++)
		rd_kafka_mock_broker_set_up(bench->kafka.mock, id);
	work_until(bench, 3010);
	assert_topic_holds(bench, 3010);
}

static void test_no_broker_from_the_start(void **state)
{
	struct bench *bench = *state;

	for (int32_t id = 1; id <= 3; id++)
		rd_kafka_mock_broker_set_down(bench->kafka.mock, id);
	open_publisher(bench);
	append(bench, 5, 500);
	for (int i = 0; i < 5; i++)
		turn(bench);
	for (int32_t id = 1; id <= 3; id++)
		rd_kafka_mock_broker_set_up(bench->kafka.mock, id);
	work_until(bench, 5);
	assert_topic_holds(bench, 5);
}

static void test_random_errors(void **state)
{
	static const rd_kafka_resp_err_t errors[] = {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
		RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT};
	struct bench *bench = *state;
	uint64_t random = 11;

	open_publisher(bench);
	for (int i = 0; i < 12; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		rd_kafka_mock_push_request_errors(bench->kafka.mock, API_KEY_PRODUCE, 1,
			errors[(random >> 33) % (sizeof(errors) / sizeof(*errors))]);
		append(bench, (int)((random >> 20) % 40) + 1, 700);
		if ((random >> 40) % 3 == 0 && publisher_handle(bench->publisher))
			(void)rd_kafka_test_fatal_error(publisher_handle(bench->publisher),
				RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, "injected"); /* "" */
		turn(bench);
		if (i % 4 == 3)
			work_until(bench, spool_last_sequence(&bench->spool));
	}
	work_until(bench, spool_last_sequence(&bench->spool));
	assert_topic_holds(bench, spool_last_sequence(&bench->spool));
}

static void assert_refused(
	struct bench *bench, const char *name, const char *value, const char *text)
{
	size_t count = bench->pairs.count;
	char error[256] = "";

	add_pair(bench, name, value);
	assert_int_equal(publisher_new(&bench->config, &bench->spool, now_usec(), error,
				 sizeof(error), &bench->publisher),
		-EINVAL);
	if (!strstr(error, text))
		fail_msg("\"%s\" not in: %s", text, error);
	free(bench->pair[count].name);
	free(bench->pair[count].value);
	bench->pairs.count = count;
}

static void test_settings(void **state)
{
	struct bench *bench = *state;

	assert_refused(bench, "enable.idempotence", "false", "kafka.enable.idempotence\": set by");
	assert_refused(bench, "acks", "1", "kafka.acks\": set by hubmeter");
	assert_refused(bench, "request.required.acks", "1", "not to be changed");
	assert_refused(bench, "no.such.thing", "1", "option \"kafka.no.such.thing\": ");
	assert_refused(bench, "max.in.flight", "6", "max.in.flight");
	add_pair(bench, "compression.codec", "zstd");
	append(bench, 2, 500);
	open_publisher(bench);
	work_until(bench, 2);
	assert_topic_holds(bench, 2);
}

/* Batches are a minute apart, as long as it takes until one that is not acknowledged is late. */
static void test_what_waits_is_late_from_when_it_waits(void **state)
{
	struct bench *bench = *state;
	int64_t later;

	open_publisher(bench);
	append(bench, 1, 100);
	work_until(bench, 1);
	append(bench, 1, 100);
	later = now_usec() + 2 * PUBLISHER_STALL_USEC;
	publisher_work(bench->publisher, later);
	assert_int_equal(publisher_deadline_usec(bench->publisher), later + PUBLISHER_STALL_USEC);
}

/* How many threads of ours may sleep @msec longer than they ask to; -1: only root may know. */
static int count_slack(int msec)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	assert_non_null(dir);
	while (count >= 0 && (entry = readdir(dir))) {
		char path[300];
		long long nsec;
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/timerslack_ns", entry->d_name);
		file = fopen(path, "r");
		if (!file || fscanf(file, "%lld", &nsec) != 1)
			count = -1;
		else
			count += nsec >= msec * 1000000LL;
		if (file)
			fclose(file);
	}
	closedir(dir);
	return count;
}

static void test_its_threads_sleep_longer_and_ours_do_not(void **state)
{
	struct bench *bench = *state;
	int own_nsec = prctl(PR_GET_TIMERSLACK);

	if (count_slack(10) != 0)
		skip();
	open_publisher(bench);
	assert_int_equal(prctl(PR_GET_TIMERSLACK), own_nsec);
	append(bench, 1, 100);
	work_until(bench, 1);
	assert_in_range(count_slack(10), 2, 20); /* its own thread, and one of a broker at least */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_delivers_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_backlog, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_continues_behind_the_acknowledged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_retriable_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_permanent_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_topic_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_record_is_set_aside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_large_for_the_client, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_room_aside, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fatal_error, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_fatal_error_restarts_with_backoff, setup, teardown),
		cmocka_unit_test_setup_teardown(test_brokers_away_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_broker_from_the_start, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_waits_is_late_from_when_it_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_its_threads_sleep_longer_and_ours_do_not, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
