/*
 * Whatever a hub answers to somebody's sign-in, reading it ends in an error or in text that fits:
 * a token that no header ends at, a name without NUL.
 *
 * Built and run as fuzz_wire.c; the corpus may start empty.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/sign_in/hub_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer answer = BUFFER_INIT(1u << 24);
	char token[HUB_ANSWER_TOKEN_SIZE], name[HUB_ANSWER_NAME_SIZE], error[HUB_ANSWER_ERROR_SIZE];

	must(buffer_append(&answer, data, size) == 0);
	if (hub_answer_token(&answer, token) == 0)
		must(*token && !token[strcspn(token, " \r\n\t\"\\")]);
	if (hub_answer_user(&answer, name) == 0)
		must(*name && strlen(name) < sizeof(name));
	hub_answer_error(&answer, error);
	must(strlen(error) < sizeof(error));
	buffer_release(&answer);
	return 0;
}
