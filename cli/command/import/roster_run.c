/* Everything is decided in the database; here it is told in order, and printed. */
#include "cli/command/import/roster_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/command/import/settle.h"
#include "cli/session.h"

int roster_run_fail(const struct roster_run *run)
{
	return command_failed("import the roster", store_error(run->store));
}

int roster_run_check_options(const struct config *config)
{
	if (!*config->institution)
		return command_usage_error("--institution CODE is needed: whose roster it is");
	if (!*config->hub)
		return command_usage_error(
			"--hub NAME[,NAME]... is needed: where its user names are those of people");
	return EXIT_SUCCESS;
}

int roster_run_begin(struct roster_run *run, const struct config *config, const char *format,
	bool creates_people)
{
	int status = roster_run_check_options(config);

	*run = (struct roster_run){
		.config = config,
		.roster = {.format = format,
			.institution = config->institution,
			.source = *config->source ? config->source : format,
			.hubs = config->hub,
			.creates_people = creates_people || config->create_people},
		.what = "",
	};
	if (status != EXIT_SUCCESS)
		return status;
	run->store = session_open(config);
	if (!run->store)
		return EXIT_FAILURE;
	if (store_begin_as_rater(run->store) < 0 || store_import_lock(run->store) < 0 ||
		store_roster_kinds(run->store, format, &run->kinds) < 0 ||
		store_roster_open(run->store, &run->roster) < 0)
		return roster_run_fail(run);
	return EXIT_SUCCESS;
}

void roster_run_end(struct roster_run *run)
{
	store_roster_kinds_release(&run->kinds);
	store_free(run->store);
}

void roster_run_is_whole(struct roster_run *run, const char *kind)
{
	size_t used = strlen(run->whole_kinds);

	(void)snprintf(run->whole_kinds + used, sizeof(run->whole_kinds) - used, "%s%s",
		used ? "," : "", kind); /* ROSTER_KINDS_MAX of them fit */
}

/* The errors of a file, made for those that no sheet is of. */
static struct input_errors *errors_of(struct roster_run *run, const char *file)
{
	for (size_t i = 0; i < run->n_sheets; i++) {
		if (strcmp(run->sheet[i].file->name, file) == 0)
			return &run->sheet[i].errors;
	}
	run->other.path = file;
	return &run->other;
}

static void put_finding(void *context, const struct roster_finding *finding)
{
	struct roster_run *run = context;
	struct input_errors *errors = errors_of(run, finding->file);

	if (finding->is_error) {
		input_errors_put(
			errors, finding->line, finding->column, finding->value, finding->reason);
		run->errors++;
	} else if (!run->errors) {
		input_errors_warn(
			errors, finding->line, finding->column, finding->value, finding->reason);
	}
}

static const char *ending(int64_t n)
{
	return n == 1 ? "" : "s";
}

struct outcome {
	struct roster_run *run;
	struct {
		bool is_change;
		int64_t n;
		char text[96];
	} line[64];
	size_t count;
};

static void keep_outcome(void *context, bool is_change, int64_t n, const char *text)
{
	struct outcome *outcome = context;

	if (is_change)
		outcome->run->changed += (uint64_t)n;
	if (outcome->count == sizeof(outcome->line) / sizeof(outcome->line[0]))
		return;
	outcome->line[outcome->count].is_change = is_change;
	outcome->line[outcome->count].n = n;
	(void)snprintf(outcome->line[outcome->count].text, sizeof(outcome->line[0].text), "%s",
		text); /* they are ours and fit */
	outcome->count++;
}

static void print_outcome(const struct outcome *outcome)
{
	const struct roster_run *run = outcome->run;

	(void)printf("%s of %s: %s, %" PRIu64 " row%s%s\n", run->roster.source,
		run->roster.institution, run->what, run->rows, ending((int64_t)run->rows),
		!run->changed	       ? ", nothing new"
		: run->config->dry_run ? "; would change, nothing was imported:"
				       : "; changed:");
	for (size_t i = 0; i < outcome->count; i++)
		(void)printf("  %s%s: %" PRId64 "\n",
			outcome->line[i].is_change ? "" : "left out: ", outcome->line[i].text,
			outcome->line[i].n);
}

static int finish(struct roster_run *run, int64_t charge_run)
{
	if (import_settle(run->store, charge_run, run->changed > 0, run->config->dry_run) < 0)
		return roster_run_fail(run);
	return EXIT_SUCCESS;
}

static int refuse(struct roster_run *run)
{
	for (size_t i = 0; i < run->n_sheets; i++) {
		if (run->sheet[i].errors.count > INPUT_ERRORS_SHOWN)
			(void)fprintf(stderr, "%s: %" PRIu64 " more errors\n",
				run->sheet[i].file->name,
				run->sheet[i].errors.count - INPUT_ERRORS_SHOWN);
	}
	(void)fprintf(stderr, "%s: nothing was imported\n", run->roster.source);
	return EXIT_FAILURE;
}

static bool has_errors(const struct roster_run *run)
{
	for (size_t i = 0; i < run->n_sheets; i++) {
		if (run->sheet[i].errors.count)
			return true;
	}
	return run->errors > 0;
}

int roster_run_settle(struct roster_run *run, const char *detail)
{
	struct outcome outcome = {.run = run};
	int64_t charge_run;

	if (!has_errors(run) &&
		store_roster_check(run->store, run->whole_kinds, put_finding, run) < 0)
		return roster_run_fail(run);
	if (has_errors(run))
		return refuse(run);
	if (store_rate_begin_run(run->store, "import", detail, &charge_run) < 0 ||
		store_roster_apply(run->store, keep_outcome, &outcome) < 0)
		return roster_run_fail(run);
	print_outcome(&outcome);
	return finish(run, charge_run);
}
