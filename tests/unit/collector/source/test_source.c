/*
 * Several sources at once: one of pods and one of processes, which see the same CPU. Whatever
 * happens, and whichever comes first in the list, each tick that is claimed is booked once, and
 * node = system + rows.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/cgroup/cgroup_tree.h"
#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/meter/state_codec.h"
#include "collector/source/process/process_source.h"
#include "proto/validate.h"
#include "tests/support/random.h"
#include "tests/unit/collector/fake_machine.h"

#define N_PROCESSES   8
#define N_PODS	      3
#define POD_INODE(i)  (100 + (uint64_t)(i))
#define TICK_FINE     ((uint128)FAKE_TICK_USEC * CPU_FINE_PER_USEC)
#define WORLD_VERSION 1

/* What happens on the machine, in ticks of CPU since boot. */
struct world {
	struct fake_machine machine;
	struct random_source random;
	uint64_t process_ticks[N_PROCESSES];
	int pod_of[N_PROCESSES]; /* -1: in none */
	bool pod_exists[N_PODS];
	uint64_t pod_ticks[N_PODS];
	bool is_restless; /* goes on while the sources look at it */
};

static struct world *world;

static void live(struct world *w)
{
	uint64_t ticks = random_below(&w->random, 5);
	size_t process = random_below(&w->random, N_PROCESSES);
	int pod = (int)random_below(&w->random, N_PODS);

	switch (random_below(&w->random, 6)) {
	case 0:
		w->pod_exists[pod] = true;
		break;
	case 1: /* a process moves into a pod, and stays */
		if (w->pod_of[process] < 0 && w->pod_exists[pod])
			w->pod_of[process] = pod;
		break;
	case 2:
		w->machine.busy_ticks += ticks; /* the system's */
		break;
	default:
		w->process_ticks[process] += ticks;
		w->machine.busy_ticks += ticks;
		if (w->pod_of[process] >= 0)
			w->pod_ticks[w->pod_of[process]] += ticks;
	}
}

/* A source that books one workload for each of a list of counters. */
struct fake_source {
	uint64_t seen[N_PROCESSES];
	uint64_t booked[N_PROCESSES];
	uint64_t cgroup[N_PROCESSES];
};

static int fake_init(const struct source_context *context, void **ret)
{
	(void)context;
	*ret = calloc(1, sizeof(struct fake_source));
	return *ret ? 0 : -ENOMEM;
}

static void book_one(struct window *window, const struct source_pass *pass,
	enum hm_workload_kind kind, size_t number, uint64_t ticks)
{
	char id[16];
	struct interval interval = {.start_usec = pass->previous_usec, .end_usec = pass->now_usec};
	struct workload *workload;

	snprintf(id, sizeof(id), "%zu", number);
	workload = window_workload(window, kind, id, pass->previous_usec);
	interval.used[HM_RESOURCE_CPU_USEC] = ticks * TICK_FINE;
	workload_book(workload, &interval);
}

static int observe_processes(void *self, const struct source_pass *pass)
{
	struct fake_source *source = self;

	(void)pass;
	for (size_t i = 0; i < N_PROCESSES; i++) {
		source->seen[i] = world->process_ticks[i];
		source->cgroup[i] = world->pod_of[i] < 0 ? 1 : POD_INODE(world->pod_of[i]);
	}
	if (world->is_restless)
		live(world);
	return 0;
}

static void book_processes(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct fake_source *source = self;

	for (size_t i = 0; i < N_PROCESSES; i++) {
		uint64_t ticks = source->seen[i] - source->booked[i];

		source->booked[i] = source->seen[i];
		if (claims_is_taken(claims, SOURCE_RANK_PROCESS, source->cgroup[i]))
			continue;
		if (pass->previous_usec >= 0)
			book_one(window, pass, HM_WORKLOAD_KIND_PROCESS, i, ticks);
	}
}

static int observe_pods(void *self, const struct source_pass *pass)
{
	struct fake_source *source = self;

	(void)pass;
	for (size_t i = 0; i < N_PODS; i++)
		source->seen[i] = world->pod_ticks[i];
	if (world->is_restless)
		live(world);
	return 0;
}

static int claim_pods(const void *self, struct claims *claims)
{
	(void)self;
	for (size_t i = 0; i < N_PODS; i++)
		if (world->pod_exists[i] && claims_add(claims, SOURCE_RANK_POD, POD_INODE(i)) < 0)
			return -ENOMEM;
	return 0;
}

