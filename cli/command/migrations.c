/* Which files there are, and how a database stands to them: migrate asks that, and doctor. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/migrate.h"
#include "cli/format/file.h"
#include "hubmeter/cleanup.h"

#define FILE_SIZE_LIMIT (4u << 20)
#define DIGITS		4
#define OLDEST_SERVER	150000 /* UNIQUE NULLS NOT DISTINCT, views with security_invoker */
#define SCHEMA		"schema/"
#define MANIFEST	"manifest"

static inline void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir); /* read side */
}

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text);

	return size > strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

unsigned migrate_version(const char *name)
{
	unsigned version = 0;

	if (strlen(name) < DIGITS + 6 || name[DIGITS] != '_' || !ends_with(name, ".sql"))
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

static int read_text(const char *dir, const char *name, char **ret, size_t *ret_size,
	char reason[MIGRATE_REASON_SIZE])
{
	hm_cleanup(hm_freep) char *path = NULL;
	hm_cleanup(hm_freep) char *text = NULL;
	size_t size;
	int r;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return fail(reason, -ENOMEM, "out of memory");
	}
	r = file_read(path, FILE_SIZE_LIMIT, &text, &size);
	if (r < 0)
		return fail(
			reason, r, "cannot read \"%s\": %s (give --sql-dir)", path, strerror(-r));
	if (strlen(text) != size)
		return fail(reason, -EBADMSG, "\"%s\" has a NUL byte", path);

	*ret = hm_steal(&text);
	*ret_size = size;
	return 0;
}

/* Add the file @name under @dir, which is shown and recorded as @shown. */
static int load_file(const char *dir, const char *name, const char *shown, struct sql_files *files,
	char reason[MIGRATE_REASON_SIZE])
{
	struct sql_file file = {.version = migrate_version(shown)};
	struct sql_file *grown;
	int r;

	grown = reallocarray(files->file, files->count + 1, sizeof(*grown));
	if (!grown)
		return fail(reason, -ENOMEM, "out of memory");
	files->file = grown;
	r = read_text(dir, name, &file.text, &file.size, reason);
	if (r < 0)
		return r;
	file.name = strdup(shown);
	files->file[files->count++] = file;
	return file.name ? 0 : fail(reason, -ENOMEM, "out of memory");
}

static int by_version(const void *a, const void *b)
{
	const struct sql_file *x = a;
	const struct sql_file *y = b;

	return (x->version > y->version) - (x->version < y->version);
}

static int check_sequence(
	const char *dir, const struct sql_files *schema, char reason[MIGRATE_REASON_SIZE])
{
	for (size_t i = 0; i < schema->count; i++) {
		unsigned version = schema->file[i].version;

		if (version < i + 1)
			return fail(reason, -EEXIST,
				"\"%s/" SCHEMA "\" has two files of version %u", dir, version);
		if (version > i + 1)
			return fail(reason, -ENOENT, "\"%s/" SCHEMA "\" has no file of version %zu",
				dir, i + 1);
	}
	if (!schema->count)
		return fail(
			reason, -ENOENT, "\"%s/" SCHEMA "\" has no files (give --sql-dir)", dir);
	return 0;
}

static int load_schema(const char *dir, struct sql_files *schema, char reason[MIGRATE_REASON_SIZE])
{
	hm_cleanup(hm_freep) char *path = NULL;
	hm_cleanup(closedirp) DIR *handle = NULL;
	struct dirent *entry;

	if (asprintf(&path, "%s/" SCHEMA, dir) < 0) {
		path = NULL;
		return fail(reason, -ENOMEM, "out of memory");
	}
	handle = opendir(path);
	if (!handle)
		return fail(reason, -errno, "cannot read \"%s\": %s (give --sql-dir)", path,
			strerror(errno));
	while ((entry = readdir(handle))) {
		int r;

		if (!migrate_version(entry->d_name))
			continue;
		r = load_file(path, entry->d_name, entry->d_name, schema, reason);
		if (r < 0)
			return r;
	}
	if (schema->count)
		qsort(schema->file, schema->count, sizeof(*schema->file), by_version);
	return check_sequence(dir, schema, reason);
}

/* One line of the manifest: a path below @dir, empty, or a comment. */
static int load_line(const char *dir, const char *line, struct sql_files *sources,
	char reason[MIGRATE_REASON_SIZE])
{
	if (!*line || *line == '#')
		return 0;
	if (*line == '/' || strstr(line, "..") || !ends_with(line, ".sql"))
		return fail(reason, -EBADMSG,
			"\"%s/" MANIFEST "\": \"%s\" is not a path like report/user_cost.sql", dir,
			line);
	for (size_t i = 0; i < sources->count; i++) {
		if (strcmp(sources->file[i].name, line) == 0)
			return fail(reason, -EEXIST, "\"%s/" MANIFEST "\" names \"%s\" twice", dir,
				line);
	}
	return load_file(dir, line, line, sources, reason);
}

