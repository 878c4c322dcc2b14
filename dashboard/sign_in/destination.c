/* Everything is encoded anew from what the request was understood as; what browsers might still
 * read otherwise is refused whole. */
#include "dashboard/sign_in/destination.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/percent.h"
#include "dashboard/sign_in/form.h"

static int write_query(struct buffer *buffer, const struct request *request)
{
	struct form_field field[REQUEST_ARGUMENTS_MAX];
	int r;

	if (!request->n_arguments)
		return 0;
	for (size_t i = 0; i < request->n_arguments; i++)
		field[i] = (struct form_field){
			.name = request->argument[i].name, .value = request->argument[i].value};
	r = buffer_append(buffer, "?", 1);
	return r < 0 ? r : form_add(buffer, field, request->n_arguments);
}

static int write_destination(
	struct buffer *buffer, const struct request *request, const char *prefix)
{
	int r = buffer_append(buffer, prefix, strlen(prefix));

	if (r == 0)
		r = percent_encode(buffer, request->path, "/");
	if (r == 0)
		r = write_query(buffer, request);
	return r < 0 ? r : buffer_append(buffer, "", 1);
}

void destination_of(const struct request *request, const char *prefix, char ret[DESTINATION_SIZE])
{
	struct buffer buffer = BUFFER_INIT(DESTINATION_SIZE);
	int r = request->is_post ? -1 : write_destination(&buffer, request, prefix);

	(void)snprintf(ret, DESTINATION_SIZE, "%s",
		r == 0 && destination_is_ours((const char *)buffer.data, prefix)
			? (const char *)buffer.data
			: prefix);
	buffer_release(&buffer);
}

/* Is the segment of @size bytes "." or "..", in any spelling that browsers know? */
static bool is_dots(const char *segment, size_t size)
{
	size_t n = 0;

	while (size) {
		size_t step = *segment == '.' ? 1 : 3;

		if (step > size || (step == 3 && strncasecmp(segment, "%2e", 3) != 0))
			return false;
		segment += step;
		size -= step;
		n++;
	}
	return n == 1 || n == 2;
}

static bool has_dots(const char *text)
{
	const char *end = text + strcspn(text, "?#");

	while (text < end) {
		size_t size = strcspn(text, "/?#");

		if (is_dots(text, size))
			return true;
		text += size + 1;
	}
	return false;
}

bool destination_is_ours(const char *text, const char *prefix)
{
	if (*text != '/' || text[1] == '/' || strncmp(text, prefix, strlen(prefix)) != 0)
		return false;
	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f || *at == '\\')
			return false;
	}
	return !has_dots(text);
}
