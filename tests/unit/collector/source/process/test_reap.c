/*
 * Who gets the CPU of processes that ended: laws over random forests that go on forking, ending
 * and being reaped between any two reads of a pass, held against what everybody really used; then
 * single cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "tests/unit/collector/source/process/simulated_kernel.h"

#include "collector/config.h"
#include "collector/meter/meter.h"

#define HUBS	       3
#define TOLERANCE_USEC 20000 /* two ticks, of each process that reaped */
#define WRAPPERS_MAX   2
#define WRAPPER_USEC   300 /* what a wrapper uses in its life */

static int event_fd; /* readable for ever */

struct world {
	struct kernel kernel;
	struct meter *meter;
	bool is_hostile;
	int32_t hub[HUBS];
	int n_owners; /* 1 .. n_owners are servers, owner u is user "u<owner>" */
	uint64_t n_passes, n_settled;
	struct {
		int32_t server;
		uint64_t born_pass;
		uint64_t booked_usec;
		uint32_t flags;
	} owner[KERNEL_OWNERS];
	uint64_t rows_usec, system_usec;
};

static uint64_t below(struct world *world, uint64_t bound)
{
	return random_below(&world->kernel.random, bound);
}

static int always_readable(const void *source)
{
	(void)source;
	return event_fd;
}

/* The process source, which something always happens to. */
static void open_meter(struct world *world)
{
	static struct source_ops told;
	static const struct source_ops *const sources[] = {&told, NULL};

	told = process_source_ops;
	told.event_fd = always_readable;
	assert_int_equal(
		meter_new(&kernel_config, &world->kernel.clock, sources, &world->meter), 0);
}

static struct world *new_world(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));

	kernel_init(&world->kernel, seed);
	world->kernel.context = world;
	for (int i = 0; i < HUBS; i++) {
		struct kernel_process *hub = kernel_fork(&world->kernel, INIT);

		hub->habit = i == 0 ? WAITS : WAITS_LATE;
		world->hub[i] = hub->pid;
	}
	open_meter(world);
	return world;
}

static void free_world(struct world *world)
{
	meter_free(world->meter);
	free(world);
}

/* ------------------------------------------------------------------------- what is booked */

static void add_row(struct world *world, const struct hm_batch *batch, size_t row)
{
	unsigned long owner = strtoul(batch->strings[batch->user[row]] + 1, NULL, 10);
	uint64_t used = batch->quantity[HM_QUANTITY_CPU_USED_USEC][row];

	assert_true(owner > 0 && owner <= (unsigned long)world->n_owners);
	world->owner[owner].booked_usec += used;
	world->owner[owner].flags |= batch->flags[row];
	world->rows_usec += used;
}

static void take(struct world *world)
{
	struct hm_batch batch;

	assert_int_equal(meter_close_window(world->meter, &batch), 0);
	for (size_t row = 0; row < batch.n_rows; row++)
		add_row(world, &batch, row);
	world->system_usec += batch.node_row.system[HM_RESOURCE_CPU_USEC];
	meter_commit_window(world->meter);
}

static void pass(struct world *world)
{
	assert_int_equal(meter_pass(world->meter), 0);
	world->n_passes++;
}

/* The collector was not there for @usec, in which @live() goes on. */
static void restart(struct world *world, int64_t usec, void (*live)(struct world *, int64_t))
{
	struct buffer state = BUFFER_INIT(1 << 24);

	pass(world); /* a state is always behind one */
	assert_int_equal(meter_save(world->meter, &state), 0);
	meter_free(world->meter);
	live(world, usec);
	open_meter(world);
	assert_int_equal(meter_restore(world->meter, state.data, state.size), 0);
	buffer_release(&state);
}

/* ---------------------------------------------------------------------------- random lives */

static struct kernel_process *new_server(struct world *world, int32_t parent)
{
	int owner = ++world->n_owners;
	struct kernel_process *server = kernel_fork(&world->kernel, parent);

	assert_true(owner < KERNEL_OWNERS);
	server->owner = owner;
	server->uid = 1000 + (uint32_t)owner;
	snprintf(server->environ, sizeof(server->environ),
		"JUPYTERHUB_USER=u%d\nJUPYTERHUB_API_URL=http://h\n", owner);
	world->owner[owner].server = server->pid;
	world->owner[owner].born_pass = world->n_passes;
	return server;
}

/*
 * One process alone may start any number of threads and children between two looks, and then ends
 * with more than it was seen to be able to. Those that are waited for don't.
 */
static void work(struct world *world, struct kernel_process *process)
{
	process->threads = world->is_hostile ? 1 + (uint32_t)below(world, 3) : 8;
	process->permille = below(world, 3) ? (uint32_t)below(world, 1001) : 0;
	if (world->is_hostile)
		process->permille *= process->threads;
}