static int load_sources(
	const char *dir, struct sql_files *sources, char reason[MIGRATE_REASON_SIZE])
{
	hm_cleanup(hm_freep) char *manifest = NULL;
	size_t size;
	char *rest;
	char *line;
	int r = read_text(dir, MANIFEST, &manifest, &size, reason);

	rest = manifest;
	while (r == 0 && (line = strsep(&rest, "\n")))
		r = load_line(dir, line, sources, reason);
	return r;
}

int migrations_load(const char *dir, struct migrations *ret, char reason[MIGRATE_REASON_SIZE])
{
	struct migrations m = {0};
	int r = load_schema(dir, &m.schema, reason);

	if (r == 0)
		r = load_sources(dir, &m.sources, reason);
	if (r < 0) {
		migrations_release(&m);
		return r;
	}
	*ret = m;
	return 0;
}

static void release_files(struct sql_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->file[i].name);
		free(files->file[i].text);
	}
	free(files->file);
	*files = (struct sql_files){0};
}

void migrations_release(struct migrations *migrations)
{
	release_files(&migrations->schema);
	release_files(&migrations->sources);
}

int migrate_check_server(const struct server *server, char reason[MIGRATE_REASON_SIZE])
{
	if (server->version < OLDEST_SERVER)
		return fail(reason, -EPERM,
			"the server is PostgreSQL %d.%d, hubmeter needs %d or newer",
			server->version / 10000, server->version % 10000, OLDEST_SERVER / 10000);
	if (strcmp(server->encoding, "UTF8") != 0)
		return fail(reason, -EPERM,
			"the database's encoding is %s, hubmeter needs UTF8: create it with "
			"TEMPLATE template0 ENCODING 'UTF8'",
			server->encoding);
	if (!server->has_btree_gist)
		return fail(reason, -EPERM,
			"the server lacks the extension btree_gist: install PostgreSQL's contrib "
			"modules (Debian: in the server's package)");
	return 0;
}

/* Is the database not ahead of the files? */
static int compare_newest(
	struct store *store, const struct sql_files *schema, char reason[MIGRATE_REASON_SIZE])
{
	const struct sql_file *last = &schema->file[schema->count - 1];
	char name[128];
	unsigned version;
	int r = store_migrate_newest(store, &version, name);

	if (r < 0)
		return fail(reason, r, "%s", store_error(store));
	if (version <= last->version)
		return 0;
	return fail(reason, -EPERM,
		"the database has version %u (%s), the newest file is %s: install the hubmeter "
		"that belongs to the database",
		version, name, last->name);
}

static int compare_schema(struct store *store, const struct sql_files *schema, size_t *ret_applied,
	char reason[MIGRATE_REASON_SIZE])
{
	size_t applied = 0;

	for (size_t i = 0; i < schema->count; i++) {
		const struct sql_file *file = &schema->file[i];
		enum migration_state state;
		int r = store_migrate_schema_state(store, file, &state);

		if (r < 0)
			return fail(reason, r, "%s", store_error(store));
		if (state == MIGRATION_STATE_ALTERED)
			return fail(reason, -EPERM,
				"%s was changed after it was applied: restore it and put the "
				"change into a new file",
				file->name);
		if (state == MIGRATION_STATE_SAME && applied < i)
			return fail(reason, -EPERM, "%s was applied, but not the file before it",
				file->name);
		if (state == MIGRATION_STATE_SAME)
			applied++;
	}
	*ret_applied = applied;
	return 0;
}

static int compare_sources(struct store *store, const struct sql_files *sources, bool *ret_outdated,
	char reason[MIGRATE_REASON_SIZE])
{
	int64_t count;
	int r = store_migrate_count_sources(store, &count);

	bool differs = r == 0 && (size_t)count != sources->count;

	for (size_t i = 0; i < sources->count && r == 0 && !differs; i++)
		r = store_migrate_source_differs(store, &sources->file[i], i + 1, &differs);
	if (r < 0)
		return fail(reason, r, "%s", store_error(store));
	*ret_outdated = differs;
	return 0;
}

int migrations_compare(struct store *store, const struct migrations *m, size_t *ret_applied,
	bool *ret_outdated, char reason[MIGRATE_REASON_SIZE])
{
	size_t applied;
	bool outdated = true;
	int r = compare_newest(store, &m->schema, reason);

	if (r == 0)
		r = compare_schema(store, &m->schema, &applied, reason);
	if (r == 0 && applied > 0)
		r = compare_sources(store, &m->sources, &outdated, reason);
	if (r < 0)
		return r;
	*ret_applied = applied;
	*ret_outdated = outdated;
	return 0;
}
