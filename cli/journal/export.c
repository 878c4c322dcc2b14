/* All files are made and compared under hidden names first; then they appear, the manifest last. */
#include "cli/journal/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/format/output_file.h"
#include "cli/journal/canonical.h"
#include "cli/journal/render.h"
#include "hubmeter/cleanup.h"

#define FLUSH_SIZE 65536u

enum file { FILE_DATA, FILE_MANIFEST, FILE_MARKER, FILE_COUNT };

struct export
{
	const char *directory;
	int dirfd;
	struct output_file file[FILE_COUNT];
	size_t n_files; /* that were opened, in this order */
	struct buffer text;
	struct journal_renderer renderer;
	char *error;
};

static int fail_file(const struct export *x, const char *name, int r)
{
	if (r == -EEXIST)
		return journal_fail(x->error, r,
			"%s/%s: is there with other content, and is not overwritten: move it away "
			"if it was never posted",
			x->directory, name);
	return journal_fail(x->error, r, "%s/%s: %s", x->directory, name, strerror(-r));
}

static int open_file(struct export *x, const char *name)
{
	int r = output_file_open(&x->file[x->n_files], x->dirfd, name);

	if (r < 0)
		return journal_fail(
			x->error, r, "cannot write %s/%s: %s", x->directory, name, strerror(-r));
	x->n_files++;
	return 0;
}

static int flush(struct export *x, struct output_file *file)
{
	int r = output_file_write(file, x->text.data, x->text.size);

	buffer_clear(&x->text);
	return r < 0 ? fail_file(x, file->name, r) : 0;
}

static int fail_rendering(const struct export *x, int r)
{
	return journal_fail(x->error, r, "%s", x->renderer.error);
}

static int render_lines(struct export *x, const struct journal_lines *lines)
{
	const struct journal_line *line = NULL;
	int r;

	while ((r = lines->next(lines->context, &line)) > 0) {
		r = journal_renderer_line(&x->renderer, line, &x->text);
		if (r < 0)
			return fail_rendering(x, r);
		if (x->text.size >= FLUSH_SIZE)
			r = flush(x, &x->file[FILE_DATA]);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return journal_fail(x->error, r, "cannot read the lines: %s", strerror(-r));
	return 0;
}

static int seal(struct export *x, struct output_file *file)
{
	int r = flush(x, file);

	if (r < 0)
		return r;
	r = output_file_seal(file);
	return r < 0 ? fail_file(x, file->name, r) : 0;
}

static int make_data(struct export *x, const struct journal_lines *lines)
{
	int r = journal_renderer_begin(&x->renderer, &x->text);

	if (r < 0)
		return fail_rendering(x, r);
	r = render_lines(x, lines);
	if (r < 0)
		return r;
	r = journal_renderer_end(&x->renderer, &x->text);
	return r < 0 ? fail_rendering(x, r) : seal(x, &x->file[FILE_DATA]);
}

static int make_manifest(struct export *x, const struct journal_batch *batch)
{
	int r = manifest_put(&x->text, batch, &x->renderer.totals, x->file[FILE_DATA].digest);

	if (r < 0)
		return journal_fail(x->error, r, "cannot make the manifest: %s", strerror(-r));
	return seal(x, &x->file[FILE_MANIFEST]);
}

/* Are they there, all of them? -EEXIST if one is, but another one. */
static int look(struct export *x, bool *ret_is_there)
{
	bool is_all_there = true;

	for (size_t i = 0; i < x->n_files; i++) {
		bool is_there = false;
		int r = output_file_look(&x->file[i], &is_there);

		if (r < 0)
			return fail_file(x, x->file[i].name, r);
		is_all_there = is_all_there && is_there;
	}
	*ret_is_there = is_all_there;
	return 0;
}

static int publish(struct export *x)
{
	for (size_t i = 0; i < x->n_files; i++) {
		int r = output_file_publish(&x->file[i]);

		if (r < 0)
			return fail_file(x, x->file[i].name, r);
	}
	return 0;
}

/* "ID.END", for a feed "ID.TEMPLATE.END". */
static int open_named(struct export *x, const struct journal_batch *batch,
	const struct journal_template *template, const char *end)
{
	char name[NAME_MAX + 1];

	if (template)
		(void)snprintf(name, sizeof(name), "%s.%s.%s", batch->id, template->name, end);
	else
		(void)snprintf(name, sizeof(name), "%s.%s", batch->id, end); /* both fit */
	return open_file(x, name);
}

static int open_files(struct export *x, const struct journal_batch *batch,
	const struct journal_template *template)
{
	int r = journal_batch_check(batch, x->error);

	if (r < 0)
		return r;
	x->dirfd = open(x->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (x->dirfd < 0)
		return journal_fail(x->error, -errno, "cannot write into %s: %s", x->directory,
			strerror(errno));
	r = open_named(x, batch, template, template ? template->extension : "csv");
	if (r == 0)
		r = open_named(x, batch, template, "manifest");
	if (r == 0 && template && template->marker)
		r = open_named(x, batch, template, template->marker);
	return r;
}

static int make(struct export *x, const struct journal_batch *batch,
	const struct journal_lines *lines, const struct journal_template *template,
	bool *ret_was_there)
{
	int r = open_files(x, batch, template);

	if (r == 0)
		r = make_data(x, lines);
	if (r == 0)
		r = make_manifest(x, batch);
	if (r == 0 && x->n_files > FILE_MARKER)
		r = seal(x, &x->file[FILE_MARKER]);
	if (r == 0)
		r = look(x, ret_was_there);
	return r < 0 ? r : publish(x);
}

static void release(struct export *x)
{
	for (size_t i = 0; i < x->n_files; i++)
		output_file_release(&x->file[i]);
	hm_closep(&x->dirfd);
	buffer_release(&x->text);
	journal_renderer_release(&x->renderer);
}

static void tell(const struct export *x, bool was_there, struct journal_exported *ret)
{
	const struct output_file *file = &x->file[FILE_DATA];

	ret->was_there = was_there;
	ret->totals = x->renderer.totals;
	(void)snprintf(ret->path, sizeof(ret->path), "%s/%s", x->directory, file->name);
	(void)journal_digest_print(file->digest, ret->sha256);
}

int journal_export(const struct journal_batch *batch, const struct journal_lines *lines,
	const struct journal_template *template, const char *directory,
	struct journal_exported *ret, char error[JOURNAL_ERROR_SIZE])
{
	struct export x = {.directory = directory,
		.dirfd = -1,
		.text = BUFFER_INIT(2 * JOURNAL_DOCUMENT_SIZE_MAX)};
	bool was_there = false;
	int r;

	x.error = error;
	journal_renderer_init(&x.renderer, batch, template);
	r = make(&x, batch, lines, template, &was_there);
	if (r == 0)
		tell(&x, was_there, ret);
	release(&x);
	return r;
}
