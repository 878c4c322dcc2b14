/* GPU time in whole nodes: units, pods and servers, with a driver that stands in for NVIDIA's. */
#include "collector/gpu/gpu.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include <cmocka.h>

#include "collector/source/kubernetes/kubernetes_source.h"
#include "collector/source/process/process_source.h"
#include "collector/source/systemd/systemd_source.h"
#include "tests/unit/collector/fake_cgroups.h"
#include "tests/unit/collector/fake_gpus.h"

#define SECOND 1000000
#define ADA    "system.slice/jupyter-ada.service"
#define SERVER "JUPYTERHUB_USER=bob\nJUPYTERHUB_API_TOKEN=t\nJUPYTERHUB_API_URL=http://h\n"

static const struct source_ops *const sources[] = {&process_source_ops, &systemd_source_ops, NULL};

struct node {
	struct fake_gpus gpus;
	struct fake_node *node;
};

static void open_meter(struct node *node, const char *library)
{
	struct config *config = &node->node->config;

	meter_free(node->node->meter);
	config->gpu_library = (char *)(uintptr_t)library; /* nobody writes there */
	config->gpu_timeout = 60 * SECOND;
	node->node->sources = sources;
	fake_open_meter(node->node);
}

static int set_up(void **state)
{
	struct node *node = calloc(1, sizeof(*node));

	assert_non_null(node);
	fake_gpus_init(&node->gpus);
	node->node = fake_node_new(FAKE_UNIFIED, sources);
	open_meter(node, FAKE_GPUS_LIBRARY);
	fake_make_cgroup(node->node, "system.slice", 0);
	*state = node;
	return 0;
}

static int tear_down(void **state)
{
	struct node *node = *state;

	fake_node_free(node->node);
	fake_gpus_release(&node->gpus);
	free(node);
	return 0;
}

static unsigned long long utc(const struct node *node, int64_t from_now_usec)
{
	return (unsigned long long)(fake_realtime(&node->node->machine) + from_now_usec);
}

/* In ten seconds the driver says that, and a pass is. */
static void pass(struct node *node)
{
	fake_gpus_publish(&node->gpus);
	fake_pass(node->node, 10 * SECOND);
}

/* @percent of the ten seconds to come. */
static void will_be_busy(struct node *node, int32_t pid, unsigned int percent)
{
	fake_gpus_say(&node->gpus, "sample 0 %d %llu %u", pid, utc(node, 10 * SECOND), percent);
}

static void is_there(struct node *node)
{
	fake_gpus_say(&node->gpus, "gpu GPU-0 0 1 0 0");
}

static void start_ada(struct node *node, int32_t pid)
{
	fake_make_cgroup(node->node, ADA, pid);
	fake_start(&node->node->machine, pid, 1, 1000, "");
	fake_write_cgroup(&node->node->machine, pid, "/" ADA);
}

static struct fake_process *start_bob(struct node *node, int32_t pid)
{
	struct fake_machine *machine = &node->node->machine;

	if (!fake_find(machine, 2))
		fake_start(machine, 2, 1, 0, "");
	return fake_start(machine, pid, 2, 1001, SERVER);
}

/* Each has what its processes did; what nobody's did is the system's. */
static void test_units_and_servers(void **state)
{
	struct node *node = *state;

	fake_start(&node->node->machine, 1, 0, 0, "");
	start_ada(node, 70);
	start_bob(node, 80);
	fake_start(&node->node->machine, 90, 1, 0, "");
	is_there(node);
	pass(node);
	for (unsigned int i = 0; i < 6; i++) {
		is_there(node);
		will_be_busy(node, 70, 20);
		will_be_busy(node, 80, 30);
		will_be_busy(node, 90, 10);
		will_be_busy(node, 99, 5); /* gone before anybody saw it */
		pass(node);
	}
	fake_take_window(node->node);
	assert_int_equal(fake_user(node->node, "ada")->gpu_msec, 6 * 2000);
	assert_int_equal(fake_user(node->node, "bob")->gpu_msec, 6 * 3000);
	assert_int_equal(node->node->told.system_gpu_msec, 6 * 1500);
}

