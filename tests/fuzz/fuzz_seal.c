/*
 * Whatever a browser sends for a sealed text, opening it ends in a reason; what opens is, letter by
 * letter, what sealing gives. The fuzzer does not forge a MAC, so every text is opened as it is and
 * once more as the payload of a text with a right one.
 *
 * Built and run as fuzz_wire.c; the corpus may start empty.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/sign_in/seal.h"

#define EXPIRES_SEC 1000

static const struct seal_key key = {.bytes = {1, 2, 3}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void open_as_it_is(const char *text)
{
	char payload[SEAL_PAYLOAD_MAX + 1];

	must(seal_open(&key, "fuzz", text, 0, payload, sizeof(payload)) < 0);
}

static void open_sealed(const char *text)
{
	char sealed[SEAL_SIZE], payload[SEAL_PAYLOAD_MAX + 1];
	int r = seal_make(&key, "fuzz", text, EXPIRES_SEC, sealed);

	must((r < 0) == (strlen(text) > SEAL_PAYLOAD_MAX));
	if (r < 0)
		return;
	must(seal_open(&key, "fuzz", sealed, EXPIRES_SEC - 1, payload, sizeof(payload)) == 0);
	must(strcmp(payload, text) == 0);
	must(seal_open(&key, "fuzz", sealed, EXPIRES_SEC, payload, sizeof(payload)) < 0);
	must(seal_open(&key, "other", sealed, 0, payload, sizeof(payload)) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text != NULL);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	open_as_it_is(text);
	open_sealed(text);
	free(text);
	return 0;
}
