/* A student system exports a folder or an archive; both are looked at as a whole before anything
 * else. */
#include "cli/roster/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli/format/file.h"
#include "cli/roster/archive.h"
#include "hubmeter/cleanup.h"

static bool ends_in(const char *name, const char *end)
{
	size_t size = strlen(name), end_size = strlen(end);

	return size > end_size && strcasecmp(name + size - end_size, end) == 0;
}

static const char *reason_of(int r)
{
	return r == -E2BIG ? "larger than 1 GiB, or more than 64 files" : strerror(-r);
}

static int fail(int r, const char *path, char *error, size_t size)
{
	(void)snprintf(error, size, "%s: %s", path, reason_of(r));
	return r;
}

int roster_files_take(struct roster_files *files, const char *name, char *data, size_t size)
{
	char *copy = strdup(name);
	int r = !copy ? -ENOMEM
		: files->count == ROSTER_FILES_MAX || size > ROSTER_SIZE_LIMIT - files->size
			? -E2BIG
			: 0;

	if (r < 0) {
		free(copy);
		free(data);
		return r;
	}
	files->file[files->count++] =
		(struct roster_file){.name = copy, .data = data, .size = size};
	files->size += size;
	return 0;
}

static int add_file(struct roster_files *files, const char *path, char *error, size_t error_size)
{
	char *data;
	size_t size;
	int r = file_read(path, ROSTER_SIZE_LIMIT - files->size, &data, &size);

	if (r == 0)
		r = roster_files_take(files, path, data, size);
	return r < 0 ? fail(r, path, error, error_size) : 0;
}

static int is_table(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && ends_in(entry->d_name, ".csv");
}

static int add_entry(struct roster_files *files, const char *folder, const char *name, char *error,
	size_t error_size)
{
	hm_cleanup(hm_freep) char *path = NULL;
	size_t size = strlen(folder);

	while (size > 1 && folder[size - 1] == '/')
		size--;
	if (asprintf(&path, "%.*s/%s", (int)size, folder, name) < 0) {
		path = NULL; /* asprintf() leaves it undefined */
		return fail(-ENOMEM, name, error, error_size);
	}
	return add_file(files, path, error, error_size);
}

static int add_folder(struct roster_files *files, const char *path, char *error, size_t error_size)
{
	struct dirent **entry;
	int count = scandir(path, &entry, is_table, alphasort);
	int r = 0;

	if (count < 0)
		return fail(-errno, path, error, error_size);
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = add_entry(files, path, entry[i]->d_name, error, error_size);
		free(entry[i]);
	}
	free(entry);
	if (count == 0) {
		(void)snprintf(error, error_size, "%s: no file in it ends in .csv", path);
		return -ENOENT;
	}
	return r;
}

int roster_files_add(struct roster_files *files, const char *path, char *error, size_t error_size)
{
	struct stat status;

	if (strcmp(path, "-") != 0 && stat(path, &status) < 0)
		return fail(-errno, path, error, error_size);
	if (strcmp(path, "-") != 0 && S_ISDIR(status.st_mode))
		return add_folder(files, path, error, error_size);
	if (ends_in(path, ".zip"))
		return roster_archive_read(files, path, error, error_size);
	return add_file(files, path, error, error_size);
}

void roster_files_release(struct roster_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->file[i].name);
		free(files->file[i].data);
	}
	*files = (struct roster_files){0};
}
