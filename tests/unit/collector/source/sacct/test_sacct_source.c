/* The meter with a program that stands in for sacct: what leaves is what it said, once. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/sacct/sacct_source.h"
#include "common/log.h"
#include "proto/validate.h"
#include "tests/support/random.h"
#include "tests/unit/collector/fake_machine.h"

#define MINUTE	   60000000
#define INTERVAL   (5 * MINUTE)
#define NOW_SEC	   (FAKE_BOOTED_USEC / 1000000 + 100) /* when the tests begin */
#define STATE_SIZE (32u << 20)

static char hub[] = "h", node[] = "n", resource_class[] = "c", tag[] = "Account", none[] = "";

static const struct source_ops *const only_sacct[] = {&sacct_source_ops, NULL};

/* A sacct that knows how it is to be asked, and divides columns as it is told. */
#define HEAD                                                                                       \
	"#!/bin/sh\n"                                                                              \
	"case $SLURM_TIME_FORMAT in ?s) ;; *) exit 9;; esac\n"                                     \
	"for a; do case $a in --delimiter=*) d=${a#*=};; esac; done\n"                             \
	"echo \"$*\" >> $0.asked\n"

#define PRINT "sed \"s/|/$d/g\" <<'END'\n"

struct total {
	uint64_t cpu_reserved, cpu_used, cpu_billable, memory_reserved, gpu_reserved;
};

struct bench {
	struct fake_machine machine;
	struct config config;
	struct meter *meter;
	char script[80], asked[96];
	struct total ada, all;
	size_t n_rows;
	int64_t first_usec, last_usec;			/* of all windows */
	char workload[128], row_class[64], row_tag[64]; /* of the last row */
};

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0700), 0);
}

static void write_script(const struct bench *bench, const char *lines)
{
	char text[8192];

	assert_true(snprintf(text, sizeof(text), HEAD PRINT "%sEND\n", lines) < (int)sizeof(text));
	write_text(bench->script, text);
}

static void open_meter(struct bench *bench)
{
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_sacct, &bench->meter), 0);
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	log_set_threshold(LOG_PRIORITY_ERROR - 1);
	fake_machine_init(&bench->machine);
	snprintf(bench->script, sizeof(bench->script), "%s.sacct", bench->machine.path);
	snprintf(bench->asked, sizeof(bench->asked), "%s.asked", bench->script);
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.proc = bench->machine.path,
		.sacct_command = bench->script,
		.sacct_file = none,
		.sacct_tag = tag,
		.sacct_class = none,
		.sacct_interval = INTERVAL,
		.command_timeout = 30000000,
		.publish_interval = MINUTE};
	bench->first_usec = INT64_MAX;
	open_meter(bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	meter_free(bench->meter);
	(void)unlink(bench->script);
	(void)unlink(bench->asked);
	fake_machine_release(&bench->machine);
	free(bench);
	return 0;
}

static void pass(struct bench *bench, int64_t usec)
{
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
	bench->machine.boottime_usec += usec;
}

/* Start it, wait until it is over, and book what it said. */
static void run_step(struct bench *bench)
{
	struct pollfd pfd = {.fd = meter_event_fd(bench->meter), .events = POLLIN};

	pass(bench, 1);
	do
		assert_int_equal(poll(&pfd, 1, 30000), 1);
	while (!meter_on_event(bench->meter));
}

static void run_once(struct bench *bench)
{
	run_step(bench);
	pass(bench, INTERVAL);
}

static void use_file(struct bench *bench)
{
	meter_free(bench->meter);
	bench->config.sacct_command = none;
	bench->config.sacct_file = bench->script;
	open_meter(bench);
}

static void add_row(struct total *total, const struct hm_batch *batch, size_t i)
{
	total->cpu_used += batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];
	total->cpu_reserved += batch->quantity[HM_QUANTITY_CPU_RESERVED_USEC][i];
	total->cpu_billable += batch->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][i];
	total->memory_reserved += batch->quantity[HM_QUANTITY_MEMORY_RESERVED_MIB_SEC][i];
	total->gpu_reserved += batch->quantity[HM_QUANTITY_GPU_RESERVED_MSEC][i];
}

