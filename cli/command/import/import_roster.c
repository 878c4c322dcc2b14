/* A row can be understood only beside the other files, so all of them are read before any is
 * judged. */
#include "cli/command/import/import_roster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/command.h"
#include "cli/command/import/roster_run.h"
#include "cli/roster/files.h"
#include "cli/roster/oneroster/manifest.h"
#include "cli/roster/sheet.h"

struct tables {
	struct roster_files files;
	struct manifest manifest; /* of OneRoster; path NULL: there is none */
	struct sheet sheet[ROSTER_FILES_MAX];
};

static int read_files(struct tables *tables, char **paths)
{
	char error[512];

	for (size_t i = 0; paths[i]; i++) {
		if (roster_files_add(&tables->files, paths[i], error, sizeof(error)) < 0)
			return command_failed("read the roster", error);
	}
	return EXIT_SUCCESS;
}

static void note_unknown(const struct roster_run *run, struct sheet *sheet)
{
	char text[256];
	size_t used = (size_t)snprintf(text, sizeof(text), "not read: its columns are of none of");

	for (size_t i = 0; i < run->kinds.count && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s", i ? "," : "",
			run->kinds.kind[i].name);
	input_errors_note(&sheet->errors, 1, text);
}

static int out_of_memory(void)
{
	return command_failed("import the roster", "out of memory");
}

/* -EBADMSG has been said, and the other files may have errors too. */
static int stage_sheet(struct roster_run *run, struct sheet *sheet)
{
	int r = sheet_read(sheet);

	if (r == -EBADMSG)
		return EXIT_SUCCESS;
	if (r < 0)
		return out_of_memory();
	run->rows += sheet->rows;
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "hubmeter: %s: %llu %s\n", sheet->file->name,
			(unsigned long long)sheet->rows, sheet->kind->name);
	if (store_roster_copy(run->store, sheet->kind->name, sheet->copy.data, sheet->copy.size) <
		0)
		return roster_run_fail(run);
	sheet_release(sheet);
	return EXIT_SUCCESS;
}

static void note_absent(struct sheet *sheet)
{
	input_errors_note(&sheet->errors, 1, "not read: the manifest says that it is absent");
}

static bool is_absent(const struct tables *tables, const struct sheet *sheet)
{
	return tables->manifest.errors.path &&
	       manifest_mode(&tables->manifest, sheet->kind->name) == MANIFEST_MODE_ABSENT;
}

static int stage_file(struct roster_run *run, const struct tables *tables, struct sheet *sheet,
	const struct roster_file *file)
{
	int r = sheet_open(sheet, file, &run->kinds);

	run->n_sheets++;
	if (r < 0 && r != -EBADMSG)
		return out_of_memory();
	if (r < 0)
		return EXIT_SUCCESS;
	if (!sheet->kind) {
		note_unknown(run, sheet);
		return EXIT_SUCCESS;
	}
	if (is_absent(tables, sheet)) {
		note_absent(sheet);
		sheet->kind = NULL;
		return EXIT_SUCCESS;
	}
	return stage_sheet(run, sheet);
}

static int stage_files(struct roster_run *run, struct tables *tables)
{
	int status = EXIT_SUCCESS;

	run->sheet = tables->sheet;
	for (size_t i = 0; i < tables->files.count && status == EXIT_SUCCESS; i++) {
		if (tables->files.file[i].name != tables->manifest.errors.path)
			status = stage_file(
				run, tables, &tables->sheet[run->n_sheets], &tables->files.file[i]);
	}
	return status;
}

static bool is_read(const struct roster_run *run, const struct roster_kind *kind)
{
	for (size_t i = 0; i < run->n_sheets; i++) {
		if (run->sheet[i].kind == kind)
			return true;
	}
	return false;
}

static bool is_whole(
	const struct roster_run *run, const struct tables *tables, const struct roster_kind *kind)
{
	if (run->config->replace)
		return true;
	return tables->manifest.errors.path &&
	       manifest_mode(&tables->manifest, kind->name) == MANIFEST_MODE_BULK;
}

