/* What the log and people are told, each thing once. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/source/storage/private.h"
#include "common/log.h"
#include "hubmeter/cleanup.h"

#define BECAUSE_SIZE 200
#define HOUR_USEC    (3600LL * 1000 * 1000)
#define SLOW_USEC    (24 * HOUR_USEC)

static const char *reason(int error)
{
	switch (error) {
	case -ENODATA:
		return "nothing is in it any more: is it mounted?";
	case -EREMOTE:
		return "file systems are mounted in it on demand: name where they are";
	case -EXDEV:
		return "something is mounted over it: what it had before holds, for 31 days";
	case -EACCES:
		return "Permission denied: it takes CAP_DAC_READ_SEARCH";
	case -ENAMETOOLONG:
		return "too deep";
	default:
		return strerror(-error);
	}
}

/* ------------------------------------------------------------------------ the log */

void note_home(struct storage_source *source, const struct home *home)
{
	if (home->error == 0)
		return;
	if (source->n_missing++ == 0) {
		free(source->first_missing);
		source->first_missing = home_path(source, home);
		source->missing_error = home->error;
	}
}

static void note_quota(struct root_known *root, const char *quoted_root, int error)
{
	if (error == -EPERM && root->quota_error != -EPERM)
		log_event(LOG_PRIORITY_NOTICE, "storage_quota_denied",
			"root=%s reason=\"to ask for quota takes CAP_SYS_ADMIN\" "
			"consequence=\"blocks are counted one by one\"",
			quoted_root);
	root->quota_error = error;
}

static void note_failure(struct root_known *root, const char *quoted_root, int error)
{
	char quoted[LOG_QUOTED_SIZE];

	if (error != 0 && error != root->error)
		log_event(LOG_PRIORITY_ERROR, "storage_failed",
			"root=%s reason=%s consequence=\"what was found before holds\"",
			quoted_root, log_quote(quoted, reason(error)));
	if (error == 0 && root->error != 0)
		log_event(LOG_PRIORITY_NOTICE, "storage_recovered", "root=%s", quoted_root);
	root->error = error;
}

static void note_round(struct storage_source *source, const char *quoted_root)
{
	char quoted_path[LOG_QUOTED_SIZE], quoted[LOG_QUOTED_SIZE];

	if (source->n_missing > 0)
		log_event(LOG_PRIORITY_WARNING, "storage_unreadable",
			"root=%s directories=%" PRIu32
			" first=%s reason=%s consequence=\"of these what can be read counts\"",
			quoted_root, source->n_missing,
			log_quote(quoted_path, source->first_missing ? source->first_missing : ""),
			log_quote(quoted, reason(source->missing_error)));
	if (source->n_refused > 0)
		log_event(LOG_PRIORITY_ERROR, "storage_full",
			"root=%s directories=%" PRIu32
			" max=%u consequence=\"these are not counted\"",
			quoted_root, source->n_refused, HOMES_MAX);
	if (source->n_ended > 0)
		log_event(LOG_PRIORITY_INFO, "storage_ended", "root=%s directories=%" PRIu32,
			quoted_root, source->n_ended);
	free(source->first_missing);
	source->first_missing = NULL;
	source->n_missing = source->n_refused = source->n_ended = 0;
}

void note_root(struct storage_source *source, const struct finding *finding, int error)
{
	struct root_known *known = &source->root[finding->root];
	char root[LOG_QUOTED_SIZE], quoted_root[LOG_QUOTED_SIZE];
	const char *text = "";
	size_t size = 0;

	(void)roots_get(
		source->config->storage_root, finding->root, &text, &size); /* it is there */
	(void)snprintf(
		root, sizeof(root), "%.*s", (int)size, text); /* to be read, so cut is fine */
	(void)log_quote(quoted_root, root);
	note_failure(known, quoted_root, error);
	if (error == 0)
		note_quota(known, quoted_root, finding->quota_error);
	note_round(source, quoted_root);
}

void note_slow(struct storage_source *source)
{
	int64_t usec = source->now_usec - source->began_usec;

	if (source->said_slow || usec < SLOW_USEC)
		return;
	source->said_slow = true;
	log_event(LOG_PRIORITY_WARNING, "storage_slow",
		"hours=%" PRId64 " consequence=\"what was found before holds\" "
		"hint=\"storage_walk_entries_per_second, or disks that do not answer\"",
		(int64_t)(usec / HOUR_USEC));
}

/* ------------------------------------------------------------------------ people */

static void how_known(const struct home *home, char because[BECAUSE_SIZE])
{
	const char *how = home->is_by_quota ? "by its project's quota" : "counted block by block";

	if (!home->is_measured)
		(void)snprintf(because, BECAUSE_SIZE, "not measured yet%s%s",
			home->error ? ": " : "", home->error ? reason(home->error) : "");
	else if (home->n_missed > 0)
		(void)snprintf(because, BECAUSE_SIZE,
			"at least %" PRIu64 " MiB, %s: of %" PRIu64 " entries nothing is known: %s",
			home->bytes >> 20, how, home->n_missed, reason(home->error));
	else if (home->error)
		(void)snprintf(because, BECAUSE_SIZE, "%" PRIu64 " MiB before: %s",
			home->bytes >> 20, reason(home->error));
	else
		(void)snprintf(
			because, BECAUSE_SIZE, "%" PRIu64 " MiB, %s", home->bytes >> 20, how);
}

static void explain_home(const struct storage_source *source, const struct home *home,
	struct explained *explained, explain_fn explain, void *context)
{
	hm_cleanup(home_words_release) struct home_words words;
	char because[BECAUSE_SIZE];

	if (home_words(source, home, &words) < 0 || home->is_gone)
		return;
	how_known(home, because);
	explained->user = words.user;
	explained->tag = words.tag;
	explained->where = words.path;
	explained->because = because;
	explain(context, explained);
}

static void explain_root(const struct storage_source *source, uint32_t number,
	struct explained *explained, explain_fn explain, void *context)
{
	const struct root_known *root = &source->root[number];
	char path[BECAUSE_SIZE], because[BECAUSE_SIZE] = "not listed to its end yet";
	const char *text;
	size_t size;

	if (!roots_get(source->config->storage_root, number, &text, &size))
		return;
	(void)snprintf(
		path, sizeof(path), "%.*s", (int)size, text); /* to be read, so cut is fine */
	if (root->error)
		(void)snprintf(
			because, sizeof(because), "can't be listed: %s", reason(root->error));
	else if (root->is_known)
		(void)snprintf(because, sizeof(because),
			"%" PRIu64 " MiB beside its directories, nobody's; %s",
			root->rest_bytes >> 20,
			root->quota_error == -EPERM ? "to ask for its quota takes CAP_SYS_ADMIN"
			: root->quota_error	    ? "it has no quota of projects"
						    : "it has quota of projects");
	explained->user = explained->tag = "";
	explained->where = path;
	explained->because = because;
	explain(context, explained);
}

void explain_homes(const void *self, const char *name, explain_fn explain, void *context)
{
	const struct storage_source *source = self;
	struct explained explained = {.source = name, .workload = "", .server = ""};

	for (uint32_t i = 0; i < ROOTS_MAX; i++)
		explain_root(source, i, &explained, explain, context);
	for (uint32_t i = 0; i < homes_size(&source->homes); i++)
		explain_home(source, homes_at(&source->homes, i), &explained, explain, context);
}

size_t count_homes(const void *self)
{
	const struct storage_source *source = self;
	size_t n = 0;

	for (uint32_t i = 0; i < homes_size(&source->homes); i++)
		n += !homes_at(&source->homes, i)->is_gone;
	return n;
}
