/* What a pass costs where nothing happens, or nothing but work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/collector/source/process/simulated_kernel.h"

#include "collector/config.h"
#include "collector/meter/meter.h"

#define N_SERVERS 20
#define N_PASSES  20

static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

static struct kernel kernel;
static size_t n_stats, n_allocations;

#ifdef __SANITIZE_ADDRESS__
void __sanitizer_malloc_hook(const volatile void *at, size_t size);
void __sanitizer_malloc_hook(const volatile void *at, size_t size)
{
	(void)at;
	(void)size;
	n_allocations++;
}
#endif

static void count_stats(struct kernel *of, int32_t pid, const char *what)
{
	(void)of;
	(void)pid;
	n_stats += strcmp(what, "stat") == 0;
}

static void pass(struct meter *meter)
{
	kernel_advance(&kernel, 10000000);
	assert_int_equal(meter_pass(meter), 0);
}

/* A hub with servers, each of them with a child; and as many processes of nobody. */
static struct meter *start(void)
{
	struct meter *meter;
	int32_t hub;

	kernel_init(&kernel, 1);
	kernel.before_read = count_stats;
	hub = kernel_fork(&kernel, INIT)->pid;
	for (int i = 1; i <= N_SERVERS; i++) {
		struct kernel_process *server = kernel_fork(&kernel, hub);

		server->owner = i;
		server->uid = KERNEL_UID_BASE + (uint32_t)i;
		snprintf(server->environ, sizeof(server->environ),
			"JUPYTERHUB_USER=u%d\nJUPYTERHUB_API_URL=http://h\n", i);
		(void)kernel_fork(&kernel, server->pid);
		(void)kernel_fork(&kernel, INIT);
	}
	assert_int_equal(meter_new(&kernel_config, &kernel.clock, only_process, &meter), 0);
	for (int i = 0; i < 3; i++)
		pass(meter);
	return meter;
}

/* Its clock says it, which costs a tenth of what its file does. */
static void test_who_did_nothing_is_not_read(void **state)
{
	struct meter *meter = start();

	(void)state;
	n_stats = 0;
	pass(meter);
	assert_int_equal(n_stats, 0);
	kernel_burn(&kernel, &kernel.process[2], 1);
	pass(meter);
	assert_int_equal(n_stats, 1);
	meter_free(meter);
}

static void test_a_pass_allocates_nothing(void **state)
{
	struct meter *meter = start();
	struct hm_batch batch;
	size_t before;

	(void)state;
	for (size_t i = 0; i < kernel.n; i += 2)
		kernel.process[i].permille = 10;
	pass(meter);
	assert_int_equal(meter_close_window(meter, &batch), 0);
	meter_commit_window(meter);
	before = n_allocations;
	for (int i = 0; i < N_PASSES; i++)
		pass(meter);
	assert_int_equal(n_allocations, before);
	meter_free(meter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_did_nothing_is_not_read),
		cmocka_unit_test(test_a_pass_allocates_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
