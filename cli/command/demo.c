/* Usage is split over slots here, exactly as that of an import is, and goes past Kafka. */
#include "cli/command/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/command.h"
#include "cli/command/import/import.h"
#include "cli/command/import/usage_file.h"
#include "cli/demo/federation.h"
#include "cli/format/copy_text.h"
#include "cli/format/csv_input.h"
#include "cli/format/file.h"
#include "cli/format/output_file.h"
#include "cli/session.h"
#include "common/clock.h"
#include "common/instant.h"
#include "hubmeter/cleanup.h"

#define FILE_SIZE_LIMIT (256u << 20)
#define COPY_CHUNK	(1u << 20)
#define N_NODE_COLUMNS	8

/* --- federation: the files --- */

struct writing {
	int dirfd;
	const char *directory;
	unsigned n_files;
	char failed[NAME_MAX + 1];
};

static int write_file(void *context, const char *name, const void *data, size_t size)
{
	struct writing *writing = context;
	struct output_file output;
	int r = output_file_open(&output, writing->dirfd, name);

	(void)snprintf(writing->failed, sizeof(writing->failed), "%s", name);
	if (r == 0)
		r = output_file_write(&output, data, size);
	if (r == 0)
		r = output_file_seal(&output);
	if (r == 0)
		r = output_file_publish(&output);
	output_file_release(&output);
	writing->n_files++;
	return r;
}

static int fail_writing(const struct writing *writing, int r)
{
	char what[PATH_MAX + NAME_MAX + 16];

	(void)snprintf(what, sizeof(what), "write \"%s/%s\"", writing->directory, writing->failed);
	return command_failed(
		what, r == -EEXIST ? "it is there with other content: choose another --directory"
				   : strerror(-r));
}

int demo_federation_run(const struct config *config, char **arguments)
{
	const struct demo_world world = {config->seed, demo_scale_find(config->scale)};
	hm_cleanup(hm_closep) int dirfd = -1;
	struct writing writing = {.directory = config->directory};
	const struct listing_sink sink = {write_file, &writing};
	int r;

	(void)arguments;
	if (!world.scale)
		return command_usage_error("\"%s\" is not a scale: full or small", config->scale);
	dirfd = open(config->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return command_failed("open --directory", strerror(errno));
	writing.dirfd = dirfd;
	r = federation_write(&world, &sink);
	if (r < 0)
		return fail_writing(&writing, r);
	(void)printf("%s: %u files of seed %" PRIu64 ", scale %s: see README.txt\n",
		config->directory, writing.n_files, world.seed, world.scale->name);
	return EXIT_SUCCESS;
}

/* --- rows on their way into the database --- */

struct loading {
	struct store *store;
	struct input_errors errors;
	enum demo_rows kind;
	struct buffer copy;
	bool has_lost_store;
};

static int fail(const struct loading *loading, const char *reason)
{
	char what[4096];

	(void)snprintf(what, sizeof(what), "load \"%s\"", loading->errors.path);
	return command_failed(what, reason);
}

static int flush(struct loading *loading, size_t enough)
{
	int r = 0;

	if (loading->copy.size > enough) {
		r = store_demo_send(loading->store, loading->kind, &loading->copy);
		loading->has_lost_store = r < 0;
		buffer_clear(&loading->copy);
	}
	return r;
}

/* Empty text is no null here. */
static int put_text(struct loading *loading, const char *text)
{
	return *text ? copy_text_field(&loading->copy, text)
		     : buffer_append(&loading->copy, "\t", 1);
}

static int put_number(struct loading *loading, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return put_text(loading, text);
}

static int put_slot(
	struct loading *loading, const struct usage_interval *i, int64_t from_usec, int64_t to_usec)
{
	const char *const before[] = {i->hub, i->node, i->workload};
	const char *const behind[] = {i->username, i->server, i->tag, i->resource_class};
	uint64_t quantity[HM_QUANTITY_COUNT];
	char instant[INSTANT_SIZE];
	int r = 0;

	usage_interval_share(i, from_usec > i->start_usec ? from_usec : i->start_usec,
		to_usec < i->end_usec ? to_usec : i->end_usec, quantity);
	for (size_t k = 0; k < sizeof(before) / sizeof(before[0]) && r == 0; k++)
		r = put_text(loading, before[k]);
	if (r == 0)
		r = put_number(loading, (uint64_t)i->kind);
	for (size_t k = 0; k < sizeof(behind) / sizeof(behind[0]) && r == 0; k++)
		r = put_text(loading, behind[k]);
	if (r == 0)
		r = put_text(loading, instant_format(from_usec, instant));
	for (size_t k = 0; k < HM_QUANTITY_COUNT && r == 0; k++)
		r = put_number(loading, quantity[k]);
	if (r < 0)
		return r;
	copy_text_end(&loading->copy);
	return flush(loading, COPY_CHUNK);
}

static int put_intervals(struct loading *loading, const struct interval_set *set)
{
	int r = 0;

	for (uint32_t k = 0; k < set->count; k++) {
		struct usage_interval interval;

		interval_set_get(set, k, &interval);
		for (int64_t slot = interval.start_usec - interval.start_usec % HM_SLOT_USEC;
			slot < interval.end_usec && r == 0; slot += HM_SLOT_USEC)
			r = put_slot(loading, &interval, slot, slot + HM_SLOT_USEC);
	}
	return r;
}

static int read_usage(struct loading *loading, const char *data, size_t size)
{
	struct interval_set set;
	int r = interval_set_init(&set, 0); /* the file is ours, not a stranger's */

	if (r < 0)
		return r;
	r = usage_file_parse(
		data, size, clock_realtime_usec(&clock_system), &set, &loading->errors);
	if (r == 0)
		r = put_intervals(loading, &set);
	interval_set_release(&set);
	return r;
}

static int take_node(void *context, unsigned line, const char *const *fields)
{
	struct loading *loading = context;
	int r = 0;

	(void)line;
	for (size_t i = 0; i < N_NODE_COLUMNS && r == 0; i++)
		r = put_text(loading, fields[i]);
	if (r < 0)
		return r;
	copy_text_end(&loading->copy);
	return flush(loading, COPY_CHUNK);
}

static int read_nodes(struct loading *loading, const char *data, size_t size)
{
	static const struct csv_column columns[N_NODE_COLUMNS] = {{"hub", true}, {"node", true},
		{"class", true}, {"start", true}, {"end", true}, {"cores", true},
		{"memory_mib", true}, {"gpus", true}};
	const struct csv_handler handler = {.row = take_node,
		.error = input_errors_put,
		.complaints = &loading->errors,
		.context = loading};

	return csv_input_parse(data, size, columns, N_NODE_COLUMNS, &handler);
}

static int stage(struct loading *loading, const char *data, size_t size)
{
	int r = store_begin_as_aggregator(loading->store);

	if (r >= 0)
		r = store_demo_stage(loading->store);
	if (r < 0) {
		loading->has_lost_store = true;
		return r;
	}
	r = loading->kind == DEMO_ROWS_NODES ? read_nodes(loading, data, size)
					     : read_usage(loading, data, size);
	return r < 0 ? r : flush(loading, 0);
}

static int load(struct loading *loading, const char *data, size_t size)
{
	int64_t slots;
	int r = stage(loading, data, size);

	if (r == -EBADMSG && !loading->has_lost_store) {
		input_errors_end(&loading->errors, "nothing was loaded");
		return EXIT_FAILURE;
	}
	if (r < 0)
		return fail(loading,
			loading->has_lost_store ? store_error(loading->store) : strerror(-r));
	if (store_demo_apply(loading->store, &slots) < 0 || store_commit(loading->store) < 0)
		return fail(loading, store_error(loading->store));
	if (loading->kind == DEMO_ROWS_NODES)
		(void)printf("%s: loaded\n", loading->errors.path);
	else
		(void)printf("%s: %" PRId64 " slots, for a demonstration\n", loading->errors.path,
			slots);
	return EXIT_SUCCESS;
}

static int load_file(const struct config *config, enum demo_rows kind, const char *path)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	hm_cleanup(hm_freep) char *data = NULL;
	struct loading loading = {
		.errors = {.path = path}, .kind = kind, .copy = BUFFER_INIT(64ul * COPY_CHUNK)};
	size_t size;
	int status, r = file_read(path, FILE_SIZE_LIMIT, &data, &size);

	if (r < 0)
		return fail(&loading, strerror(-r));
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	loading.store = store;
	status = load(&loading, data, size);
	buffer_release(&loading.copy);
	return status;
}

