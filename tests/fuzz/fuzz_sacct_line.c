/*
 * Whatever sacct prints, its lines are understood or refused with a reason, and what is taken of
 * one lies within it and can be counted. The first byte chooses what divides columns.
 *
 * Built and run as fuzz_wire.c.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collector/source/sacct/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void lies_within(const char *data, size_t size, const struct sacct_text *text)
{
	must(text->data >= data && text->size <= size && text->data <= data + size - text->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1, *reason;
	struct sacct_line line;
	int r;

	if (size == 0)
		return 0;
	size--;
	r = sacct_line_parse(text, size, data[0] & 1 ? "%a1b2c3" : "|", &line, &reason);
	must((r == -EBADMSG) == (reason != NULL));
	if (r < 0)
		return 0;
	lies_within(text, size, &line.cluster);
	lies_within(text, size, &line.user);
	lies_within(text, size, &line.partition);
	lies_within(text, size, &line.tag);
	must(line.cluster.size > 0 && line.cluster.size <= SACCT_CLUSTER_MAX);
	must(line.user.size > 0 && line.dbindex > 0 && line.start_sec > 0);
	must(line.known_sec >= line.start_sec && line.cpu_sec <= INT64_MAX / 1000000);
	must(line.gpu_sec <= INT64_MAX / 1000000 && line.memory_mib_sec <= INT64_MAX);
	return 0;
}
