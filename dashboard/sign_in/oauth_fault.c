/* A row for each, so that none is shown without a word for people or logged without a name. */
#include "dashboard/sign_in/oauth_fault.h"

#include <stddef.h>

#include "common/log.h"
#include "dashboard/sign_in/notice.h"

struct row {
	enum log_priority priority;
	const char *reason; /* in the log */
	unsigned status;
	const char *title;
	const char *text;
};

static const struct row rows[OAUTH_FAULT_COUNT] = {
	[OAUTH_FAULT_STATE] = {LOG_PRIORITY_NOTICE, "unknown_state", 400,
		"Sign-in has to begin anew",
		"This sign-in did not begin in this browser, or it took longer than ten minutes."},
	[OAUTH_FAULT_DENIED] = {LOG_PRIORITY_NOTICE, "denied", 403, "Not signed in",
		"The hub did not agree to sign you in here. Whoever runs it can say who may."},
	[OAUTH_FAULT_CODE] = {LOG_PRIORITY_NOTICE, "code_refused", 403, "Sign-in has to begin anew",
		"What the hub sent you here with works once, and for a short time."},
	[OAUTH_FAULT_CLIENT] = {LOG_PRIORITY_ERROR, "service_refused", 502, "The hub refuses us",
		"The hub does not accept these pages as a service of it. Please tell whoever runs "
		"them."},
	[OAUTH_FAULT_NO_ANSWER] = {LOG_PRIORITY_ERROR, "no_answer", 502, "The hub does not answer",
		"Nobody can be signed in until it does. Please try again in a while."},
	[OAUTH_FAULT_GARBAGE] = {LOG_PRIORITY_ERROR, "strange_answer", 502,
		"The hub's answer was not understood",
		"Please try again; if that does not help, tell whoever runs these pages."},
	[OAUTH_FAULT_NAME] = {LOG_PRIORITY_WARNING, "unfit_name", 403, "Not signed in",
		"The hub calls you by a name that can't be used here. Please tell whoever runs these "
		"pages."},
	[OAUTH_FAULT_BUSY] = {LOG_PRIORITY_WARNING, "too_many_at_once", 503,
		"Many are signing in just now", "Please try again in a few seconds."},
	[OAUTH_FAULT_OURS] = {LOG_PRIORITY_ERROR, "own_fault", 500, "Sign-in failed",
		"Something went wrong here. Please try again in a while."},
};

void oauth_fault_log(const struct oauth_report *report, struct ration ration[OAUTH_FAULT_COUNT],
	const struct clock *clock)
{
	const struct row *row = &rows[report->fault];
	char quoted[LOG_QUOTED_SIZE];
	unsigned long count;

	if (ration_take(&ration[report->fault], clock, &count))
		log_event(row->priority, "sign_in_failed",
			"reason=%s asked=%s status=%ld count=%lu detail=%s", row->reason,
			report->asked ? report->asked : "nothing", report->status, count,
			log_quote(quoted, report->detail));
}

void oauth_fault_answer(
	enum oauth_fault fault, const char *prefix, const char *again, struct response *response)
{
	const struct row *row = &rows[fault];
	const struct notice notice = {.status = row->status,
		.title = row->title,
		.text = row->text,
		.link = again,
		.link_text = "Try again"};

	notice_answer(&notice, prefix, response);
}
