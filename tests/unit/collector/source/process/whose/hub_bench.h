/*
 * Servers that nobody vouches for, and a hub that is asked: a program answers for it with what
 * stands in files, a page each.
 */
#ifndef TESTS_UNIT_COLLECTOR_SOURCE_PROCESS_WHOSE_HUB_BENCH_H
#define TESTS_UNIT_COLLECTOR_SOURCE_PROCESS_WHOSE_HUB_BENCH_H

#include <stdint.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/process/process_source.h"
#include "collector/source/process/whose/hub.h"
#include "collector/source/process/whose/ownership.h"
#include "common/instant.h"
#include "tests/unit/collector/asked.h"
#include "tests/unit/collector/fake_machine.h"

static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "http://h";
static char hub_api_url[] = "https://hub/hub/api", token[] = "/token", none[] = "";
static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

#define URL    "JUPYTERHUB_API_URL=http://h\n"
#define BOB    URL "JUPYTERHUB_USER=bob\n"
#define SHARED 1000
#define SECOND 1000000LL
#define INIT   1

struct bench {
	struct fake_machine machine;
	char directory[64], program[96];
	struct config config;
	struct meter *meter;
	struct hm_batch batch; /* the last one taken */
	int64_t started_usec;  /* UTC: when the servers did */
};

static inline void put(struct bench *bench, const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", bench->directory, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Answers with the file that is called like the page's first user, 0, 1, ... */
static inline void hub_answers(struct bench *bench, const char *script)
{
	char text[512];

	snprintf(text, sizeof(text),
		"#!/bin/sh\ncd %s\necho \"$*\" >> asked\nfor url; do :; done\n"
		"at=${url##*offset=}\nPAGE=${at%%%%&*}\n%s\n",
		bench->directory, script);
	unlink(bench->program);
	put(bench, "fetch", text, 0700);
}

static inline int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	fake_machine_init(&bench->machine);
	snprintf(bench->directory, sizeof(bench->directory), "/tmp/hubmeter-hub-XXXXXX");
	assert_non_null(mkdtemp(bench->directory));
	snprintf(bench->program, sizeof(bench->program), "%s/fetch", bench->directory);
	hub_answers(bench, "cat \"$PAGE\"");
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = api_url,
		.hub_api_url = hub_api_url,
		.hub_api_token = token,
		.hub_api_ca = none,
		.kubelet_fetch = bench->program,
		.proc = bench->machine.path,
		.memory_interval = 30000000};
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_process, &bench->meter), 0);
	fake_start(&bench->machine, INIT, 0, 0, "");
	*state = bench;
	return 0;
}

static inline int tear_down(void **state)
{
	static const char *const names[] = {"/fetch", "/asked", "/0", "/1", "/200", ""};
	struct bench *bench = *state;
	char path[128];

	meter_free(bench->meter);
	fake_machine_release(&bench->machine);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s%s", bench->directory, names[i]);
		(void)remove(path);
	}
	free(bench);
	return 0;
}

static inline void pass(struct bench *bench)
{
	bench->machine.boottime_usec += 10 * SECOND;
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
}

static inline size_t times_asked(const struct bench *bench)
{
	return asked_times(bench->directory);
}

/* What is due is asked, and answered, page by page. */
static inline void answer_comes(struct bench *bench)
{
	asked_answers_come(bench->meter);
}

static inline void hub_is_asked(struct bench *bench)
{
	pass(bench);
	answer_comes(bench);
}

static inline void take(struct bench *bench)
{
	pass(bench);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), 0);
	meter_commit_window(bench->meter);
}

static inline uint64_t sum_of(
	const struct bench *bench, const char *user, enum hm_quantity quantity)
{
	const struct hm_batch *batch = &bench->batch;
	uint64_t sum = 0;

	for (size_t i = 0; i < batch->n_rows; i++)
		if (strcmp(batch->strings[batch->user[i]], user) == 0)
			sum += batch->quantity[quantity][i];
	return sum;
}

static inline uint32_t flags_of(const struct bench *bench, const char *user)
{
	const struct hm_batch *batch = &bench->batch;
	uint32_t flags = 0;

	for (size_t i = 0; i < batch->n_rows; i++)
		if (strcmp(batch->strings[batch->user[i]], user) == 0)
			flags |= batch->flags[i];
	return flags;
}

static inline bool has_user(const struct bench *bench, const char *user)
{
	const struct hm_batch *batch = &bench->batch;

	for (size_t i = 0; i < batch->n_rows; i++)
		if (strcmp(batch->strings[batch->user[i]], user) == 0)
			return true;
	return false;
}

#define PAGE_SIZE 512

/* The server as the hub has it, which says that it started it @early_usec earlier. Returns @page.
 */
static inline const char *page_of(const struct bench *bench, char page[PAGE_SIZE], const char *user,
	const char *name, int pid, int64_t early_usec)
{
	char started[INSTANT_SIZE];

	instant_format(bench->started_usec - early_usec, started);
	snprintf(page, PAGE_SIZE,
		"{\"items\":[{\"name\":\"%s\",\"servers\":{\"%s\":{\"name\":\"%s\",\"started\":"
		"\"%s\",\"stopped\":false,\"state\":{\"pid\":%d}}}}],\"_pagination\":{\"next\":%s}}",
		user, name, name, started, pid, "null");
	return page;
}

/* Bob's server, left by a hub that is gone: init is its parent now. It burns in each pass. */
static inline struct fake_process *start_orphan(struct bench *bench, const char *environ)
{
	pass(bench);
	bench->started_usec = clock_realtime_usec(&bench->machine.clock);
	fake_burn(&bench->machine, fake_start(&bench->machine, 20, INIT, SHARED, environ), 10);
	return fake_find(&bench->machine, 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
