/*
 * The engine beside truth: random lives of units on a machine of directories, with and without
 * being told of them, with few descriptors, with restarts; and what a pass costs.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "collector/source/group/group.h"
#include "collector/source/process/process_source.h"
#include "collector/source/systemd/systemd_source.h"
#include "tests/support/random.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND	1000000
#define N_UNITS 12
#define ADA	"system.slice/jupyter-ada.service"
#define MIB	(1024u * 1024)

static const struct source_ops *const only_systemd[] = {&systemd_source_ops, NULL};
static const struct source_ops *const with_processes[] = {
	&process_source_ops, &systemd_source_ops, NULL};

/* ----------------------------------------------------------- a kernel that refuses to watch */

static bool refuses_instance, refuses_watch;

int inotify_init1(int flags)
{
	if (!refuses_instance)
		return (int)syscall(SYS_inotify_init1, flags);
	errno = EMFILE;
	return -1;
}

int inotify_add_watch(int fd, const char *name, uint32_t mask)
{
	if (!refuses_watch)
		return (int)syscall(SYS_inotify_add_watch, fd, name, mask);
	errno = ENOSPC;
	return -1;
}

/* -------------------------------------------------------------------------- memory counted */

static size_t n_allocations;

#ifdef __SANITIZE_ADDRESS__
void __sanitizer_malloc_hook(const volatile void *at, size_t size);
void __sanitizer_malloc_hook(const volatile void *at, size_t size)
{
	(void)at;
	(void)size;
	n_allocations++;
}
#endif

/* ----------------------------------------------------------------------------- random lives */

struct life {
	char path[128];
	bool is_there;
};

struct world {
	struct fake_node *node;
	struct random_source random;
	struct life life[N_UNITS];
	uint64_t truth_usec, other_usec;
	unsigned int n_born;
};

/* Every fourth has a slice of its own, as template instances have. */
static void be_born(struct world *w, struct life *life, size_t i)
{
	char slice[64], user[32];

	snprintf(user, sizeof(user), "u%u", w->n_born++);
	if (i % 4 != 0) {
		snprintf(life->path, sizeof(life->path), "system.slice/jupyter-%s.service", user);
	} else {
		snprintf(slice, sizeof(slice), "system.slice/system-x%zu.slice", i);
		if (!fake_find_cgroup(w->node, slice))
			fake_make_cgroup(w->node, slice, 0);
		(void)fake_take_events(
			w->node); /* in one that came and went unseen nobody is seen */
		snprintf(life->path, sizeof(life->path), "%s/jupyter-%s.service", slice, user);
	}
	fake_make_cgroup(w->node, life->path, 50);
	life->is_there = true;
}

static void die(struct world *w, struct life *life, size_t i)
{
	char slice[64];

	fake_remove_cgroup(w->node, life->path);
	life->is_there = false;
	snprintf(slice, sizeof(slice), "system.slice/system-x%zu.slice", i);
	if (i % 4 == 0 && random_below(&w->random, 2))
		fake_remove_cgroup(w->node, slice);
}

static void live(struct world *w)
{
	size_t i = random_below(&w->random, N_UNITS);
	struct life *life = &w->life[i];
	uint64_t usec = random_below(&w->random, 500) * 1000;

	switch (random_below(&w->random, 8)) {
	case 0:
		if (life->is_there)
			die(w, life, i);
		else
			be_born(w, life, i);
		break;
	case 1:
		fake_use_cpu(w->node, "system.slice/ssh.service", usec);
		w->other_usec += usec;
		break;
	default:
		if (!life->is_there)
			break;
		fake_use_cpu(w->node, life->path, usec);
		w->truth_usec += usec;
	}
}

static struct world new_world(enum fake_layout layout, uint64_t seed)
{
	struct world w = {.random.state = seed, .node = fake_node_new(layout, only_systemd)};

	fake_make_cgroup(w.node, "system.slice", 0);
	fake_make_cgroup(w.node, "system.slice/ssh.service", 40);
	fake_make_cgroup(w.node, "system.slice/jupyter-always.service", 41);
	fake_pass(w.node, 0);
	return w;
}

