/*
 * An alert is noted as delivered after the webhook took it, so it may arrive twice and never not at
 * all. One that the webhook refuses does not hold up the others.
 */
#include "cli/command/money/alerts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cli/command/command.h"
#include "cli/command/follow.h"
#include "cli/session.h"
#include "cli/webhook/post.h"
#include "common/format/table.h"
#include "common/secret.h"
#include "hubmeter/cleanup.h"

#define TRIES	      5
#define PAUSE_SEC     1 /* after the first failure, then twice as long each time */
#define PAUSE_MAX_SEC 300
#define LOOK_SEC      60 /* without an announcement */

static const char act[] = "send alerts";

struct sending {
	struct store *store;
	struct post *post;
	unsigned int sent;
	unsigned int failed; /* in this round */
};

int alerts_list_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	struct table rows;

	(void)arguments;
	if (!store)
		return EXIT_FAILURE;
	if (store_alert_table(store, config->institution, &rows) < 0)
		return command_failed("list alerts", store_error(store));
	command_print_table(config, &rows, "there was no alert");
	table_release(&rows);
	return EXIT_SUCCESS;
}

/* *@ret_has_answer: is there somebody who takes messages at all? */
static int send_alert(struct sending *sending, const struct alert *alert, bool *ret_has_answer)
{
	int status;

	if (post_send(sending->post, alert->body, &status) < 0) {
		sending->failed++;
		(void)fprintf(stderr, "hubmeter: cannot send alert %" PRId64 ": %s\n", alert->id,
			post_error(sending->post));
	} else {
		sending->sent++;
	}
	*ret_has_answer = status != 0;
	return store_alert_note(sending->store, alert->id, status);
}

/* The next alert after *@after, in a transaction of its own. -ENOENT: there is none. */
static int try_next(struct sending *sending, int64_t *after, bool *ret_has_answer)
{
	struct alert alert = {0};
	int r = store_begin_as_rater(sending->store);

	if (r >= 0)
		r = store_alert_next(sending->store, *after, &alert);
	if (r >= 0)
		r = send_alert(sending, &alert, ret_has_answer);
	if (r >= 0)
		r = store_commit(sending->store);
	if (r < 0)
		store_rollback(sending->store);
	*after = alert.id;
	free(alert.body);
	return r;
}

/* All that wait, each once. */
static int send_round(struct sending *sending)
{
	bool has_answer = true;
	int64_t after = 0;
	int r = 0;

	sending->failed = 0;
	while (r >= 0 && has_answer && !follow_is_ending())
		r = try_next(sending, &after, &has_answer);
	return r == -ENOENT ? 0 : r;
}

static int send_once(struct sending *sending)
{
	int r = send_round(sending);

	for (unsigned int i = 0; i < TRIES - 1 && r >= 0 && sending->failed; i++) {
		follow_pause(-1, PAUSE_SEC << i);
		r = send_round(sending);
	}
	if (r < 0)
		return command_failed(act, store_error(sending->store));
	(void)printf("sent %u alert%s\n", sending->sent, sending->sent == 1 ? "" : "s");
	return sending->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int send_on(struct sending *sending)
{
	int pause = PAUSE_SEC, r = store_alert_listen(sending->store);

	while (r >= 0 && !follow_is_ending()) {
		r = send_round(sending);
		if (r < 0 || follow_is_ending())
			break;
		follow_pause(store_news_socket(sending->store), sending->failed ? pause : LOOK_SEC);
		pause = sending->failed ? pause * 2 : PAUSE_SEC;
		if (pause > PAUSE_MAX_SEC)
			pause = PAUSE_MAX_SEC;
		r = store_news_read(sending->store);
	}
	return r < 0 ? command_failed(act, store_error(sending->store)) : EXIT_SUCCESS;
}

static int send_with(const struct config *config, const char *secret)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	hm_cleanup(post_freep) struct post *post = post_new(config->alert_webhook, secret);
	struct sending sending = {.post = post};

	if (!post)
		return command_failed(act, "out of memory");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	sending.store = store;
	follow_begin();
	return config->follow ? send_on(&sending) : send_once(&sending);
}

int alerts_send_run(const struct config *config, char **arguments)
{
	char secret[SECRET_SIZE_MAX], reason[512];

	(void)arguments;
	if (!*config->alert_webhook || !*config->alert_secret_file)
		return command_usage_error(
			"\"alerts send\" needs --alert-webhook URL and --alert-secret-file FILE");
	if (secret_read(config->alert_secret_file, secret, reason, sizeof(reason)) < 0)
		return command_failed("read the secret", reason);
	return send_with(config, secret);
}