/* A fraction of a millisecond stays for the next window, of rows and of the system. */
static void test_fractions(void **state)
{
	struct node *node = *state;
	const struct told *told = &node->node->told;

	fake_start(&node->node->machine, 1, 0, 0, "");
	start_ada(node, 70);
	is_there(node);
	pass(node);
	for (unsigned int i = 0; i < 100; i++) {
		is_there(node);
		fake_gpus_say(
			&node->gpus, "sample 0 70 %llu 1", utc(node, 10 * SECOND - 37 * 1000));
		fake_gpus_say(
			&node->gpus, "sample 0 99 %llu 1", utc(node, 10 * SECOND - 37 * 1000));
		pass(node);
		fake_take_window(node->node);
	}
	/* 100 times ten seconds less what the first span is shorter, one percent each */
	assert_int_equal(told->row[0].gpu_msec, (100 * 10000 - 37) / 100);
	assert_int_equal(told->system_gpu_msec, (100 * 10000 - 37) / 100);
}

/* Neither is lost with the end: a server's nor a unit's, which has its last row by then. */
static void test_ends_between_two_passes(void **state)
{
	struct node *node = *state;
	struct fake_machine *machine = &node->node->machine;
	unsigned long long start = utc(node, 0);

	fake_start(machine, 1, 0, 0, "");
	start_ada(node, 70);
	start_bob(node, 80);
	is_there(node);
	pass(node);
	is_there(node);
	will_be_busy(node, 70, 10);
	will_be_busy(node, 80, 10);
	fake_gpus_say(&node->gpus, "account 0 70 %llu 0 5 1", start);
	fake_gpus_say(&node->gpus, "account 0 80 %llu 0 5 1", start);
	pass(node);
	is_there(node);
	fake_gpus_say(&node->gpus, "account 0 70 %llu 24000 25 0", start);
	fake_gpus_say(&node->gpus, "account 0 80 %llu 26000 50 0", start);
	fake_end(machine, fake_find(machine, 70), true);
	fake_end(machine, fake_find(machine, 80), true);
	fake_remove_cgroup(node->node, ADA);
	pass(node);
	fake_take_window(node->node);
	assert_true(fake_user(node->node, "ada")->flags & HM_FLAG_FINAL);
	assert_true(fake_user(node->node, "bob")->flags & HM_FLAG_FINAL);
	/* accounting counts from before metering: 6 s in all, of which 1 s was known of 1 s; then
	 * at most what is left of its life since */
	assert_int_equal(fake_user(node->node, "ada")->gpu_msec, 1000 + 4000);
	assert_int_equal(fake_user(node->node, "bob")->gpu_msec, 1000 + 6000);
	assert_int_equal(node->node->told.system_gpu_msec, 0);
}

/* A collector that starts again knows nothing of the time between. */
static void test_restart(void **state)
{
	struct node *node = *state;

	fake_start(&node->node->machine, 1, 0, 0, "");
	start_ada(node, 70);
	is_there(node);
	pass(node);
	for (unsigned int i = 0; i < 4; i++) {
		if (i == 2)
			fake_restart(node->node);
		is_there(node);
		will_be_busy(node, 70, 50);
		pass(node);
		fake_take_window(node->node);
	}
	assert_int_equal(fake_user(node->node, "ada")->gpu_msec, 3 * 5000);
}