static void add_up(struct bench *bench, struct hm_batch *batch)
{
	struct hm_wire_limits limits = {.now_usec = fake_realtime(&bench->machine),
		.max_age_usec = 3600000000,
		.max_future_usec = 1};

	batch->sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(batch, &limits)), "none");
	for (size_t i = 0; i < batch->n_rows; i++) {
		assert_true(batch->flags[i] & HM_FLAG_IMPORTED);
		add_row(&bench->all, batch, i);
		if (strcmp(batch->strings[batch->user[i]], "ada") == 0)
			add_row(&bench->ada, batch, i);
		snprintf(bench->workload, sizeof(bench->workload), "%s",
			batch->strings[batch->workload[i]]);
		snprintf(bench->row_tag, sizeof(bench->row_tag), "%s",
			batch->strings[batch->tag[i]]);
		snprintf(bench->row_class, sizeof(bench->row_class), "%s",
			batch->strings[batch->resource_class[i]]);
		bench->n_rows++;
	}
	if (batch->n_rows > 0) {
		if (batch->window_start_usec < bench->first_usec)
			bench->first_usec = batch->window_start_usec;
		if (batch->window_end_usec > bench->last_usec)
			bench->last_usec = batch->window_end_usec;
	}
}

static void take(struct bench *bench)
{
	struct hm_batch batch;
	int r;

	while ((r = meter_close_window(bench->meter, &batch)) == 0) {
		add_up(bench, &batch);
		meter_commit_window(bench->meter);
	}
	assert_int_equal(r, -EAGAIN);
}

static void restart(struct bench *bench, const struct buffer *state)
{
	meter_free(bench->meter);
	open_meter(bench);
	if (state->size > 0)
		assert_int_equal(meter_restore(bench->meter, state->data, state->size), 0);
}

static const char *line(
	uint64_t dbindex, int64_t start, int64_t end, uint64_t elapsed, const char *rest)
{
	static char text[512];
	char end_text[32] = "Unknown";

	if (end > 0)
		snprintf(end_text, sizeof(end_text), "%lld", (long long)end);
	snprintf(text, sizeof(text), "hpc1|%llu|%llu|%lld|%s|%llu|00:00:00|%s\n",
		(unsigned long long)dbindex, (unsigned long long)dbindex, (long long)start,
		end_text, (unsigned long long)elapsed, rest);
	return text;
}

#define ADA "4|00:10.500|cpu=4,mem=1000M,gres/gpu:a100=1|ada|1001|gpu|chem"
#define BOB "2|00:00:00|cpu=2,mem=10M|bob|1002|cpu|bio"

static void test_a_job_leaves_once(void **state)
{
	struct bench *bench = *state;

	write_script(bench, line(90017, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));
	for (int i = 0; i < 3; i++) {
		run_once(bench);
		take(bench);
	}
	assert_int_equal(bench->ada.cpu_reserved, 200000000);
	assert_int_equal(bench->ada.cpu_used, 10500000);
	assert_int_equal(bench->ada.cpu_billable, 200000000);
	assert_int_equal(bench->ada.memory_reserved, 50000);
	assert_int_equal(bench->ada.gpu_reserved, 50000);
	assert_int_equal(bench->n_rows, 1);
	assert_int_equal(bench->first_usec, (NOW_SEC - 100) * 1000000);
	assert_int_equal(bench->last_usec, (NOW_SEC - 50) * 1000000);
	assert_string_equal(bench->workload, "hpc1/90017");
	assert_string_equal(bench->row_class, "gpu");
	assert_string_equal(bench->row_tag, "chem");
}

/* While it runs, it leaves piece by piece, also what was known of it in a summer's hour twice. */
static void test_a_job_that_runs(void **state)
{
	struct bench *bench = *state;
	int64_t now = 0;

	for (int i = 0; i < 5; i++) {
		now = fake_realtime(&bench->machine) / 1000000;
		write_script(
			bench, line(5, NOW_SEC - 1000, 0, (uint64_t)(now - NOW_SEC + 1000), BOB));
		run_once(bench);
		take(bench);
		assert_int_equal(bench->all.cpu_reserved, 2000000 * (now - NOW_SEC + 1000));
		assert_int_equal(bench->last_usec, now * 1000000);
	}
	assert_int_equal(bench->n_rows, 5);
	write_script(bench,
		line(5, NOW_SEC - 1000, now + 10, (uint64_t)(now + 10 - NOW_SEC + 1000), BOB));
	run_once(bench);
	take(bench);
	assert_int_equal(bench->all.cpu_reserved, 2000000 * (now + 10 - NOW_SEC + 1000));
}