static void book_pods(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct fake_source *source = self;

	for (size_t i = 0; i < N_PODS; i++) {
		assert_false(claims_is_taken(claims, SOURCE_RANK_POD, POD_INODE(i)));
		if (pass->previous_usec >= 0)
			book_one(window, pass, HM_WORKLOAD_KIND_POD, i,
				source->seen[i] - source->booked[i]);
		source->booked[i] = source->seen[i];
	}
}

static int fake_save(const void *self, struct buffer *section)
{
	const struct fake_source *source = self;
	struct state_writer writer = {.buffer = section};

	for (size_t i = 0; i < N_PROCESSES; i++)
		state_put_u64(&writer, source->booked[i]);
	return writer.error;
}

static int fake_restore(
	void *self, struct window *window, uint32_t version, const void *data, size_t size)
{
	struct fake_source *source = self;
	struct state_reader reader = state_reader_of(data, size);

	(void)window;
	assert_int_equal(version, WORLD_VERSION);
	for (size_t i = 0; i < N_PROCESSES; i++)
		source->booked[i] = state_get_u64(&reader);
	return state_reader_finish(&reader);
}

static const struct source_ops processes = {.name = "fake_processes",
	.version = WORLD_VERSION,
	.rank = SOURCE_RANK_PROCESS,
	.asks_claims = true,
	.init = fake_init,
	.free = free,
	.observe = observe_processes,
	.book = book_processes,
	.save = fake_save,
	.restore = fake_restore};

static const struct source_ops pods = {.name = "fake_pods",
	.version = WORLD_VERSION,
	.rank = SOURCE_RANK_POD,
	.init = fake_init,
	.free = free,
	.observe = observe_pods,
	.claim = claim_pods,
	.book = book_pods,
	.save = fake_save,
	.restore = fake_restore};

static const struct source_ops *const both_ways[][3] = {
	{&processes, &pods, NULL}, {&pods, &processes, NULL}};
static const struct source_ops *const only_processes[] = {&processes, NULL};

/* One that meters a cgroup of the real process source's machine, and books nothing. */
static uint64_t claimed_inode;
static unsigned int n_claims;

static int claim_inode(const void *self, struct claims *claims)
{
	(void)self;
	n_claims++;
	return claims_add(claims, SOURCE_RANK_POD, claimed_inode);
}

static int observe_nothing(void *self, const struct source_pass *pass)
{
	(void)self;
	(void)pass;
	return 0;
}

static void book_nothing(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	(void)self;
	(void)window;
	(void)claims;
	(void)pass;
}

static const struct source_ops claimant = {.name = "fake_claimant",
	.version = WORLD_VERSION,
	.rank = SOURCE_RANK_POD,
	.init = fake_init,
	.free = free,
	.observe = observe_nothing,
	.claim = claim_inode,
	.book = book_nothing,
	.save = fake_save,
	.restore = fake_restore};

static const struct source_ops *const pod_and_processes[] = {&process_source_ops, &claimant, NULL};
static const struct source_ops *const only_claimant[] = {&claimant, NULL};

static void remove_cgroup_file(int32_t pid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%d/cgroup", world->machine.path, (int)pid);
	assert_int_equal(unlink(path), 0);
}

struct bench {
	struct config config;
	struct meter *meter;
	uint64_t pod_usec, process_usec, system_usec;
	size_t n_rows;
};

static char hub[] = "h", node[] = "n", resource_class[] = "c";

static void open_meter(struct bench *bench, const struct source_ops *const *sources)
{
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = bench->config.api_url,
		.cgroup = bench->config.cgroup,
		.memory_interval = 60000000,
		.proc = world->machine.path};
	assert_int_equal(
		meter_new(&bench->config, &world->machine.clock, sources, &bench->meter), 0);
}

