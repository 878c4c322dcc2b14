/* Our own decoding, so that what is refused is decided in one place, before anybody compares. */
#include "dashboard/server/target.h"

#include <string.h>

#include "common/hex.h"
#include "common/utf8.h"

bool target_text_is_clean(const char *text)
{
	size_t size = strlen(text);
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		uint32_t code;

		length = utf8_decode(text + at, size - at, &code);
		if (!length || code < 0x20 || (code >= 0x7f && code <= 0x9f))
			return false;
	}
	return true;
}

/* Decode in place. False: a % without two digits, or the result is no clean text. */
static bool decode(char *text, bool plus_is_blank)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		int high, low;

		if (*in != '%') {
			*out = *in;
			if (*in == '+' && plus_is_blank)
				*out = ' ';
			out++;
			continue;
		}
		high = hex_value(in[1]);
		low = high < 0 ? -1 : hex_value(in[2]);
		if (low < 0 || high + low == 0)
			return false;
		*out++ = (char)(high * 16 + low);
		in += 2;
	}
	*out = '\0';
	return target_text_is_clean(text);
}

static bool add_argument(char *text, struct request *request)
{
	char *equals = strchr(text, '=');
	char *value = equals ? equals + 1 : text + strlen(text);

	if (request->n_arguments == REQUEST_ARGUMENTS_MAX)
		return false;
	if (equals)
		*equals = '\0';
	if (!decode(text, true) || !decode(value, true))
		return false;
	request->argument[request->n_arguments++] =
		(struct request_argument){.name = text, .value = value};
	return true;
}

static bool add_arguments(char *query, struct request *request)
{
	char *text;

	while ((text = strsep(&query, "&"))) {
		if (*text && !add_argument(text, request))
			return false;
	}
	return true;
}

enum target target_parse(char *target, const char *prefix, struct request *request)
{
	size_t size = strlen(prefix);
	char *query;

	if (strlen(target) > TARGET_MAX)
		return TARGET_TOO_LONG;
	query = strchr(target, '?');
	if (query)
		*query++ = '\0';
	if (*target != '/' || !decode(target, false))
		return TARGET_BAD;
	if (size > 1 && strlen(target) == size - 1 && memcmp(target, prefix, size - 1) == 0)
		return TARGET_PREFIX;
	if (strncmp(target, prefix, size) != 0)
		return TARGET_FOREIGN;
	request->n_arguments = 0;
	if (!add_arguments(query, request))
		return TARGET_BAD;
	request->path = target + size;
	return TARGET_PAGE;
}