/* Everything is read at quiet moments here, so all that units did is theirs, to the microsecond. */
static void run_law(enum fake_layout layout, uint64_t seed, bool restarts)
{
	struct world w = new_world(layout, seed);

	for (int round = 0; round < 80; round++) {
		for (uint64_t n = random_below(&w.random, 12); n > 0; n--) {
			live(&w);
			if (random_below(&w.random, 4) == 0)
				(void)fake_take_events(w.node);
		}
		fake_pass(w.node, 10 * SECOND);
		if (random_below(&w.random, 3) == 0)
			fake_take_window(w.node);
		if (restarts && random_below(&w.random, 10) == 0)
			fake_restart(w.node);
	}
	fake_pass(w.node, 10 * SECOND);
	fake_take_window(w.node);
	/* of each row's end a part of a microsecond */
	if (!restarts)
		assert_in_range(told_sum(&w.node->told) + w.node->told.n_rows, w.truth_usec,
			w.truth_usec + w.node->told.n_rows);
	assert_true(told_sum(&w.node->told) <= w.truth_usec);
	assert_true(restarts || w.node->told.n_rows == w.n_born + 1);
	fake_node_free(w.node);
}

static void test_random_lives(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		run_law((enum fake_layout)(seed % 3), seed, false);
}

/* Nothing is booked twice across restarts; what ended meanwhile can't be told and is the system's.
 */
static void test_random_lives_with_restarts(void **state)
{
	(void)state;
	for (uint64_t seed = 101; seed <= 112; seed++)
		run_law((enum fake_layout)(seed % 3), seed, true);
}

/*
 * Few descriptors: the same figures, by opening each file when it is read.
 */
static void test_few_descriptors(void **state)
{
	struct rlimit before, few;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){64, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	for (uint64_t seed = 201; seed <= 206; seed++)
		run_law((enum fake_layout)(seed % 3), seed, false);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* ---------------------------------------------------------------------------- nobody tells */

static void check_untold(struct fake_node *node)
{
	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, "system.slice/jupyter-bob.service", 60);
	fake_pass(node, 0);
	fake_make_cgroup(node, ADA, 50);
	fake_use_cpu(node, ADA, 100000);
	fake_make_cgroup(node, "system.slice/jupyter-eve.service", 70);
	fake_use_cpu(node, "system.slice/jupyter-eve.service", 70000);
	fake_remove_cgroup(node, "system.slice/jupyter-eve.service");
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, ADA, 10000);
	fake_remove_cgroup(node, ADA);
	fake_make_cgroup(node, ADA, 51); /* the path again, and another inode */
	fake_use_cpu(node, ADA, 400000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_null(fake_user(node, "eve"));
	assert_int_equal(node->told.n_rows, 3);
	assert_int_equal(told_sum(&node->told), 510000);
	for (size_t i = 0; i < node->told.n_rows; i++) /* others may have been there */
		assert_false(node->told.row[i].flags & HM_FLAG_RESIDUAL);
	assert_int_equal(node->told.system_usec, 70000); /* nobody saw eve */
}

static void test_without_an_instance(void **state)
{
	(void)state;
	refuses_instance = true;
	for (int layout = FAKE_UNIFIED; layout <= FAKE_HYBRID; layout++) {
		struct fake_node *node = fake_node_new((enum fake_layout)layout, only_systemd);

		check_untold(node);
		fake_node_free(node);
	}
	refuses_instance = false;
}

static void test_without_watches(void **state)
{
	struct fake_node *node = fake_node_new(FAKE_UNIFIED, only_systemd);

	(void)state;
	refuses_watch = true;
	check_untold(node);
	refuses_watch = false;
	/* from the pass on in which there is room again, everything is told */
	fake_pass(node, 10 * SECOND);
	fake_make_cgroup(node, "system.slice/jupyter-max.service", 50);
	fake_use_cpu(node, "system.slice/jupyter-max.service", 20000);
	fake_remove_cgroup(node, "system.slice/jupyter-max.service");
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(fake_user(node, "max")->cpu_usec, 20000);
	fake_node_free(node);
}