static void pass(struct bench *bench)
{
	world->machine.boottime_usec += 10000000;
	fake_publish(&world->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
}

static void take(struct bench *bench)
{
	struct hm_wire_limits limits = {.now_usec = fake_realtime(&world->machine),
		.max_age_usec = 1,
		.max_future_usec = 1};
	struct hm_batch batch;

	assert_int_equal(meter_close_window(bench->meter, &batch), 0);
	batch.sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(&batch, &limits)), "none");
	for (size_t i = 0; i < batch.n_rows; i++)
		*(batch.kind[i] == HM_WORKLOAD_KIND_POD ? &bench->pod_usec
							: &bench->process_usec) +=
			batch.quantity[HM_QUANTITY_CPU_USED_USEC][i];
	bench->n_rows = batch.n_rows;
	bench->system_usec += batch.node_row.system[HM_RESOURCE_CPU_USEC];
	meter_commit_window(bench->meter);
}

/* The meter is replaced by one with @sources that goes on behind the other's state. */
static void restart(struct bench *bench, const struct source_ops *const *sources)
{
	struct buffer state = BUFFER_INIT(1 << 20);

	assert_int_equal(meter_save(bench->meter, &state), 0);
	meter_free(bench->meter);
	open_meter(bench, sources);
	assert_int_equal(meter_restore(bench->meter, state.data, state.size), 0);
	buffer_release(&state);
}

static void new_world(uint64_t seed)
{
	world = calloc(1, sizeof(*world));
	assert_non_null(world);
	fake_machine_init(&world->machine);
	world->random.state = seed;
	for (size_t i = 0; i < N_PROCESSES; i++)
		world->pod_of[i] = -1;
}

static void free_world(void)
{
	fake_machine_release(&world->machine);
	free(world);
}

/* What processes did outside pods from one pass to the next is theirs. */
static uint64_t ticks_outside(const uint64_t before[N_PROCESSES])
{
	uint64_t ticks = 0;

	for (size_t i = 0; i < N_PROCESSES; i++)
		if (world->pod_of[i] < 0)
			ticks += world->process_ticks[i] - before[i];
	return ticks;
}

static uint64_t ticks_in_pods(void)
{
	uint64_t ticks = 0;

	for (size_t i = 0; i < N_PODS; i++)
		ticks += world->pod_ticks[i];
	return ticks;
}

static void run_law(uint64_t seed, size_t way, bool is_restless)
{
	struct bench bench = {0};
	uint64_t before[N_PROCESSES], outside = 0, busy;

	new_world(seed);
	open_meter(&bench, both_ways[way]);
	pass(&bench);
	busy = world->machine.busy_ticks;
	world->is_restless = is_restless;
	for (int round = 0; round < 60; round++) {
		memcpy(before, world->process_ticks, sizeof(before));
		for (uint64_t n = random_below(&world->random, 20); n > 0; n--)
			live(world);
		outside += ticks_outside(before);
		pass(&bench);
		if (random_below(&world->random, 3) == 0)
			take(&bench);
		if (random_below(&world->random, 20) == 0)
			restart(&bench, both_ways[random_below(&world->random, 2)]);
	}
	world->is_restless = false;
	pass(&bench);
	pass(&bench);
	take(&bench);
	assert_int_equal(bench.pod_usec, ticks_in_pods() * FAKE_TICK_USEC);
	if (!is_restless)
		assert_int_equal(bench.process_usec, outside * FAKE_TICK_USEC);
	assert_int_equal(bench.pod_usec + bench.process_usec + bench.system_usec,
		(world->machine.busy_ticks - busy) * FAKE_TICK_USEC);
	meter_free(bench.meter);
	free_world();
}

static void test_each_tick_has_one_claimant(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		for (size_t way = 0; way < 2; way++)
			run_law(seed, way, seed % 2);
}

/* A collector without the source of pods keeps its section for the one that has it again. */
static void test_section_of_an_unknown_source_is_kept(void **state)
{
	struct bench bench = {0};

	(void)state;
	new_world(7);
	open_meter(&bench, both_ways[0]);
	pass(&bench);
	world->pod_exists[0] = true;
	world->pod_of[0] = 0;
	world->process_ticks[0] = world->pod_ticks[0] = 500;
	world->machine.busy_ticks += 500;
	pass(&bench);
	take(&bench);
	assert_int_equal(bench.pod_usec, 500 * FAKE_TICK_USEC);
	restart(&bench, only_processes);
	pass(&bench);
	take(&bench);
	restart(&bench, only_processes);
	pass(&bench);
	take(&bench);
	world->process_ticks[0] = world->pod_ticks[0] = 530;
	world->machine.busy_ticks += 30;
	restart(&bench, both_ways[0]);
	pass(&bench);
	take(&bench);
	assert_int_equal(bench.pod_usec, 530 * FAKE_TICK_USEC);
	assert_int_equal(bench.process_usec, 0);
	meter_free(bench.meter);
	free_world();
}