int demo_nodes_run(const struct config *config, char **arguments)
{
	return load_file(config, DEMO_ROWS_NODES, arguments[0]);
}

int demo_usage_run(const struct config *config, char **arguments)
{
	return load_file(config, DEMO_ROWS_SLOTS, arguments[0]);
}

/* --- load: all that is there at the start --- */

struct directory {
	const struct config *config;
	const char *path;
};

static int refuse_used(const struct config *config)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	bool is_used = false;

	if (!store)
		return EXIT_FAILURE;
	if (store_begin_as_rater(store) < 0 || store_demo_is_used(store, &is_used) < 0)
		return command_failed("load the demonstration", store_error(store));
	return is_used ? command_failed("load the demonstration",
				 "the database has institutions already: make one for it alone")
		       : EXIT_SUCCESS;
}

/* A negative answer ends the steps: the status of a failed one, turned round. */
static int do_step(void *context, const struct federation_step *step)
{
	const struct directory *directory = context;
	struct config config = *directory->config;
	char path[PATH_MAX], institution[64];
	int status = EXIT_SUCCESS;
	char *arguments[] = {path, NULL};

	if (step->is_late)
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory->path, step->file) >=
		sizeof(path))
		return -command_failed("load the demonstration", strerror(ENAMETOOLONG));
	switch (step->act) {
	case FEDERATION_IMPORT:
		status = import_path(&config, step->kind, path);
		break;
	case FEDERATION_BILL:
		(void)snprintf(institution, sizeof(institution), "%s", step->institution);
		config.institution = institution;
		status = bill_import_run(&config, arguments);
		break;
	case FEDERATION_NODES:
		status = demo_nodes_run(&config, arguments);
		break;
	case FEDERATION_USAGE:
		status = demo_usage_run(&config, arguments);
		break;
	}
	return -status;
}

int demo_load_run(const struct config *config, char **arguments)
{
	struct directory directory = {config, arguments[0]};
	int status = refuse_used(config);

	if (status != EXIT_SUCCESS)
		return status;
	return -federation_steps(do_step, &directory);
}
