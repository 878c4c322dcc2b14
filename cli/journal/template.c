/* All that is wrong in a file is told at once: a line that fails does not end the others. */
#include "cli/journal/template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/format/file.h"
#include "cli/journal/private.h"
#include "common/utf8.h"
#include "hubmeter/cleanup.h"

const char *const journal_record_names[JOURNAL_RECORD_COUNT] = {
	[JOURNAL_RECORD_HEADER] = "header",
	[JOURNAL_RECORD_DETAIL] = "detail",
	[JOURNAL_RECORD_TRAILER] = "trailer",
};

/* What makes @line, which ends with a NUL, no line of text. */
static const char *line_fault(const char *line, size_t size)
{
	if (strlen(line) < size)
		return "NUL byte: save the file as text in UTF-8";
	if (utf8_valid_size(line, size) < size)
		return "not UTF-8: save the file as UTF-8";
	for (const char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' && *c != '\t')
			return "has a control character";
	}
	return NULL;
}

static void take_line(struct template_parse *p, char *line, size_t size)
{
	const char *fault;

	if (size && line[size - 1] == '\r')
		line[--size] = '\0';
	fault = line_fault(line, size);

	if (!fault && words_split(line, p->word, &p->n_words, &fault) == 0) {
		if (p->n_words)
			template_statement_take(p);
		return;
	}
	template_complain(p, NULL, NULL, fault);
}

/* @text ends with a NUL behind its @size bytes. */
static void take_lines(struct template_parse *p, char *text, size_t size)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of an editor that begins files with it */
	char *end = text + size;

	if (strncmp(text, mark, strlen(mark)) == 0)
		text += strlen(mark);
	while (text < end && p->r == 0) {
		char *newline = memchr(text, '\n', (size_t)(end - text));
		char *line_end = newline ? newline : end;

		p->line++;
		*line_end = '\0';
		take_line(p, text, (size_t)(line_end - text));
		text = line_end + 1;
	}
}

/* What only the whole of a file can lack. */
static void check_whole(struct template_parse *p)
{
	struct journal_template *t = p->template;

	p->line = p->line ? p->line : 1;
	if (t->layout == JOURNAL_LAYOUT_NONE)
		template_complain(p, NULL, NULL, "no layout is said");
	else if (t->record[JOURNAL_RECORD_DETAIL].count == 0)
		template_complain(p, NULL, NULL, "there is no record detail with columns");
	if (t->has_names && t->layout == JOURNAL_LAYOUT_FIXED)
		template_complain(p, NULL, "names", "is for delimited feeds");
	if (t->marker && strcmp(t->marker, t->extension) == 0)
		template_complain(p, NULL, t->marker, "is the extension of the feed itself");
}

static struct journal_template *template_new(const char *name, const char *data, size_t size)
{
	struct journal_template *template = calloc(1, sizeof(*template));

	if (!template)
		return NULL;
	template->extension = "txt";
	template->text = malloc(size + 1);
	if (!template->text) {
		free(template);
		return NULL;
	}
	memcpy(template->text, data, size);
	template->text[size] = '\0';
	(void)snprintf(template->name, sizeof(template->name), "%s", name);
	return template;
}

void journal_template_free(struct journal_template *template)
{
	if (!template)
		return;
	for (size_t i = 0; i < JOURNAL_RECORD_COUNT; i++) {
		for (size_t j = 0; j < template->record[i].count; j++)
			free(template->record[i].column[j].pair);
		free(template->record[i].column);
	}
	free(template->text);
	free(template);
}

int journal_template_parse(const char *name, const char *data, size_t size,
	struct input_errors *errors, struct journal_template **ret)
{
	hm_cleanup(journal_template_freep) struct journal_template *template = NULL;
	struct template_parse p = {.errors = errors};

	if (!template_is_name(name)) {
		input_errors_put(
			errors, 1, NULL, name, "is no name: at most 64 letters, digits, _ and -");
		return -EBADMSG;
	}
	template = template_new(name, data, size);
	if (!template)
		return -ENOMEM;
	p.template = template;
	take_lines(&p, template->text, size);
	if (p.r < 0)
		return p.r;
	check_whole(&p);
	if (errors->count)
		return -EBADMSG;
	*ret = hm_steal(&template);
	return 0;
}

/* The name without folders and suffix. */
static int base_name(const char *path, char *ret, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t length = strlen(base), suffix = strlen(JOURNAL_TEMPLATE_SUFFIX);

	if (length > suffix && strcmp(base + length - suffix, JOURNAL_TEMPLATE_SUFFIX) == 0)
		length -= suffix;
	if (length >= size)
		return -ENAMETOOLONG;
	(void)snprintf(ret, size, "%.*s", (int)length, base);
	return 0;
}

int journal_template_read(const char *directory, const char *name, char path[], size_t path_size,
	struct input_errors *errors, struct journal_template **ret)
{
	hm_cleanup(hm_freep) char *data = NULL;
	const bool is_path = strchr(name, '/') != NULL;
	char base[JOURNAL_NAME_MAX + 2];
	size_t size;
	int n, r;

	n = is_path ? snprintf(path, path_size, "%s", name)
		    : snprintf(
			      path, path_size, "%s/%s%s", directory, name, JOURNAL_TEMPLATE_SUFFIX);
	if (n < 0 || (size_t)n >= path_size)
		return -ENAMETOOLONG;
	errors->path = path;
	r = base_name(path, base, sizeof(base));
	if (r == 0)
		r = file_read(path, JOURNAL_TEMPLATE_SIZE_MAX, &data, &size);
	return r < 0 ? r : journal_template_parse(base, data, size, errors, ret);
}
