/* The thread, with more findings than it may have waiting. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/storage/worker.h"
#include "tests/unit/collector/source/storage/tree.h"

#define HOMES (3 * WORKER_FINDINGS)
#define FAST  1000000u

struct bench {
	struct tree tree;
	struct worker *worker;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	char name[32];

	tree_init(&bench->tree);
	for (unsigned int i = 0; i < HOMES; i++) {
		snprintf(name, sizeof(name), "%u", i);
		tree_mkdir(&bench->tree, name);
	}
	assert_int_equal(worker_new(round_new(bench->tree.path, NULL, 1), &bench->worker), 0);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	worker_free(bench->worker);
	tree_release(&bench->tree);
	free(bench);
	return 0;
}

static void wait_for_news(struct bench *bench)
{
	struct pollfd pfd = {.fd = worker_fd(bench->worker), .events = POLLIN};

	assert_int_equal(poll(&pfd, 1, 30000), 1);
}

static void test_every_finding_arrives_once(void **state)
{
	struct bench *bench = *state;

	assert_true(worker_is_idle(bench->worker));
	for (int round = 0; round < 3; round++) {
		bool is_found[HOMES] = {false};
		unsigned int n_roots = 0;
		struct finding finding;

		worker_begin(bench->worker, FAST);
		while (!worker_is_idle(bench->worker)) {
			wait_for_news(bench);
			while (worker_take(bench->worker, &finding)) {
				if (!finding.name[0]) {
					n_roots++;
					continue;
				}
				assert_false(is_found[atoi(finding.name)]);
				is_found[atoi(finding.name)] = true;
			}
		}
		for (unsigned int i = 0; i < HOMES; i++)
			assert_true(is_found[i]);
		assert_int_equal(n_roots, 1);
	}
}

/* A second wish changes nothing but the pace. */
static void test_one_round_at_a_time(void **state)
{
	struct bench *bench = *state;
	struct finding finding;
	unsigned int n = 0;

	worker_begin(bench->worker, 10);
	worker_begin(bench->worker, FAST);
	while (!worker_is_idle(bench->worker)) {
		wait_for_news(bench);
		worker_begin(bench->worker, FAST);
		while (n <= HOMES && worker_take(bench->worker, &finding))
			n++;
		if (n > HOMES)
			break;
	}
	assert_int_equal(n, HOMES + 1);
}

/* It leaves whether it waits for room, for its pace, or for something to do. */
static void test_leaves_at_once(void **state)
{
	struct bench *bench = *state;
	struct finding finding;

	worker_begin(bench->worker, FAST);
	wait_for_news(bench);
	worker_free(bench->worker);
	assert_int_equal(worker_new(round_new(bench->tree.path, NULL, 1), &bench->worker), 0);
	worker_begin(bench->worker, 1);
	wait_for_news(bench);
	assert_true(worker_take(bench->worker, &finding));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_finding_arrives_once),
		TEST(test_one_round_at_a_time),
		TEST(test_leaves_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
