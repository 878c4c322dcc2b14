/*
 * The small pages of sign-in: one sentence or two, and one thing to do about it.
 */
#ifndef DASHBOARD_SIGN_IN_NOTICE_H
#define DASHBOARD_SIGN_IN_NOTICE_H

#include "dashboard/server/request.h"

struct notice {
	unsigned status;
	const char *title;
	const char *text;
	const char *code;      /* a name, a path or a command, set apart; NULL: none */
	const char *link;      /* where to go on: a path of ours; NULL: nowhere */
	const char *link_text; /* what that does */
	bool is_button;	       /* the link changes something: it is asked for by POST */
};

/* Without memory the answer is the status 500 and no page. */
void notice_answer(const struct notice *notice, const char *prefix, struct response *response);

/* Send the browser to @location, which moves into the answer. */
void notice_redirect(char *location, struct response *response);

/* What happened is ours or the machine's fault; it has been logged. */
void notice_fault(const char *prefix, struct response *response);

#endif
