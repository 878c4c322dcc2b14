/*
 * Whatever bytes arrive, decoding ends in a reason or in a batch that keeps the laws: it encodes
 * again, to as many bytes as foretold, and decodes to itself.
 *
 *	CC=clang cmake -S . -B build/fuzz
 *-DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link,address,undefined cmake --build build/fuzz --target
 *fuzz-wire build/fuzz/tests/fuzz/fuzz-wire -max_total_time=600 CORPUS tests/golden
 *
 * What ever made it fail goes to tests/fuzz/crashes/wire and is replayed by every test run.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire.h"
#include "tests/support/show_batch.h"

#define ARENA_SIZE (1 << 20)

/* Windows of any age, so that what is fuzzed is not only the check of the age. */
static const struct hm_wire_limits limits = {
	.hub = NULL,
	.now_usec = 1788220800000000,
	.max_age_usec = INT64_MAX,
	.max_future_usec = INT64_MAX,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_again(const struct hm_batch *batch)
{
	static struct arena arena;
	size_t foretold = hm_wire_size(batch), size = 0;
	uint8_t *bytes = malloc(foretold);
	enum hm_reject reason = HM_REJECT_NONE;
	struct hm_batch again;

	if (!arena.base)
		must(arena_init(&arena, 8 * ARENA_SIZE) == 0);
	must(bytes != NULL);
	must(hm_wire_encode(batch, bytes, foretold, &size) == 0);
	must(size == foretold);
	must(hm_wire_decode(&arena, bytes, size, &limits, &again, &reason) == 0);
	must(same_batch(batch, &again));
	arena_reset(&arena);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena arena; /* kept: what is measured is the decoder, not mmap(2) */
	enum hm_reject reason = HM_REJECT_NONE;
	struct hm_batch batch;

	if (!arena.base)
		must(arena_init(&arena, ARENA_SIZE) == 0);
	if (hm_wire_decode(&arena, data, size, &limits, &batch, &reason) == 0)
		check_again(&batch);
	else
		must(reason != HM_REJECT_NONE && *hm_reject_name(reason));
	arena_reset(&arena);
	return 0;
}