static void declare_whole(struct roster_run *run, const struct tables *tables)
{
	for (size_t i = 0; i < run->kinds.count; i++) {
		const struct roster_kind *kind = &run->kinds.kind[i];

		if (is_read(run, kind) && is_whole(run, tables, kind))
			roster_run_is_whole(run, kind->name);
	}
}

static const struct roster_kind *kind_named(const struct roster_run *run, const char *name)
{
	for (size_t i = 0; i < run->kinds.count; i++) {
		if (strcmp(run->kinds.kind[i].name, name) == 0)
			return &run->kinds.kind[i];
	}
	return NULL;
}

/* A file that the manifest promises and that is not there would look as if everybody stayed. */
static void check_promises(struct roster_run *run, struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->count; i++) {
		const struct roster_kind *kind = kind_named(run, manifest->file[i].kind);

		if (kind && manifest->file[i].mode != MANIFEST_MODE_ABSENT && !is_read(run, kind))
			input_errors_put(&manifest->errors, manifest->file[i].line, "propertyName",
				kind->name, "there is no such file");
	}
	run->errors += manifest->errors.count;
}

static int find_manifest(struct roster_run *run, struct tables *tables)
{
	for (size_t i = 0; i < tables->files.count; i++) {
		int r = 0;

		if (manifest_is_named(tables->files.file[i].name))
			r = manifest_read(&tables->manifest, &tables->files.file[i]);
		if (r < 0 && r != -EBADMSG)
			return out_of_memory();
	}
	run->errors += tables->manifest.errors.count;
	return EXIT_SUCCESS;
}

static int settle(struct roster_run *run, const char *path)
{
	char what[32], detail[4096];
	size_t known = 0;

	for (size_t i = 0; i < run->n_sheets; i++)
		known += run->sheet[i].kind || run->sheet[i].errors.count;
	if (!known)
		return command_failed("import the roster", "none of the files belongs to one");
	(void)snprintf(what, sizeof(what), "%zu file%s", known, known == 1 ? "" : "s");
	(void)snprintf(detail, sizeof(detail), "%s roster %s", run->roster.source, path);
	run->what = what;
	return roster_run_settle(run, detail);
}

static int import_tables(struct roster_run *run, struct tables *tables, char **paths)
{
	int status = EXIT_SUCCESS;

	if (strcmp(run->roster.format, "oneroster") == 0)
		status = find_manifest(run, tables);
	if (status == EXIT_SUCCESS)
		status = stage_files(run, tables);
	if (status != EXIT_SUCCESS)
		return status;
	if (!run->errors)
		check_promises(run, &tables->manifest);
	declare_whole(run, tables);
	return settle(run, paths[0]);
}

static void tables_free(struct tables *tables)
{
	for (size_t i = 0; i < ROSTER_FILES_MAX; i++)
		sheet_release(&tables->sheet[i]);
	roster_files_release(&tables->files);
	free(tables);
}

static int import_roster(
	const struct config *config, const char *format, bool creates_people, char **paths)
{
	struct tables *tables = calloc(1, sizeof(*tables));
	struct roster_run run;
	int status;

	if (!tables)
		return out_of_memory();
	status = read_files(tables, paths);
	if (status == EXIT_SUCCESS) {
		status = roster_run_begin(&run, config, format, creates_people);
		if (status == EXIT_SUCCESS)
			status = import_tables(&run, tables, paths);
		roster_run_end(&run);
	}
	tables_free(tables);
	return status;
}

int import_canvas_run(const struct config *config, char **arguments)
{
	return import_roster(config, "canvas", true, arguments);
}

int import_oneroster_run(const struct config *config, char **arguments)
{
	return import_roster(config, "oneroster", true, arguments);
}

int import_coldfront_run(const struct config *config, char **arguments)
{
	return import_roster(config, "coldfront", false, arguments);
}