/* A hub starts a server, through some wrappers that only wait for it. */
static void spawn(struct world *world, int32_t hub)
{
	int32_t parent = hub;
	struct kernel_process *server;

	for (uint64_t n = below(world, WRAPPERS_MAX + 1); n > 0; n--) {
		struct kernel_process *wrapper = kernel_fork(&world->kernel, parent);

		wrapper->follows = true;
		wrapper->habit = below(world, 2) ? WAITS : WAITS_LATE;
		kernel_burn(&world->kernel, wrapper, WRAPPER_USEC * 1000);
		parent = wrapper->pid;
	}
	server = new_server(world, parent);
	server->habit = world->is_hostile && below(world, 4) == 0 ? IGNORES : WAITS_LATE;
	server->is_subreaper = world->is_hostile && below(world, 4) == 0;
	work(world, server);
}

/* Some process of a server's tree; NULL: none drawn. */
static struct kernel_process *draw(struct world *world)
{
	struct kernel_process *process = &world->kernel.process[below(world, world->kernel.n)];

	return process->owner && !process->is_zombie ? process : NULL;
}

static void may_end(struct world *world, const struct kernel_process *process)
{
	int owner = process->owner;

	if (!world->is_hostile && kernel_has_children(&world->kernel, process->pid))
		return; /* servers wait for what they started */
	if (process->pid == world->owner[owner].server &&
		(world->owner[owner].born_pass == world->n_passes || below(world, 3)))
		return; /* one that nobody ever saw is the system's */
	kernel_exit(&world->kernel, process->pid);
}

static void fork_child(struct world *world, const struct kernel_process *parent)
{
	struct kernel_process *child;

	if (world->kernel.n > 80)
		return;
	child = kernel_fork(&world->kernel, parent->pid);
	child->habit = below(world, 2) ? WAITS : WAITS_LATE;
	if (below(world, 4) == 0)
		child->environ[0] = '\0';
	work(world, child);
}

static void something_happens(struct world *world)
{
	struct kernel_process *process = draw(world);

	if (!process)
		return;
	switch (below(world, 4)) {
	case 0:
		fork_child(world, process);
		break;
	case 1:
		work(world, process);
		break;
	default:
		may_end(world, process);
	}
}

static void during_pass(struct kernel *kernel, int32_t pid, const char *what)
{
	struct world *world = kernel->context;

	(void)pid;
	(void)what;
	kernel_advance(kernel, (int64_t)below(world, 100));
	kernel_step(kernel, 3);
	if (below(world, 8) == 0)
		something_happens(world);
}

/* Between two passes, the collector away. */
static void live(struct world *world, int64_t usec)
{
	for (int i = 0; i < 10; i++) {
		kernel_advance(&world->kernel, usec / 10);
		kernel_step(&world->kernel, 2);
		something_happens(world);
	}
}

/* Between two passes, with some ends that the collector is told of. */
static void live_watched(struct world *world, int64_t usec)
{
	for (int i = 0; i < 5; i++) {
		live(world, usec / 5);
		if (world->n_passes == 0 || below(world, 3))
			continue;
		world->kernel.before_read = during_pass;
		(void)meter_on_event(world->meter); /* what it could not settle the pass does */
		world->kernel.before_read = NULL;
		world->n_settled++;
	}
}

static void spawn_some(struct world *world)
{
	for (int i = 0; i < HUBS; i++)
		if (below(world, 2) &&
			(world->is_hostile ? world->kernel.n < 60
					   : !kernel_has_children(&world->kernel, world->hub[i])))
			spawn(world, world->hub[i]);
}

/* Everybody ends and is seen to have. */
static void end_all(struct world *world)
{
	for (int owner = 1; owner <= world->n_owners; owner++)
		for (size_t i = 0; i < world->kernel.n; i++)
			world->kernel.process[i].permille = 0;
	for (int i = 0; i < 1000; i++) {
		struct kernel_process *process = draw(world);

		kernel_step(&world->kernel, 2);
		if (process)
			may_end(world, process);
		if (i % 10 == 0) {
			kernel_advance(&world->kernel, 100000);
			pass(world);
			take(world);
		}
	}
}

static void live_long(struct world *world, int passes)
{
	uint64_t busy_ticks;

	pass(world);
	busy_ticks = world->kernel.busy_nsec / KERNEL_TICK_NSEC;
	for (int i = 0; i < passes; i++) {
		world->kernel.before_read = NULL;
		spawn_some(world);
		live_watched(world, 100000 + (int64_t)below(world, 5000000));
		if (world->is_hostile && below(world, 20) == 0)
			restart(world, (int64_t)below(world, 20000000), live);
		world->kernel.before_read = during_pass;
		pass(world);
		take(world);
	}
	world->kernel.before_read = NULL;
	end_all(world);
	/* what reapers' ticks showed late was the system's at first: let it pay that back */
	kernel_burn(&world->kernel, kernel_find(&world->kernel, INIT), 100000000000);
	kernel_advance(&world->kernel, 10000000);
	pass(world);
	take(world);
	/* law: the node's CPU is the system's and the rows', to the tick */
	busy_ticks = world->kernel.busy_nsec / KERNEL_TICK_NSEC - busy_ticks;
	assert_int_equal(
		world->rows_usec + world->system_usec, busy_ticks * (KERNEL_TICK_NSEC / 1000));
}