/* The process source beside one that meters a pod: what is in the pod's cgroup is not a server's.
 */
static void leave_alone(const char *tree, const char *line, uint64_t tag)
{
	static char api_url[] = "", root[128];
	struct bench bench = {0};
	struct fake_process *inside, *outside, *child;
	struct stat st;
	char path[128];

	new_world(3);
	fake_start(&world->machine, 1, 0, 0, "");
	fake_mkdir(&world->machine, "cgroup");
	snprintf(path, sizeof(path), "cgroup%s", tree);
	if (*tree)
		fake_mkdir(&world->machine, path);
	snprintf(path, sizeof(path), "cgroup%s/pod", tree);
	fake_mkdir(&world->machine, path);
	snprintf(path, sizeof(path), "%s/cgroup%s/pod", world->machine.path, tree);
	snprintf(root, sizeof(root), "%s/cgroup", world->machine.path);
	assert_int_equal(stat(path, &st), 0);
	bench.config.api_url = api_url;
	bench.config.cgroup = root;
	claimed_inode = st.st_ino | tag;
	open_meter(&bench, pod_and_processes);
	pass(&bench);
	inside = fake_start(&world->machine, 20, 1, 1000, "JUPYTERHUB_USER=ada\n");
	fake_write(&world->machine, "20/cgroup", line, strlen(line));
	outside = fake_start(&world->machine, 30, 1, 1000, "JUPYTERHUB_USER=bob\n");
	fake_write(&world->machine, "30/cgroup", "0::/\n", 5);
	fake_burn(&world->machine, inside, 100);
	fake_burn(&world->machine, outside, 10);
	pass(&bench);
	child = fake_start(&world->machine, 21, 20, 1000, "JUPYTERHUB_USER=ada\n");
	fake_write(&world->machine, "21/cgroup", line, strlen(line));
	fake_burn(&world->machine, child, 50);
	fake_burn(&world->machine, outside, 3);
	pass(&bench);
	fake_burn(&world->machine, child, 7);
	remove_cgroup_file(21);
	fake_end(&world->machine, child, true);
	fake_burn(&world->machine, inside, 5);
	remove_cgroup_file(20);
	fake_end(&world->machine, inside, true);
	pass(&bench);
	take(&bench);
	assert_int_equal(bench.n_rows, 1);
	assert_int_equal(bench.process_usec, 13 * FAKE_TICK_USEC);
	assert_int_equal(bench.system_usec, 162 * FAKE_TICK_USEC);
	meter_free(bench.meter);
	remove_cgroup_file(30);
	assert_int_equal(rmdir(path), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	if (*tree)
		assert_int_equal(rmdir(root), 0);
	free_world();
}

static void test_processes_in_a_claimed_cgroup_are_left_alone(void **state)
{
	(void)state;
	leave_alone("", "1:cpu:/x\n0::/pod\n", 0);
	leave_alone("/unified", "1:cpu:/x\n0::/pod\n", 0);
	leave_alone("/cpuacct", "4:memory:/y\n3:cpu,cpuacct:/pod\n0::/\n", CGROUP_KEY_V1);
	leave_alone("/cpu,cpuacct", "3:cpuacct:/pod\n", CGROUP_KEY_V1);
}

/* Nobody has to say what it meters as long as nobody asks. */
static void test_nobody_claims_for_nobody(void **state)
{
	static char api_url[] = "";
	struct bench bench = {0};

	(void)state;
	new_world(3);
	bench.config.api_url = api_url;
	n_claims = 0;
	open_meter(&bench, only_claimant);
	pass(&bench);
	assert_int_equal(n_claims, 0);
	meter_free(bench.meter);
	open_meter(&bench, pod_and_processes);
	pass(&bench);
	assert_int_equal(n_claims, 1);
	meter_free(bench.meter);
	free_world();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_tick_has_one_claimant),
		cmocka_unit_test(test_section_of_an_unknown_source_is_kept),
		cmocka_unit_test(test_processes_in_a_claimed_cgroup_are_left_alone),
		cmocka_unit_test(test_nobody_claims_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