/* More than the kernel keeps for us: everything is listed again. */
static void test_overflow(void **state)
{
	struct fake_node *node = fake_node_new(FAKE_UNIFIED, only_systemd);
	char directory[600], path[700];

	(void)state;
	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, ADA, 50);
	fake_make_cgroup(node, "system.slice/jupyter-bob.service", 60);
	fake_pass(node, 0);
	fake_directory(node, "system.slice", false, directory);
	for (int i = 0; i < 9000; i++) {
		snprintf(path, sizeof(path), "%s/run-%d.scope", directory, i);
		assert_int_equal(mkdir(path, 0700), 0);
		assert_int_equal(rmdir(path), 0);
	}
	fake_use_cpu(node, ADA, 300000);
	fake_remove_cgroup(node, ADA);
	fake_make_cgroup(node, "system.slice/jupyter-eve.service", 70);
	fake_use_cpu(node, "system.slice/jupyter-eve.service", 70000);
	fake_pass(node, 10 * SECOND);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_true(fake_user(node, "ada")->flags & HM_FLAG_FINAL);
	assert_int_equal(fake_user(node, "eve")->cpu_usec, 70000);
	fake_node_free(node);
}

/* ---------------------------------------------------------------------------- what is below */

/* A server that makes cgroups of its own: their processes are in its counter, too. */
static void claims_below(enum fake_layout layout)
{
	struct fake_node *node = fake_node_new(layout, with_processes);
	struct fake_process *process;
	char name[64];
	const char *line = layout == FAKE_LEGACY
				   ? "3:cpu,cpuacct:/system.slice/jupyter-ada.service/a/b\n"
				   : "0::/system.slice/jupyter-ada.service/a/b\n";

	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, ADA, 50);
	fake_start(&node->machine, 1, 0, 0, "");
	fake_pass(node, 0);
	fake_make_cgroup(node, ADA "/a", 0);
	fake_make_cgroup(node, ADA "/a/b", 20);
	process = fake_start(&node->machine, 20, 1, 1000, "JUPYTERHUB_USER=ada\n");
	snprintf(name, sizeof(name), "%d/cgroup", 20);
	fake_write(&node->machine, name, line, strlen(line));
	process->self_ticks += 30; /* which its cgroup counts as well */
	fake_use_cpu(node, ADA "/a/b", 30 * FAKE_TICK_USEC);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(node->told.row[0].kind, HM_WORKLOAD_KIND_CGROUP);
	assert_int_equal(node->told.row[0].cpu_usec, 30 * FAKE_TICK_USEC);
	fake_node_free(node);
}

static void test_claims_below(void **state)
{
	(void)state;
	for (int layout = FAKE_UNIFIED; layout <= FAKE_HYBRID; layout++)
		claims_below((enum fake_layout)layout);
}

/* ------------------------------------------------------------------------------------- cost */

static void test_a_pass_allocates_nothing(void **state)
{
	struct fake_node *node = fake_node_new(FAKE_UNIFIED, only_systemd);
	char path[128];
	size_t before;

	(void)state;
	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, "system.slice/ssh.service", 40);
	for (int i = 0; i < 20; i++) {
		char environ[64];

		snprintf(path, sizeof(path), "system.slice/jupyter-u%d.service", i);
		fake_make_cgroup(node, path, 100 + i);
		snprintf(environ, sizeof(environ), "JUPYTERHUB_USER=u%d\n", i);
		fake_start(&node->machine, 100 + i, 1, 1000, environ);
	}
	fake_make_cgroup(node, "system.slice/jupyter-u0.service/below", 0);
	for (int i = 0; i < 3; i++)
		fake_pass(node, 10 * SECOND);
	fake_publish(&node->machine);
	before = n_allocations;
	for (int i = 0; i < 20; i++) {
		node->machine.boottime_usec += 10 * SECOND;
		assert_int_equal(meter_pass(node->meter), 0);
	}
	assert_int_equal(n_allocations, before);
	fake_node_free(node);
}

/* ------------------------------------------------------------------------- a hostile section */

