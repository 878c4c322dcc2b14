/* What a file leaves out means that it is gone, or nothing at all: only the manifest knows. */
#include "cli/roster/oneroster/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/format/csv_input.h"

#define FILE_PREFIX "file."

bool manifest_is_named(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strcasecmp(slash ? slash + 1 : name, "manifest.csv") == 0;
}

static int parse_mode(const char *text, enum manifest_mode *ret)
{
	static const char *const modes[] = {
		[MANIFEST_MODE_ABSENT] = "absent",
		[MANIFEST_MODE_BULK] = "bulk",
		[MANIFEST_MODE_DELTA] = "delta",
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcasecmp(text, modes[i]) == 0) {
			*ret = (enum manifest_mode)i;
			return 0;
		}
	}
	return -EINVAL;
}

static void add_file(
	struct manifest *manifest, unsigned line, const char *kind, enum manifest_mode mode)
{
	if (manifest->count == MANIFEST_FILES_MAX) {
		input_errors_put(
			&manifest->errors, line, NULL, NULL, "more files than OneRoster has");
		return;
	}
	(void)snprintf(manifest->file[manifest->count].kind,
		sizeof(manifest->file[manifest->count].kind), "%s", kind);
	manifest->file[manifest->count].line = line;
	manifest->file[manifest->count].mode = mode;
	manifest->count++;
}

static bool is_known_version(const char *version)
{
	return strcmp(version, "1.1") == 0 || strncmp(version, "1.2", 3) == 0;
}

static int take_row(void *context, unsigned line, const char *const *fields)
{
	struct manifest *manifest = context;
	enum manifest_mode mode;

	if (strcmp(fields[0], "oneroster.version") == 0 && !is_known_version(fields[1]))
		input_errors_put(
			&manifest->errors, line, "value", fields[1], "is neither 1.1 nor 1.2");
	if (strncmp(fields[0], FILE_PREFIX, strlen(FILE_PREFIX)) != 0)
		return 0;
	if (parse_mode(fields[1], &mode) < 0)
		input_errors_put(&manifest->errors, line, "value", fields[1],
			"is not bulk, delta or absent");
	else
		add_file(manifest, line, fields[0] + strlen(FILE_PREFIX), mode);
	return 0;
}

int manifest_read(struct manifest *manifest, const struct roster_file *file)
{
	static const struct csv_column columns[] = {{"propertyName", true}, {"value", true}};
	const struct csv_handler handler = {.row = take_row,
		.error = input_errors_put,
		.complaints = &manifest->errors,
		.context = manifest,
		.passes_over_unknown = true};
	int r;

	*manifest = (struct manifest){.errors = {.path = file->name}};
	r = csv_input_parse(file->data, file->size, columns, 2, &handler);
	return r == 0 && manifest->errors.count ? -EBADMSG : r;
}

enum manifest_mode manifest_mode(const struct manifest *manifest, const char *kind)
{
	for (size_t i = 0; i < manifest->count; i++) {
		if (strcmp(manifest->file[i].kind, kind) == 0)
			return manifest->file[i].mode;
	}
	return MANIFEST_MODE_ABSENT;
}