/* A line that is wrong costs itself. */
static void test_other_lines_count(void **state)
{
	struct bench *bench = *state;
	char text[2048];
	int n = snprintf(
		text, sizeof(text), "garbage\n%s", line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));

	n += snprintf(text + n, sizeof(text) - (size_t)n, "%s",
		line(2, NOW_SEC - 100, NOW_SEC - 50, 50, "2|00:00:00|cpu=2,mem=1Q|bob|1|p|t"));
	(void)snprintf(text + n, sizeof(text) - (size_t)n, "%s",
		line(3, NOW_SEC - 100, NOW_SEC - 50, 50, BOB));
	write_script(bench, text);
	run_once(bench);
	take(bench);
	assert_int_equal(bench->n_rows, 2);
	write_script(bench, line(2, NOW_SEC - 100, NOW_SEC - 50, 50, BOB));
	run_once(bench);
	take(bench);
	assert_int_equal(bench->n_rows, 3);
}

/* A comment of two lines is not a job of somebody else. */
static void test_a_forged_line(void **state)
{
	struct bench *bench = *state;
	char text[4096];

	assert_true(snprintf(text, sizeof(text),
			    HEAD "printf 'hpc1%%s1%%s1%%s%lld%%s%lld%%s50%%s00:00:00%%s4%%s"
				 "00:00:00%%scpu=4%%sbob%%s1%%sp%%scomment\\n"
				 "hpc1|2|2|%lld|%lld|50|00:00:00|4|00:00:00|cpu=4|ada|1|p|x\\n' "
				 "$d $d $d $d $d $d $d $d $d $d $d $d $d\n",
			    (long long)NOW_SEC - 100, (long long)NOW_SEC - 50,
			    (long long)NOW_SEC - 100, (long long)NOW_SEC - 50) < (int)sizeof(text));
	write_text(bench->script, text);
	run_once(bench);
	take(bench);
	assert_int_equal(bench->n_rows, 1);
	assert_int_equal(bench->all.cpu_reserved, 200000000);
	assert_int_equal(bench->ada.cpu_reserved, 0);
}

/* Strange names travel as other strange names do; the class may be the site's. */
static void test_names(void **state)
{
	static char class[] = "hpc";
	struct bench *bench = *state;

	bench->config.sacct_class = class;
	write_script(bench, line(1, NOW_SEC - 100, NOW_SEC - 50, 50,
				    "1|00:00:00|cpu=1|b\xffob|1|p|\x01\x02tag"));
	run_once(bench);
	take(bench);
	assert_int_equal(bench->n_rows, 1);
	assert_non_null(strstr(bench->row_tag, "tag~"));
	assert_string_equal(bench->row_class, "hpc");
}

static void test_failures_cost_nothing(void **state)
{
	static const char *const wrong[] = {
		"#!/bin/sh\necho slurmdbd is down >&2; exit 1\n", "#!/bin/sh\nkill -9 $$\n"};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		write_text(bench->script, wrong[i]);
		run_once(bench);
		take(bench);
		assert_int_equal(bench->n_rows, 0);
	}
	write_script(bench, line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));
	run_once(bench);
	take(bench);
	assert_int_equal(bench->ada.cpu_reserved, 200000000);
}