/* All but GPUs is metered on, and what comes late is there at last. */
static void test_driver_hangs(void **state)
{
	struct node *node = *state;

	node->node->config.gpu_timeout = 60 * SECOND;
	fake_start(&node->node->machine, 1, 0, 0, "");
	start_ada(node, 70);
	is_there(node);
	pass(node);
	node->node->config.gpu_timeout = 1000;
	for (unsigned int i = 0; i < 6; i++) {
		is_there(node);
		will_be_busy(node, 70, 50);
		fake_gpus_say(&node->gpus, "hang");
		fake_use_cpu(node->node, ADA, 10000);
		pass(node);
	}
	fake_take_window(node->node);
	assert_int_equal(fake_user(node->node, "ada")->cpu_usec, 6 * 10000);
	assert_int_equal(fake_user(node->node, "ada")->gpu_msec, 0);
	is_there(node);
	will_be_busy(node, 70, 50);
	fake_gpus_publish(&node->gpus);
	fake_gpus_settle();
	node->node->config.gpu_timeout = 60 * SECOND;
	fake_pass(node->node, SECOND);
	fake_take_window(node->node);
	/* half of the time that passed, of which samples may be two seconds late */
	assert_in_range(fake_user(node->node, "ada")->gpu_msec, 30500, 31500);
	assert_int_equal(node->node->told.system_gpu_msec, 0);
}

/* Nothing changes where there is no library, and where nobody is to look for one. */
static void test_no_library(void **state)
{
	static const char *const library[] = {"", "/nowhere/libnvidia-ml.so.1"};
	struct node *node = *state;

	fake_start(&node->node->machine, 1, 0, 0, "");
	start_ada(node, 70);
	for (size_t i = 0; i < 2; i++) {
		open_meter(node, library[i]);
		for (unsigned int n = 0; n < 3; n++) {
			is_there(node);
			will_be_busy(node, 70, 50);
			pass(node);
		}
		fake_take_window(node->node);
	}
	assert_int_equal(fake_user(node->node, "ada")->gpu_msec, 0);
	assert_int_equal(node->node->told.system_gpu_msec, 0);
}

/* A machine without GPUs is looked at again in a minute. */
static void test_driver_comes_later(void **state)
{
	struct node *node = *state;
	unsigned int i;

	fake_start(&node->node->machine, 1, 0, 0, "");
	start_ada(node, 70);
	fake_gpus_say(&node->gpus, "init 9");
	pass(node);
	for (i = 0; i < 10; i++) {
		is_there(node);
		will_be_busy(node, 70, 50);
		pass(node);
	}
	fake_take_window(node->node);
	/* the sixth pass behind is the first reading, which is a baseline */
	assert_int_equal(fake_user(node->node, "ada")->gpu_msec, 4 * 5000);
}

static void assert_figures(const struct gpu *gpu, const struct gpu_figures *expected)
{
	const struct gpu_figures figures = gpu_figures(gpu);

	assert_int_equal(figures.n_metered, expected->n_metered);
	assert_int_equal(figures.n_sliced, expected->n_sliced);
	assert_int_equal(figures.n_unreadable, expected->n_unreadable);
	assert_int_equal(figures.has_driver, expected->has_driver);
	assert_int_equal(figures.is_away, expected->is_away);
}

/* Of slices nothing is seen. */
static void test_is_metering(void **state)
{
	struct node *node = *state;
	struct gpu *gpu;
	struct config config = node->node->config;

	assert_int_equal(gpu_new(&config, &node->node->machine.clock, &gpu), 0);
	assert_false(gpu_is_metering(gpu));
	assert_figures(gpu, &(struct gpu_figures){0});
	is_there(node);
	fake_gpus_publish(&node->gpus);
	gpu_begin(gpu);
	gpu_end(gpu);
	assert_true(gpu_is_metering(gpu));
	assert_figures(gpu, &(struct gpu_figures){.n_metered = 1, .has_driver = true});
	fake_gpus_say(&node->gpus, "gpu GPU-0 1 0 0 0"); /* slices */
	fake_gpus_publish(&node->gpus);
	gpu_begin(gpu);
	gpu_end(gpu);
	assert_false(gpu_is_metering(gpu));
	assert_figures(gpu, &(struct gpu_figures){.n_sliced = 1, .has_driver = true});
	fake_gpus_say(&node->gpus, "fail 1"); /* the driver is gone */
	fake_gpus_publish(&node->gpus);
	gpu_begin(gpu);
	gpu_end(gpu);
	assert_figures(gpu, &(struct gpu_figures){.has_driver = true, .is_away = true});
	gpu_free(gpu);
}

