/* OneRoster hands its tables around as one archive. */
#include "cli/roster/archive.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zip.h>

#include "common/buffer.h"
#include "hubmeter/cleanup.h"

#define ENTRIES_MAX   1024
#define CHUNK_SIZE    65536
#define RATIO_MAX     1000 /* text of many equal rows reaches 200 */
#define RATIO_MINIMUM (16ul << 20)

static void zip_discardp(zip_t **archive)
{
	if (*archive)
		zip_discard(*archive);
}

static void zip_fclosep(zip_file_t **file)
{
	if (*file)
		(void)zip_fclose(*file); /* it was only read */
}

/* A table at the top or in one folder: no "..", no absolute path, nothing deeper. */
static bool is_table(const char *name)
{
	size_t size = strlen(name);
	const char *slash = strchr(name, '/');

	if (size < 5 || strcasecmp(name + size - 4, ".csv") != 0 || *name == '/' || *name == '.')
		return false;
	if (strstr(name, "..") || strchr(name, '\\') || strncmp(name, "__MACOSX", 8) == 0)
		return false;
	return !slash || !strchr(slash + 1, '/');
}

/* A few KiB can stand for many GiB. */
static bool is_bomb(size_t size, zip_uint64_t packed)
{
	return size > RATIO_MINIMUM && size / RATIO_MAX > packed;
}

static int read_all(zip_file_t *file, zip_uint64_t packed, struct buffer *buffer)
{
	for (;;) {
		zip_int64_t n;
		int r = buffer_reserve(buffer, CHUNK_SIZE);

		if (r < 0)
			return r;
		n = zip_fread(file, buffer->data + buffer->size, CHUNK_SIZE);
		if (n < 0)
			return -EBADMSG;
		if (n == 0)
			return buffer_append(buffer, "", 1);
		buffer->size += (size_t)n;
		if (is_bomb(buffer->size, packed))
			return -E2BIG;
	}
}

static int take_entry(struct roster_files *files, const char *path, const char *name,
	zip_file_t *file, zip_uint64_t packed)
{
	hm_cleanup(hm_freep) char *shown = NULL;
	struct buffer buffer = BUFFER_INIT(ROSTER_SIZE_LIMIT - files->size + CHUNK_SIZE);
	int r;

	if (asprintf(&shown, "%s/%s", path, name) < 0) {
		shown = NULL; /* asprintf() leaves it undefined */
		return -ENOMEM;
	}
	r = read_all(file, packed, &buffer);
	if (r < 0) {
		buffer_release(&buffer);
		return r;
	}
	return roster_files_take(files, shown, (char *)buffer.data, buffer.size - 1);
}

static const char *reason_of(int r, zip_t *archive)
{
	switch (r) {
	case -E2BIG:
		return "too large: more than 1 GiB or 64 tables, or packed tighter than text can be";
	case -EACCES:
		return "encrypted: unpack it first";
	case -EBADMSG:
		return zip_strerror(archive);
	default:
		return strerror(-r);
	}
}

static int add_entry(struct roster_files *files, const char *path, zip_t *archive, zip_uint64_t i)
{
	hm_cleanup(zip_fclosep) zip_file_t *file = NULL;
	zip_stat_t status;

	if (zip_stat_index(archive, i, 0, &status) < 0)
		return -EBADMSG;
	if (!is_table(status.name))
		return 0;
	if (status.encryption_method != ZIP_EM_NONE)
		return -EACCES;
	file = zip_fopen_index(archive, i, 0);
	if (!file)
		return -EBADMSG;
	return take_entry(files, path, status.name, file, status.comp_size);
}

static int fail(int r, const char *path, const char *reason, char *error, size_t size)
{
	(void)snprintf(error, size, "%s: %s", path, reason);
	return r;
}

static zip_t *open_archive(const char *path, char *error, size_t error_size)
{
	int code;
	zip_error_t problem;
	zip_t *archive = zip_open(path, ZIP_RDONLY, &code);

	if (archive)
		return archive;
	zip_error_init_with_code(&problem, code);
	(void)fail(0, path, zip_error_strerror(&problem), error, error_size);
	zip_error_fini(&problem);
	return NULL;
}

int roster_archive_read(
	struct roster_files *files, const char *path, char *error, size_t error_size)
{
	hm_cleanup(zip_discardp) zip_t *archive = open_archive(path, error, error_size);
	size_t before = files->count;
	zip_int64_t count;
	int r = 0;

	if (!archive)
		return -EBADMSG;
	count = zip_get_num_entries(archive, 0);
	if (count > ENTRIES_MAX)
		return fail(-E2BIG, path, "has more than 1024 entries", error, error_size);
	for (zip_int64_t i = 0; i < count && r == 0; i++)
		r = add_entry(files, path, archive, (zip_uint64_t)i);
	if (r < 0)
		return fail(r, path, reason_of(r, archive), error, error_size);
	if (files->count == before)
		return fail(-ENOENT, path, "no table in it ends in .csv", error, error_size);
	return 0;
}

const char *roster_archive_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "libzip %s", zip_libzip_version()); /* fits */
	return text;
}
