/* A table, the first row that a state starts with decides. */
#include "common/postgres/sqlstate.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
	const char *start;
	int code;
} meanings[] = {
	{"HM001", -ESTALE},	/* ingest.advance() */
	{"HM003", -EREMCHG},	/* ingest.move_streams() */
	{"HM004", -EDQUOT},	/* usage.check_minted() */
	{"HM005", -EALREADY},	/* ingest.settle_quarantine() */
	{"40001", -EAGAIN},	/* serialization_failure */
	{"40P01", -EAGAIN},	/* deadlock_detected */
	{"55P03", -EAGAIN},	/* lock_not_available */
	{"57014", -E2BIG},	/* query_canceled: statement_timeout */
	{"53200", -E2BIG},	/* out_of_memory */
	{"53400", -E2BIG},	/* configuration_limit_exceeded: temp_file_limit */
	{"54", -E2BIG},		/* program_limit_exceeded */
	{"22", -EBADMSG},	/* data exception */
	{"23", -EBADMSG},	/* integrity constraint violation */
	{"42501", -EACCES},	/* insufficient_privilege */
	{"57P", -ECONNRESET},	/* operator intervention: shutdown, crash, terminated */
	{"08", -ECONNRESET},	/* connection exception */
	{"25P03", -ECONNRESET}, /* idle_in_transaction_session_timeout */
};

int sqlstate_errno(const char *state)
{
	if (!state || state[0] == '\0')
		return -ECONNRESET;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (strncmp(state, meanings[i].start, strlen(meanings[i].start)) == 0)
			return meanings[i].code;
	return -EIO;
}