static uint64_t truth_usec(const struct world *world, int owner)
{
	return world->kernel.truth_nsec[owner] / 1000;
}

/* Its own reapers, the wrappers and the hub; and what the wrappers did. */
static uint64_t tolerance_usec(const struct world *world, int owner)
{
	return (world->kernel.n_reapers[owner] + WRAPPERS_MAX + 1ull) * TOLERANCE_USEC +
	       WRAPPERS_MAX * WRAPPER_USEC;
}

static void assert_not_more(
	const struct world *world, uint64_t seed, int owner, uint64_t more, uint64_t less)
{
	if (more > less + tolerance_usec(world, owner))
		fail_msg("seed %llu: u%d, flags %x: truth %llu, booked %llu, tolerance %llu",
			(unsigned long long)seed, owner, world->owner[owner].flags,
			(unsigned long long)truth_usec(world, owner),
			(unsigned long long)world->owner[owner].booked_usec,
			(unsigned long long)tolerance_usec(world, owner));
}

/* Nobody is booked more than the truth; with an estimate in it, at most twice more than it. */
static void assert_not_anothers(const struct world *world, uint64_t seed, int owner)
{
	bool is_split = world->owner[owner].flags & HM_FLAG_RESIDUAL_SPLIT;

	assert_not_more(world, seed, owner, world->owner[owner].booked_usec,
		truth_usec(world, owner) * (is_split ? 3 : 1));
}

/* HUBMETER_SEED repeats one, HUBMETER_SEEDS runs more of them. */
static uint64_t number_of(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static uint64_t first_seed(void)
{
	return number_of("HUBMETER_SEED", 1);
}

static uint64_t last_seed(void)
{
	return number_of("HUBMETER_SEED", number_of("HUBMETER_SEEDS", 40));
}

/*
 * Law: where everybody is waited for and one server at a time ends under a hub, everybody is
 * booked what the own processes used, whatever ends at whatever moment of a pass. Only where so
 * much ended that one pass could not tell, and the next had two of them, may it be an estimate.
 */
static void test_law_of_those_that_are_waited_for(void **state)
{
	int n_owners = 0, n_split = 0;

	(void)state;
	for (uint64_t seed = first_seed(); seed <= last_seed(); seed++) {
		struct world *world = new_world(seed);

		live_long(world, 40);
		for (int owner = 1; owner <= world->n_owners; owner++) {
			assert_not_anothers(world, seed, owner);
			if (world->owner[owner].flags & HM_FLAG_RESIDUAL_SPLIT)
				n_split++;
			else
				assert_not_more(world, seed, owner, truth_usec(world, owner),
					world->owner[owner].booked_usec);
		}
		n_owners += world->n_owners;
		free_world(world);
	}
	assert_true(n_split <= n_owners / 100);
}

/*
 * Law: whatever people do, however many end at once and whenever the collector is away, nobody is
 * booked another's CPU.
 */
static void test_law_of_a_hostile_world(void **state)
{
	(void)state;
	for (uint64_t seed = first_seed(); seed <= last_seed(); seed++) {
		struct world *world = new_world(seed);

		world->is_hostile = true;
		live_long(world, 40);
		for (int owner = 1; owner <= world->n_owners; owner++)
			assert_not_anothers(world, seed, owner);
		free_world(world);
	}
}

/* The server of test_dies_between_two_reads does the rest of its work and ends before @what. */
static void end_before_state(struct kernel *kernel, int32_t pid, const char *what)
{
	struct world *world = kernel->context;
	struct kernel_process *server = kernel_find(kernel, pid);

	if (strcmp(what, "stat") != 0 || pid != world->owner[1].server || server->is_zombie)
		return;
	kernel_burn(kernel, server, 300000000);
	kernel_exit(kernel, pid);
}

/* Its clock was read before it was a zombie: that is not its last word. */
static void test_dies_between_two_reads(void **state)
{
	struct world *world = new_world(1);

	(void)state;
	pass(world);
	(void)new_server(world, world->hub[1]); /* a hub that waits late */
	kernel_advance(&world->kernel, 1000000);
	pass(world);
	kernel_advance(&world->kernel, 1000000);
	kernel_burn(&world->kernel, kernel_find(&world->kernel, world->owner[1].server), 1000);
	world->kernel.before_read = end_before_state;
	pass(world);
	world->kernel.before_read = NULL;
	assert_true(kernel_find(&world->kernel, world->owner[1].server)->is_zombie);
	take(world);
	assert_int_equal(world->owner[1].booked_usec, 300001);
	free_world(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dies_between_two_reads),
		cmocka_unit_test(test_law_of_those_that_are_waited_for),
		cmocka_unit_test(test_law_of_a_hostile_world),
	};

	event_fd = eventfd(1, EFD_CLOEXEC);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
