/* A cookie says which state it is for, so that one moved to another name opens nothing. */
#include "dashboard/sign_in/oauth_state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define PURPOSE	  "oauth-state"
#define NAME_SIZE 32

static void name_cookie(unsigned number, char ret[NAME_SIZE])
{
	(void)snprintf(ret, NAME_SIZE, "hubmeter_state_%u", number); /* fits */
}

/* The @wanted-th of those that are free, counted round; of all when none is. */
static unsigned choose_number(
	const struct session_rules *rules, const struct request *request, uint8_t wanted)
{
	unsigned free[OAUTH_STATE_COOKIES_MAX], n_free = 0;

	for (unsigned i = 0; i < OAUTH_STATE_COOKIES_MAX; i++) {
		char name[NAME_SIZE], sealed[SEAL_SIZE];

		name_cookie(i, name);
		if (!cookie_get(&rules->scope, request, name, 0, sealed, sizeof(sealed)))
			free[n_free++] = i;
	}
	return n_free ? free[wanted % n_free] : wanted % OAUTH_STATE_COOKIES_MAX;
}

int oauth_state_make(const struct session_rules *rules, const struct request *request,
	const char *destination, struct oauth_state *ret)
{
	struct oauth_state state;
	uint8_t wanted;
	int r = crypto_random(&wanted, 1);

	if (r == 0)
		r = crypto_secret(state.text + 1);
	if (r == 0)
		r = crypto_secret(state.verifier);
	if (r < 0)
		return r;
	state.text[0] = (char)('0' + choose_number(rules, request, wanted));
	(void)snprintf(state.destination, sizeof(state.destination), "%s", destination);
	*ret = state;
	return 0;
}

static void name_of(const struct oauth_state *state, char ret[NAME_SIZE])
{
	name_cookie((unsigned)(state->text[0] - '0'), ret);
}

int oauth_state_keep(const struct session_rules *rules, const struct oauth_state *state, char **ret)
{
	char name[NAME_SIZE], payload[sizeof(*state)], sealed[SEAL_SIZE];
	int r;

	static_assert(sizeof(payload) <= SEAL_PAYLOAD_MAX, "it fits");
	name_of(state, name);
	(void)snprintf(payload, sizeof(payload), "%s %s %s", state->text, state->verifier,
		state->destination);
	r = seal_make(&rules->key, PURPOSE, payload, session_now_sec(rules) + OAUTH_STATE_SECONDS,
		sealed);
	return r < 0 ? r : cookie_set(&rules->scope, name, sealed, OAUTH_STATE_SECONDS, ret);
}

/* @payload was signed by us: its parts have their lengths. */
static void take_parts(const char *payload, struct oauth_state *ret)
{
	const char *verifier = payload + sizeof(ret->text);
	const char *destination = verifier + sizeof(ret->verifier);

	memcpy(ret->text, payload, sizeof(ret->text) - 1);
	ret->text[sizeof(ret->text) - 1] = '\0';
	memcpy(ret->verifier, verifier, sizeof(ret->verifier) - 1);
	ret->verifier[sizeof(ret->verifier) - 1] = '\0';
	(void)snprintf(ret->destination, sizeof(ret->destination), "%s", destination);
}

static bool open_state(const struct session_rules *rules, const char *sealed, const char *text,
	struct oauth_state *ret)
{
	char payload[sizeof(*ret)];

	if (seal_open(&rules->key, PURPOSE, sealed, session_now_sec(rules), payload,
		    sizeof(payload)) < 0)
		return false;
	if (!crypto_equal(payload, text, sizeof(ret->text) - 1))
		return false;
	take_parts(payload, ret);
	return true;
}

bool oauth_state_find(const struct session_rules *rules, const struct request *request,
	const char *text, struct oauth_state *ret)
{
	char name[NAME_SIZE], sealed[SEAL_SIZE];

	if (strlen(text) != sizeof(ret->text) - 1 || text[0] < '0' ||
		text[0] >= '0' + OAUTH_STATE_COOKIES_MAX)
		return false;
	name_cookie((unsigned)(text[0] - '0'), name);
	for (size_t i = 0; cookie_get(&rules->scope, request, name, i, sealed, sizeof(sealed));
		i++) {
		if (open_state(rules, sealed, text, ret))
			return true;
	}
	return false;
}

int oauth_state_forget(
	const struct session_rules *rules, const struct oauth_state *state, char **ret)
{
	char name[NAME_SIZE];

	name_of(state, name);
	return cookie_delete(&rules->scope, name, ret);
}
