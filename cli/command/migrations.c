/*
 * Why: which files there are is a question of its own; doctor asks it too.
 */
#include "cli/command/migrate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/format/file.h"
#include "hubmeter/cleanup.h"

#define FILE_SIZE_LIMIT (4u << 20)
#define DIGITS		4

static inline void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* read side */
}

unsigned migrate_version(const char *name)
{
	size_t size = strlen(name);
	unsigned version = 0;

	if (size < DIGITS + 6 || name[DIGITS] != '_' || strcmp(name + size - 4, ".sql") != 0)
		return 0;
	for (int i = 0; i < DIGITS; i++) {
		if (!isdigit((unsigned char)name[i]))
			return 0;
		version = version * 10 + (unsigned)(name[i] - '0');
	}
	return version;
}

__attribute__((format(printf, 3, 4))) static int fail(
	char reason[MIGRATE_REASON_SIZE], int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(reason, MIGRATE_REASON_SIZE, format, arguments);
	va_end(arguments);
	return r;
}

static int load_file(
	const char *dir, const char *name, struct migrations *m, char reason[MIGRATE_REASON_SIZE])
{
	hm_cleanup(hm_freep) char *path = NULL;
	struct migration *grown;
	struct migration file = {.version = migrate_version(name)};
	int r;

	grown = reallocarray(m->migration, m->count + 1, sizeof(*grown));
	if (!grown)
		return fail(reason, -ENOMEM, "out of memory");
	m->migration = grown;
	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return fail(reason, -ENOMEM, "out of memory");
	}
	r = file_read(path, FILE_SIZE_LIMIT, &file.text, &file.size);
	if (r < 0)
		return fail(reason, r, "cannot read \"%s\": %s", path, strerror(-r));
	file.name = strdup(name);
	m->migration[m->count++] = file;
	if (!file.name)
		return fail(reason, -ENOMEM, "out of memory");
	if (strlen(file.text) != file.size)
		return fail(reason, -EBADMSG, "\"%s\" has a NUL byte", path);
	return 0;
}

static int by_version(const void *a, const void *b)
{
	const struct migration *x = a;
	const struct migration *y = b;

	return (x->version > y->version) - (x->version < y->version);
}

static int check_sequence(
	const char *dir, const struct migrations *m, char reason[MIGRATE_REASON_SIZE])
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->migration[i].version < i + 1)
			return fail(reason, -EEXIST, "\"%s\" has two files of version %u", dir,
				m->migration[i].version);
		if (m->migration[i].version > i + 1)
			return fail(
				reason, -ENOENT, "\"%s\" has no file of version %zu", dir, i + 1);
	}
	if (!m->count)
		return fail(reason, -ENOENT, "\"%s\" has no schema files (give --sql-dir)", dir);
	return 0;
}

static int load_all(const char *dir, struct migrations *m, char reason[MIGRATE_REASON_SIZE])
{
	hm_cleanup(closedirp) DIR *handle = opendir(dir);
	struct dirent *entry;

	if (!handle)
		return fail(reason, -errno, "cannot read \"%s\": %s (give --sql-dir)", dir,
			strerror(errno));
	while ((entry = readdir(handle))) {
		int r;

		if (!migrate_version(entry->d_name))
			continue;
		r = load_file(dir, entry->d_name, m, reason);
		if (r < 0)
			return r;
	}
	if (m->count)
		qsort(m->migration, m->count, sizeof(*m->migration), by_version);
	return check_sequence(dir, m, reason);
}

int migrations_load(const char *dir, struct migrations *ret, char reason[MIGRATE_REASON_SIZE])
{
	struct migrations m = {0};
	int r = load_all(dir, &m, reason);

	if (r < 0) {
		migrations_release(&m);
		return r;
	}
	*ret = m;
	return 0;
}

void migrations_release(struct migrations *migrations)
{
	for (size_t i = 0; i < migrations->count; i++) {
		free(migrations->migration[i].name);
		free(migrations->migration[i].text);
	}
	free(migrations->migration);
	*migrations = (struct migrations){0};
}
