/* A row can be understood only beside the other files, so all of them are read before any is
 * judged. */
#include "cli/command/import_roster.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/command.h"
#include "cli/command/roster_run.h"
#include "cli/roster/files.h"
#include "cli/roster/sheet.h"

struct tables {
	struct roster_files files;
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

static void note_unknown(const struct roster_run *run, const struct sheet *sheet)
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

static int stage_file(struct roster_run *run, struct sheet *sheet, const struct roster_file *file)
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
	return stage_sheet(run, sheet);
}

static int stage_files(struct roster_run *run, struct tables *tables)
{
	int status = EXIT_SUCCESS;

	run->sheet = tables->sheet;
	for (size_t i = 0; i < tables->files.count && status == EXIT_SUCCESS; i++)
		status = stage_file(run, &tables->sheet[i], &tables->files.file[i]);
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

static void declare_whole(struct roster_run *run)
{
	for (size_t i = 0; i < run->kinds.count; i++) {
		if (run->config->replace && is_read(run, &run->kinds.kind[i]))
			roster_run_is_whole(run, run->kinds.kind[i].name);
	}
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
	int status = stage_files(run, tables);

	if (status != EXIT_SUCCESS)
		return status;
	declare_whole(run);
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
