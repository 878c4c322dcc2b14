/* A broker tells a client whose certificate it refuses nothing but the number of an alert. */
#include "collector/publish/reason.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

static const char *const refusals[] = {"alert certificate", "alert bad certificate",
	"alert unknown ca", "alert unsupported certificate", "alert access denied"};

static bool is_refusal(const char *text)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (strstr(text, refusals[i]))
			return true;
	}
	return false;
}

static const char *hint(const char *text)
{
	if (is_refusal(text))
		return "the broker refuses our certificate, which has expired, was revoked or is "
		       "signed by nobody it trusts: ";
	if (strstr(text, "certificate verify failed"))
		return "we don't trust the broker's certificate, see kafka.ssl.ca.location: ";
	return "";
}

void reason_make(const char *text, char ret[REASON_SIZE])
{
	const char *state = strstr(text, " (after ");
	int size = state ? (int)(state - text) : (int)strnlen(text, REASON_SIZE);

	(void)snprintf(ret, REASON_SIZE, "%s%.*s", hint(text), size, text);
}

const char *reason_of_error(int error)
{
	if (error == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
		return "broker refuses the timestamp: the clock of this node or of the broker is "
		       "wrong";
	return rd_kafka_err2str((rd_kafka_resp_err_t)error);
}
