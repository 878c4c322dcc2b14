/*
 * Docker's file of a container, in pieces: whatever is in it, the environment stays within its
 * limit and ends with a NUL, and the file is understood alike however it is cut.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "collector/source/docker/container_json.h"

static int parse_by(const uint8_t *data, size_t size, size_t step, struct buffer *environ)
{
	struct container_json *json = container_json_new(environ);
	int r = json ? 0 : -ENOMEM;

	for (size_t at = 0; at < size && r == 0; at += step)
		r = container_json_add(json, data + at, size - at < step ? size - at : step);
	if (r == 0)
		r = container_json_finish(json);
	container_json_free(json);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole = BUFFER_INIT(CONTAINER_ENVIRON_MAX);
	struct buffer cut = BUFFER_INIT(CONTAINER_ENVIRON_MAX);
	int r = parse_by(data, size, size + 1, &whole);

	assert(parse_by(data, size, 3, &cut) == r);
	if (r == 0) {
		assert(whole.size == cut.size);
		assert(whole.size == 0 || memcmp(whole.data, cut.data, whole.size) == 0);
		assert(whole.size == 0 || whole.data[whole.size - 1] == '\0');
	}
	buffer_release(&whole);
	buffer_release(&cut);
	return 0;
}