static void test_section_is_not_trusted(void **state)
{
	struct world w = new_world(FAKE_UNIFIED, 5);
	struct source_context context = {&w.node->config, &w.node->machine.clock, NULL};
	struct buffer section = BUFFER_INIT(1 << 20);
	struct window window = {0};
	uint8_t boot_id[HM_BOOT_ID_SIZE] = {1};
	void *source, *other;
	struct source_pass pass = {.previous_usec = -1,
		.now_usec = 100 * SECOND,
		.was_observed = true,
		.clock = &w.node->machine.clock,
		.node = {.cores = 2, .memory_total_bytes = 1u << 30}};

	(void)state;
	context.boot_id = boot_id;
	assert_int_equal(systemd_source_ops.init(&context, &source), 0);
	assert_int_equal(systemd_source_ops.observe(source, &pass), 0);
	systemd_source_ops.book(source, &window, NULL, &pass);
	assert_int_equal(systemd_source_ops.save(source, &section), 0);
	assert_int_equal(systemd_source_ops.init(&context, &other), 0);
	assert_int_equal(systemd_source_ops.restore(
				 other, &window, GROUP_STATE_VERSION, section.data, section.size),
		0);
	assert_int_equal(systemd_source_ops.restore(other, &window, GROUP_STATE_VERSION + 1,
				 section.data, section.size),
		-EBADMSG);
	for (size_t size = 0; size < section.size; size++)
		assert_int_equal(systemd_source_ops.restore(
					 other, &window, GROUP_STATE_VERSION, section.data, size),
			-EBADMSG);
	for (int i = 0; i < 3000; i++) { /* whatever it says, it is refused or taken */
		size_t at = random_below(&w.random, section.size);
		unsigned char byte = section.data[at];
		int r;

		section.data[at] = (unsigned char)random_u64(&w.random);
		r = systemd_source_ops.restore(
			other, &window, GROUP_STATE_VERSION, section.data, section.size);
		assert_true(r == 0 || r == -EBADMSG);
		section.data[at] = byte;
	}
	systemd_source_ops.free(other);
	systemd_source_ops.free(source);
	window_release(&window);
	buffer_release(&section);
	fake_node_free(w.node);
}

/*
 * Case: the machine starts anew. Inodes count from one again and mean others, counters from zero:
 * all that they say by the first sample was done since, so that nothing of it is lost.
 */
static void reboots(enum fake_layout layout)
{
	struct fake_node *node = fake_node_new(layout, only_systemd);
	struct buffer saved = BUFFER_INIT(1 << 20);
	char before[256];

	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, ADA, 50);
	fake_use_cpu(node, ADA, 500000);
	fake_pass(node, 0);
	fake_use_cpu(node, ADA, 500000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(node->told.row[0].cpu_usec, 500000);
	snprintf(before, sizeof(before), "%s", node->told.row[0].id);
	assert_int_equal(meter_save(node->meter, &saved), 0);
	meter_free(node->meter);
	fake_remove_cgroup(node, ADA);
	fake_make_cgroup(node, ADA, 50);
	fake_use_cpu(node, ADA, 30000); /* since the machine is up */
	fake_use_cpu(node, "system.slice", 40000);
	fake_write_boot_id(&node->machine, '2');
	node->machine.boottime_usec = 20 * SECOND;
	node->machine.busy_ticks = 100;
	fake_open_meter(node);
	assert_int_equal(meter_restore(node->meter, saved.data, saved.size), 0);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, ADA, 20000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 2);
	assert_string_not_equal(node->told.row[1].id, before);
	assert_string_equal(node->told.row[1].user, "ada");
	assert_int_equal(node->told.row[0].cpu_usec, 500000);
	assert_int_equal(node->told.row[1].cpu_usec, 50000);
	assert_true(node->told.row[1].flags & HM_FLAG_GAP);
	assert_false(node->told.row[1].flags & HM_FLAG_RESET);
	buffer_release(&saved);
	fake_node_free(node);
}

static void test_reboot(void **state)
{
	(void)state;
	for (int layout = FAKE_UNIFIED; layout <= FAKE_HYBRID; layout++)
		reboots((enum fake_layout)layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_lives),
		cmocka_unit_test(test_random_lives_with_restarts),
		cmocka_unit_test(test_few_descriptors),
		cmocka_unit_test(test_without_an_instance),
		cmocka_unit_test(test_without_watches),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_claims_below),
		cmocka_unit_test(test_a_pass_allocates_nothing),
		cmocka_unit_test(test_section_is_not_trusted),
		cmocka_unit_test(test_reboot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