/* A source of which something ended, all the time. */
struct ending {
	int fd;
	unsigned int n_settled, n_claimed;
};

static struct ending ending;

static int ending_init(const struct source_context *context, void **ret)
{
	(void)context;
	*ret = &ending;
	return 0;
}

static void ending_free(void *self)
{
	(void)self;
}

static int ending_fd(const void *self)
{
	return ((const struct ending *)self)->fd;
}

static bool ending_on_event(void *self)
{
	(void)self;
	return true;
}

static int ending_settle(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	(void)window;
	(void)claims;
	assert_null(pass->gpu);
	((struct ending *)self)->n_settled++;
	return 0;
}

static int ending_observe(void *self, const struct source_pass *pass)
{
	(void)self;
	(void)pass;
	return 0;
}

static int ending_claim(const void *self, struct claims *claims)
{
	(void)self;
	(void)claims;
	ending.n_claimed++;
	return 0;
}

static void ending_book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	(void)self;
	(void)window;
	(void)claims;
	(void)pass;
}

static const struct source_ops ending_ops = {.name = "ending",
	.init = ending_init,
	.free = ending_free,
	.event_fd = ending_fd,
	.on_event = ending_on_event,
	.settle = ending_settle,
	.observe = ending_observe,
	.claim = ending_claim,
	.book = ending_book};
static const struct source_ops *const only_ending[] = {&ending_ops, NULL};

static void test_end_is_a_pass_where_gpus_are(void **state)
{
	struct node *node = *state;

	ending = (struct ending){.fd = eventfd(1, EFD_CLOEXEC)};
	assert_true(ending.fd >= 0);
	meter_free(node->node->meter);
	node->node->sources = only_ending;
	fake_open_meter(node->node);
	pass(node); /* no GPUs */
	assert_false(meter_on_event(node->node->meter));
	assert_int_equal(ending.n_settled, 1);
	is_there(node);
	fake_gpus_publish(&node->gpus);
	fake_pass(node->node, 60 * SECOND); /* looked at again */
	assert_true(meter_on_event(node->node->meter));
	assert_int_equal(ending.n_settled, 1);
	close(ending.fd);
}

/* Whose a cgroup is matters to GPUs; not where none was ever seen. */
static void test_claims_are_made_where_gpus_may_be(void **state)
{
	struct node *node = *state;

	ending = (struct ending){.fd = -1};
	meter_free(node->node->meter);
	node->node->sources = only_ending;
	fake_open_meter(node->node);
	pass(node); /* the driver was not asked yet */
	assert_int_equal(ending.n_claimed, 1);
	pass(node); /* no GPUs */
	assert_int_equal(ending.n_claimed, 1);
	is_there(node);
	fake_gpus_publish(&node->gpus);
	fake_pass(node->node, 60 * SECOND); /* looked at again: a baseline */
	assert_int_equal(ending.n_claimed, 1);
	pass(node);
	assert_int_equal(ending.n_claimed, 2);
	pass(node); /* none again, for now */
	assert_int_equal(ending.n_claimed, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_units_and_servers),
		TEST(test_fractions),
		TEST(test_ends_between_two_passes),
		TEST(test_restart),
		TEST(test_driver_hangs),
		TEST(test_no_library),
		TEST(test_driver_comes_later),
		TEST(test_is_metering),
		TEST(test_end_is_a_pass_where_gpus_are),
		TEST(test_claims_are_made_where_gpus_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