/* More than fits one answer is asked for in shorter steps, which leave nothing out. */
static void test_too_much_at_once(void **state)
{
	struct bench *bench = *state;
	char text[4096];

	assert_true(snprintf(text, sizeof(text),
			    HEAD "for a; do case $a in --starttime=uts*) s=${a#*uts};; "
				 "--endtime=uts*) e=${a#*uts};; esac; done\n"
				 "[ $((e - s)) -gt 200000 ] && exec yes\n"
				 "echo $s $e >> $0.taken\n" PRINT "%sEND\n",
			    line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA)) < (int)sizeof(text));
	write_text(bench->script, text);
	for (int i = 0; i < 6; i++) { /* a week, a half, and four quarters */
		run_step(bench);
		pass(bench, 1);
	}
	take(bench);
	assert_int_equal(bench->ada.cpu_reserved, 200000000);

	char path[128];
	long long from, to, until = 0, first = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s.taken", bench->script);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fscanf(file, "%lld %lld", &from, &to) == 2) {
		assert_true(first == 0 || from == until);
		first = first ? first : from;
		until = to;
		if (until >= NOW_SEC)
			break;
	}
	assert_int_equal(first, NOW_SEC - 604800);
	assert_true(until >= NOW_SEC && until < NOW_SEC + 60);
	assert_int_equal(fclose(file), 0);
	(void)unlink(path);
}

/* A file that shrinks says nothing of those that are missing. */
static void test_a_file(void **state)
{
	struct bench *bench = *state;
	char text[2048];
	int n;

	use_file(bench);
	pass(bench, INTERVAL); /* not there yet */
	n = snprintf(text, sizeof(text), "%s", line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));
	(void)snprintf(text + n, sizeof(text) - (size_t)n, "%s",
		line(2, NOW_SEC - 100, NOW_SEC - 50, 50, BOB));
	write_text(bench->script, text);
	pass(bench, INTERVAL);
	take(bench);
	assert_int_equal(bench->all.cpu_reserved, 300000000);
	text[n] = '\0';
	write_text(bench->script, text);
	pass(bench, INTERVAL);
	take(bench);
	write_text(bench->script, "cut in the midd");
	pass(bench, INTERVAL);
	take(bench);
	assert_int_equal(bench->all.cpu_reserved, 300000000);
	write_text(bench->script, line(2, NOW_SEC - 100, NOW_SEC - 40, 60, BOB));
	pass(bench, INTERVAL);
	take(bench);
	assert_int_equal(bench->all.cpu_reserved, 320000000);
}

static void test_what_ended_long_ago(void **state)
{
	struct bench *bench = *state;

	use_file(bench);
	write_text(bench->script, line(1, NOW_SEC - 700000, NOW_SEC - 604801, 50, ADA));
	pass(bench, INTERVAL);
	take(bench);
	assert_int_equal(bench->n_rows, 0);
	write_text(bench->script, line(2, NOW_SEC - 700000, NOW_SEC - 604000, 50, ADA));
	pass(bench, INTERVAL);
	take(bench);
	assert_true(bench->n_rows > 0); /* a row for each day that it touches */
	assert_int_equal(bench->ada.cpu_reserved, 200000000);
}

