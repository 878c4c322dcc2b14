/*
 * Random lives of which it is told late whose they were, or never: whatever the order of ends,
 * answers, windows and restarts, rows and system together are what was done, and nobody has a row
 * without a user who was known in time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/group/group.h"
#include "tests/support/random.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND	      1000000
#define WITHHOLD_USEC (600 * (int64_t)SECOND)
#define N_PLACES      8
#define N_LIVES	      400

struct life {
	char path[64];
	bool is_there, is_somebodys;
	int64_t known_usec; /* boottime from when on it is told whose it is */
	int64_t born_usec;
	uint64_t usec; /* the truth */
};

/* Of the test at hand; the engine's rules have no other way to it. */
static struct life lives[N_LIVES];
static size_t n_lives;
static int64_t now_usec;

static enum group_role role(const void *self, const char *path, const char *name)
{
	(void)self;
	if (!*path)
		return strcmp(name, "pods") == 0 ? GROUP_ROLE_PLACE : GROUP_ROLE_OTHER;
	return strncmp(name, "life", 4) == 0 ? GROUP_ROLE_WORKLOAD : GROUP_ROLE_OTHER;
}

static int identify(void *self, struct group_source *source, const struct group_subject *subject,
	struct group_identity *ret)
{
	const struct life *life = &lives[strtoul(subject->name + 4, NULL, 10)];

	(void)self;
	(void)source;
	if (now_usec < life->known_usec)
		return -EAGAIN;
	if (!life->is_somebodys)
		return -ENOENT;
	ret->user = strdup(subject->name);
	return ret->user ? 0 : -ENOMEM;
}

static int format_id(const void *self, const struct group_subject *subject, char id[GROUP_ID_SIZE])
{
	(void)self;
	(void)snprintf(id, GROUP_ID_SIZE, "%s", subject->name);
	return 0;
}

static const struct group_rules rules = {.kind = HM_WORKLOAD_KIND_POD,
	.rank = SOURCE_RANK_POD,
	.preference = CGROUP_PREFER_V1,
	.withhold_usec = WITHHOLD_USEC,
	.claims_strangers = true,
	.role = role,
	.identify = identify,
	.format_id = format_id};

static int init(const struct source_context *context, void **ret)
{
	struct group_source *source;
	int r = group_source_new(context, &rules, NULL, &source);

	if (r == 0)
		*ret = source;
	return r;
}

static const struct source_ops ops = {.name = "lives",
	.version = GROUP_STATE_VERSION,
	.rank = SOURCE_RANK_POD,
	.init = init,
	.free = group_source_free,
	.event_fd = group_source_event_fd,
	.on_event = group_source_on_event,
	.observe = group_source_observe,
	.claim = group_source_claim,
	.book = group_source_book,
	.save = group_source_save,
	.restore = group_source_restore,
	.forget = group_source_forget};
static const struct source_ops *const only_lives[] = {&ops, NULL};

static struct life *be_born(struct fake_node *node, struct random_source *random)
{
	static const int64_t delays[] = {0, 1, 15, 300, 599, 900, 100000};
	struct life *life = &lives[n_lives];

	assert_true(n_lives < N_LIVES);
	*life = (struct life){.is_there = true,
		.is_somebodys = random_below(random, 2),
		.born_usec = now_usec,
		.known_usec = now_usec + delays[random_below(random, 7)] * SECOND};
	snprintf(life->path, sizeof(life->path), "pods/life%zu", n_lives++);
	fake_make_cgroup(node, life->path, 50);
	return life;
}

static void live(struct fake_node *node, struct random_source *random, struct life *at[N_PLACES])
{
	struct life **life = &at[random_below(random, N_PLACES)];
	uint64_t usec = random_below(random, 50) * FAKE_TICK_USEC;

	if (!*life) {
		*life = be_born(node, random);
	} else if (random_below(random, 10) == 0) {
		fake_remove_cgroup(node, (*life)->path);
		*life = NULL;
	} else {
		fake_use_cpu(node, (*life)->path, usec);
		(*life)->usec += usec;
	}
}

static void pass(struct fake_node *node, int64_t usec)
{
	now_usec = node->machine.boottime_usec + usec;
	fake_pass(node, usec);
}

static void end_all(struct fake_node *node, struct life *at[N_PLACES])
{
	for (size_t i = 0; i < N_PLACES; i++)
		if (at[i])
			fake_remove_cgroup(node, at[i]->path);
	for (int i = 0; i < 12; i++)
		pass(node, WITHHOLD_USEC / 10);
	fake_take_window(node);
}

/* Every row is of somebody, or of one of whom nothing was told in time. */
static uint64_t assert_rows(const struct told *told, bool restarts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < told->n_rows; i++) {
		const struct told_row *row = &told->row[i];
		const struct life *life = &lives[strtoul(row->id + 4, NULL, 10)];

		sum += row->cpu_usec;
		assert_true(row->flags & HM_FLAG_FINAL);
		if (*row->user) {
			assert_string_equal(row->user, row->id);
			assert_true(life->is_somebodys);
		} else {
			assert_true(
				restarts || life->known_usec >= life->born_usec + WITHHOLD_USEC);
		}
	}
	return sum;
}

static void run_law(enum fake_layout layout, uint64_t seed, bool restarts)
{
	struct random_source random = {.state = seed};
	struct fake_node *node = fake_node_new(layout, only_lives);
	struct life *at[N_PLACES] = {NULL};
	uint64_t truth = 0, rows;

	n_lives = 0;
	fake_make_cgroup(node, "pods", 0);
	now_usec = node->machine.boottime_usec;
	at[0] = be_born(node, &random);
	pass(node, 0);
	for (int round = 0; round < 120; round++) {
		for (uint64_t n = random_below(&random, 10); n > 0; n--)
			live(node, &random, at);
		if (random_below(&random, 4) == 0)
			(void)fake_take_events(node);
		pass(node, 10 * SECOND);
		if (random_below(&random, 3) == 0)
			fake_take_window(node);
		if (restarts && random_below(&random, 15) == 0)
			fake_restart(node);
	}
	end_all(node, at);
	rows = assert_rows(&node->told, restarts);
	for (size_t i = 0; i < n_lives; i++)
		truth += lives[i].usec;
	/* of each row's end a part of a microsecond is the system's or nobody's */
	assert_in_range(rows + node->told.system_usec + node->told.n_rows, truth,
		truth + 2 * node->told.n_rows);
	fake_node_free(node);
}

static void test_law(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		run_law((enum fake_layout)(seed % 3), seed, false);
}

static void test_law_with_restarts(void **state)
{
	(void)state;
	for (uint64_t seed = 101; seed <= 112; seed++)
		run_law((enum fake_layout)(seed % 3), seed, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_law),
		cmocka_unit_test(test_law_with_restarts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