/* 100,000 jobs, in parts, each of them once; the memory they take is measured. */
static void test_a_hundred_thousand(void **state)
{
	enum { N = 100000 };
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(STATE_SIZE);
	struct rusage before, after;
	FILE *file;

	use_file(bench);
	file = fopen(bench->script, "we");
	assert_non_null(file);
	for (uint64_t i = 0; i < N; i++) /* the last one ends first */
		fputs(line(i + 1, NOW_SEC - 300000, NOW_SEC - 100 - (int64_t)i, 10, ADA), file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	for (int i = 0; i < 30; i++) {
		pass(bench, MINUTE);
		take(bench);
		if (i == 7 || i == 28) {
			buffer_clear(&saved);
			assert_int_equal(meter_save(bench->meter, &saved), 0);
			restart(bench, &saved);
		}
	}
	assert_int_equal(bench->ada.cpu_reserved, UINT64_C(40000000) * N);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	print_message("%u jobs: state of %zu KiB, peak %ld MiB more\n", N, saved.size >> 10,
		(after.ru_maxrss - before.ru_maxrss) >> 10);
	assert_true(saved.size < 4u << 20);
	buffer_release(&saved);
}

struct told {
	int64_t end, known;
	uint64_t elapsed, used_sec;
};

/* How far each of some jobs got by now. */
static void write_jobs(
	struct bench *bench, struct random_source *random, struct told *told, size_t n, int64_t now)
{
	FILE *file = fopen(bench->script, "we");

	assert_non_null(file);
	for (size_t i = 0; i < n; i++) {
		char rest[128];

		if (told[i].end == 0 && random_below(random, 3) > 0) {
			told[i].elapsed += (uint64_t)(now - told[i].known);
			told[i].known = now;
		}
		if (told[i].end == 0 && told[i].elapsed > 0 && random_below(random, 20) == 0) {
			told[i].end = told[i].known;
			told[i].used_sec = random_below(random, 2 * told[i].elapsed + 1);
		}
		if (told[i].elapsed == 0)
			continue;
		snprintf(rest, sizeof(rest), "2|%02llu:%02llu:%02llu|cpu=2,mem=7M|ada|1|p|t",
			(unsigned long long)told[i].used_sec / 3600,
			(unsigned long long)told[i].used_sec / 60 % 60,
			(unsigned long long)told[i].used_sec % 60);
		fputs(line(i + 1, told[i].known - (int64_t)told[i].elapsed, told[i].end,
			      told[i].elapsed, rest),
			file);
	}
	assert_int_equal(fclose(file), 0);
}

/* As the loop writes records, but killed before or behind any of them. */
static void take_or_die(struct bench *bench, struct random_source *random, struct buffer *recorded)
{
	struct hm_batch batch;

	while (meter_close_window(bench->meter, &batch) == 0) {
		struct buffer state = BUFFER_INIT(STATE_SIZE);
		uint64_t fate = random_below(random, 8);

		if (fate == 0) { /* before the record is whole */
			restart(bench, recorded);
			return;
		}
		assert_int_equal(meter_save(bench->meter, &state), 0);
		add_up(bench, &batch);
		buffer_release(recorded);
		*recorded = state;
		if (fate == 1) {
			restart(bench, recorded);
			return;
		}
		meter_commit_window(bench->meter);
	}
}

static void test_killed_at_any_instant(void **state)
{
	enum { N = 20 };
	struct bench *bench = *state;

	use_file(bench);
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct random_source random = {seed};
		struct buffer recorded = BUFFER_INIT(STATE_SIZE);
		struct told told[N] = {0};
		uint64_t elapsed = 0;

		(void)unlink(bench->script); /* may not be there yet */
		meter_free(bench->meter);
		open_meter(bench);
		pass(bench, MINUTE);
		assert_int_equal(meter_save(bench->meter, &recorded), 0);
		bench->all = (struct total){0};
		for (size_t i = 0; i < N; i++)
			told[i].known = fake_realtime(&bench->machine) / 1000000;
		for (int step = 0; step < 60; step++) {
			write_jobs(
				bench, &random, told, N, fake_realtime(&bench->machine) / 1000000);
			pass(bench, INTERVAL);
			take_or_die(bench, &random, &recorded);
		}
		for (int step = 0; step < 2; step++) {
			pass(bench, INTERVAL);
			take(bench);
		}
		for (size_t i = 0; i < N; i++)
			elapsed += told[i].elapsed;
		assert_int_equal(bench->all.cpu_reserved, elapsed * 2000000);
		assert_int_equal(bench->all.cpu_billable, elapsed * 2000000);
		assert_int_equal(bench->all.memory_reserved, elapsed * 7);
		buffer_release(&recorded);
	}
}

/* A state of somebody else is refused, and the source starts as new. */
static void test_foreign_section(void **state)
{
	struct source_context context;
	struct bench *bench = *state;
	struct window window = {0};
	void *source;

	context = (struct source_context){&bench->config, &bench->machine.clock, NULL};
	assert_int_equal(sacct_source_ops.init(&context, &source), 0);
	assert_int_equal(sacct_source_ops.restore(source, &window, 1, "x", 1), -EBADMSG);
	assert_int_equal(sacct_source_ops.restore(source, &window, 77, "", 0), -EBADMSG);
	sacct_source_ops.free(source);
	bench->config.sacct_command = none;
	assert_int_equal(sacct_source_ops.init(&context, &source), -ENOENT);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_job_leaves_once),
		TEST(test_a_job_that_runs),
		TEST(test_other_lines_count),
		TEST(test_a_forged_line),
		TEST(test_names),
		TEST(test_failures_cost_nothing),
		TEST(test_too_much_at_once),
		TEST(test_a_file),
		TEST(test_what_ended_long_ago),
		TEST(test_a_hundred_thousand),
		TEST(test_killed_at_any_instant),
		TEST(test_foreign_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
