/* What a state means, apart from doctor.c: tested without a broker and a database. */
#include "cli/command/doctor_evaluate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/format/safe_text.h"

__attribute__((format(printf, 2, 3))) static struct finding found(
	enum verdict verdict, const char *format, ...)
{
	struct finding finding = {.verdict = verdict};
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(finding.text, sizeof(finding.text), format, arguments);
	va_end(arguments);
	safe_text_one_line(finding.text); /* libpq's messages have several */
	return finding;
}

static const char *plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

/* What follows a list of names that is cut off. */
static const char *more(int64_t count)
{
	return count > DOCTOR_NAMES_SHOWN ? ", ..." : "";
}

struct finding evaluate_broker(const char *error, int n_brokers)
{
	if (error)
		return found(VERDICT_FAIL,
			"%s: check --kafka.bootstrap.servers and that the broker runs", error);
	return found(VERDICT_OK, "%d broker%s", n_brokers, plural(n_brokers));
}

struct finding evaluate_topics(size_t n_topics)
{
	if (!n_topics)
		return found(VERDICT_FAIL,
			"no usage topic: make one per hub with 'hubmeter topic create HUB'");
	return found(VERDICT_OK, "%zu usage topic%s", n_topics, plural((int64_t)n_topics));
}

struct finding evaluate_policies(const struct doctor_names *topics)
{
	if (!topics->count)
		return found(VERDICT_OK, "no topic is compacted");
	return found(VERDICT_WARN,
		"%" PRId64 " topic%s with cleanup.policy=compact: %s%s: records vanish before they "
		"are read, and their partitions stop: set cleanup.policy=delete",
		topics->count, plural(topics->count), topics->which, more(topics->count));
}

struct finding evaluate_database(const char *error)
{
	if (error)
		return found(VERDICT_FAIL, "%s: check --postgres and that PostgreSQL runs", error);
	return found(VERDICT_OK, "reached");
}

struct finding evaluate_schema(const struct doctor_schema *s)
{
	if (s->fault)
		return found(VERDICT_FAIL, "%s", s->fault);
	if (s->database_version < s->file_version)
		return found(VERDICT_FAIL, "database has version %u of %u: run 'hubmeter migrate'",
			s->database_version, s->file_version);
	if (s->outdated)
		return found(VERDICT_FAIL,
			"version %u, but its functions and views are not those of the files: run "
			"'hubmeter migrate'",
			s->database_version);
	return found(VERDICT_OK, "version %u", s->database_version);
}

/* Records the broker holds that the database lacks. */
static int64_t lag_of(const struct doctor_partition *p)
{
	int64_t from = p->next_offset > p->low ? p->next_offset : p->low;

	return p->high > from ? p->high - from : 0;
}

static bool position_fault(const struct doctor_partition *p, struct finding *ret)
{
	if (p->high < 0)
		*ret = found(VERDICT_FAIL,
			"%s/%d was read up to %" PRId64 " but is not on the broker: is this the "
			"right broker, was the topic deleted?",
			p->topic, p->partition, p->next_offset);
	else if (p->next_offset > p->high)
		*ret = found(VERDICT_FAIL,
			"%s/%d was read up to %" PRId64 " but ends at %" PRId64
			": the topic was truncated or made again",
			p->topic, p->partition, p->next_offset, p->high);
	else if (p->next_offset >= 0 && p->next_offset < p->low)
		*ret = found(VERDICT_FAIL,
			"%s/%d: %" PRId64 " records were deleted by retention before they were "
			"read: raise retention.ms",
			p->topic, p->partition, p->low - p->next_offset);
	else
		return false;
	return true;
}

static const char *age(char text[32], int64_t seconds)
{
	if (seconds < 120)
		(void)snprintf(text, 32, "%" PRId64 " s", seconds);
	else if (seconds < 7200)
		(void)snprintf(text, 32, "%" PRId64 " min", seconds / 60);
	else
		(void)snprintf(text, 32, "%" PRId64 " h", seconds / 3600);
	return text;
}

static struct finding behind(const struct doctor_partition *worst, int64_t sum)
{
	char since[32], commit[64] = "never read";

	if (worst->next_offset >= 0)
		(void)snprintf(commit, sizeof(commit), "last commit %s ago",
			age(since, worst->flushed_age_sec));
	return found(VERDICT_WARN,
		"%" PRId64 " record%s behind, most in %s/%d (%" PRId64
		", %s): if it does not shrink, see the log of hubmeter-aggregator",
		sum, plural(sum), worst->topic, worst->partition, lag_of(worst), commit);
}

struct finding evaluate_lag(const struct doctor_partition *partitions, size_t count)
{
	const struct doctor_partition *worst = NULL;
	struct finding fault;
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		if (position_fault(&partitions[i], &fault))
			return fault;
		sum += lag_of(&partitions[i]);
		if (!worst || lag_of(&partitions[i]) > lag_of(worst))
			worst = &partitions[i];
	}
	if (sum)
		return behind(worst, sum);
	return found(
		VERDICT_OK, "0 records behind in %zu partition%s", count, plural((int64_t)count));
}

/* How to go on without what is missing, as broker and database see it. */
static struct finding stopped(size_t count, const struct doctor_partition *p)
{
	if (p->low > p->next_offset)
		return found(VERDICT_FAIL,
			"%zu partition%s, first %s/%d: %s: to go on without them: 'hubmeter ingest "
			"accept-gap %s %d --from %" PRId64 " --to %" PRId64 " --reason TEXT'",
			count, plural((int64_t)count), p->topic, p->partition, p->stopped_reason,
			p->topic, p->partition, p->next_offset, p->low - 1);
	return found(VERDICT_FAIL,
		"%zu partition%s, first %s/%d: %s: to read a topic that was made anew: 'hubmeter "
		"ingest restart %s %d --from %" PRId64 " --reason TEXT'",
		count, plural((int64_t)count), p->topic, p->partition, p->stopped_reason, p->topic,
		p->partition, p->low > 0 ? p->low : 0);
}

struct finding evaluate_stopped(const struct doctor_partition *partitions, size_t count)
{
	const struct doctor_partition *first = NULL;
	size_t n_stopped = 0;

	for (size_t i = 0; i < count; i++) {
		if (!partitions[i].stopped_reason[0])
			continue;
		if (!first)
			first = &partitions[i];
		n_stopped++;
	}
	return first ? stopped(n_stopped, first) : found(VERDICT_OK, "no partition");
}

struct finding evaluate_waiting(const struct doctor_partition *partitions, size_t count)
{
	const struct doctor_partition *first = NULL;
	size_t waiting = 0;

	for (size_t i = 0; i < count; i++) {
		if (!partitions[i].waiting_reason[0])
			continue;
		if (!first)
			first = &partitions[i];
		waiting++;
	}
	if (!first)
		return found(VERDICT_OK, "no partition");
	return found(VERDICT_WARN,
		"%zu partition%s tried again and again, first %s/%d: %s: is the topic there, are "
		"all brokers up, and does the database take commits?",
		waiting, plural((int64_t)waiting), first->topic, first->partition,
		first->waiting_reason);
}

struct finding evaluate_nodes(const struct doctor_nodes *nodes)
{
	if (!nodes->total)
		return found(
			VERDICT_WARN, "no node has sent anything yet: start hubmeter-collector");
	if (nodes->silent)
		return found(VERDICT_WARN,
			"%" PRId64 " of %" PRId64 " silent: %s: look after "
			"hubmeter-collector there",
			nodes->silent, nodes->total, nodes->names);
	return found(
		VERDICT_OK, "%" PRId64 " node%s, none silent", nodes->total, plural(nodes->total));
}

struct finding evaluate_quarantine(const struct doctor_quarantine *quarantine)
{
	if (!quarantine->count)
		return found(VERDICT_OK, "empty");
	return found(VERDICT_WARN,
		"%" PRId64 " message%s, newest: %s: see "
		"'hubmeter ingest quarantine list'",
		quarantine->count, plural(quarantine->count), quarantine->newest);
}

struct finding evaluate_gaps(const struct doctor_gaps *gaps)
{
	if (!gaps->count)
		return found(VERDICT_OK, "none");
	return found(VERDICT_WARN,
		"%" PRId64 " batch%s missing in %" PRId64 " gap%s: see ingest.gap", gaps->batches,
		gaps->batches == 1 ? "" : "es", gaps->count, plural(gaps->count));
}

struct finding evaluate_unpriced(const struct doctor_names *unpriced)
{
	if (!unpriced->count)
		return found(VERDICT_OK, "all rated usage has a price");
	return found(VERDICT_WARN,
		"usage without a price: %s%s: 'hubmeter import prices', then 'hubmeter rate'",
		unpriced->which, more(unpriced->count));
}

struct finding evaluate_aliases(const struct doctor_names *names)
{
	if (!names->count)
		return found(VERDICT_OK, "every user name in charges is somebody's");
	return found(VERDICT_WARN,
		"%" PRId64 " user name%s in suspense: nobody's: %s%s: 'hubmeter import people', "
		"then 'hubmeter rate'",
		names->count, plural(names->count), names->which, more(names->count));
}

struct finding evaluate_groups(const struct doctor_names *names)
{
	if (!names->count)
		return found(
			VERDICT_OK, "every tag names a group of the person, with a department");
	return found(VERDICT_WARN,
		"%" PRId64 " user name%s in suspense: not in the group of the tag, or nobody pays "
		"for it: %s%s: 'hubmeter import members' or 'groups', then 'hubmeter rate'",
		names->count, plural(names->count), names->which, more(names->count));
}

struct finding evaluate_bills(const struct doctor_names *bills)
{
	if (!bills->count)
		return found(VERDICT_OK, "every bill is distributed, and every line fits a rule");
	return found(VERDICT_WARN,
		"%s%s: 'hubmeter bill unmatched', then 'hubmeter import bill-rules' and 'hubmeter "
		"rate'",
		bills->which, more(bills->count));
}

struct finding evaluate_measured(const struct doctor_names *nodes)
{
	if (!nodes->count)
		return found(VERDICT_OK, "no kernel counted anything else than is attributed");
	return found(VERDICT_WARN,
		"%" PRId64 " node%s whose kernel counted something else in the last day than is "
		"attributed there: %s%s: does hubmeter-collector see the node's own /proc? 'hubmeter "
		"report nodes'",
		nodes->count, plural(nodes->count), nodes->which, more(nodes->count));
}

struct finding evaluate_charts(const struct doctor_names *funds)
{
	if (!funds->count)
		return found(VERDICT_OK, "every fund stands in the chart of accounts");
	return found(VERDICT_WARN,
		"%" PRId64 " fund%s with a chart string that the chart of accounts refuses: %s%s: "
		"'hubmeter import funds' or 'chart-segments'",
		funds->count, plural(funds->count), funds->which, more(funds->count));
}

struct finding evaluate_homes(const struct doctor_names *names)
{
	if (!names->count)
		return found(VERDICT_OK, "everybody in charges has a department");
	return found(VERDICT_WARN,
		"%" PRId64 " %s in suspense: no home department: %s%s: 'hubmeter import "
		"memberships', then 'hubmeter rate'",
		names->count, names->count == 1 ? "person" : "people", names->which,
		more(names->count));
}

struct finding evaluate_failed(const struct doctor_names *days)
{
	if (!days->count)
		return found(VERDICT_OK, "every day that was tried is rated");
	return found(VERDICT_FAIL,
		"%" PRId64 " hub-day%s could not be rated: %s%s: put right what is said, then "
		"'hubmeter rate'",
		days->count, plural(days->count), days->which, more(days->count));
}

struct finding evaluate_dirty(const struct doctor_dirty *dirty)
{
	if (!dirty->hub_days)
		return found(VERDICT_OK, "charges are up to date");
	return found(VERDICT_WARN, "%" PRId64 " hub-day%s wait%s, oldest %s: run 'hubmeter rate'",
		dirty->hub_days, plural(dirty->hub_days), dirty->hub_days == 1 ? "s" : "",
		dirty->oldest);
}

/* One more thing to look at. */
__attribute__((format(printf, 2, 3))) static void warn(
	struct finding *finding, const char *format, ...)
{
	size_t used = strlen(finding->text);
	va_list arguments;

	if (finding->verdict == VERDICT_WARN && used < sizeof(finding->text))
		used += (size_t)snprintf(finding->text + used, sizeof(finding->text) - used, "; ");
	finding->verdict = VERDICT_WARN;
	if (used >= sizeof(finding->text))
		return;
	va_start(arguments, format);
	(void)vsnprintf(finding->text + used, sizeof(finding->text) - used, format, arguments);
	va_end(arguments);
	safe_text_one_line(finding->text);
}

struct finding evaluate_funding(const struct doctor_funding *f)
{
	struct finding finding = {.verdict = VERDICT_OK};

	if (f->waiting)
		warn(&finding,
			"%" PRId64
			" institution-month%s wait%s to be funded, oldest %s: run 'hubmeter "
			"rate'",
			f->waiting, plural(f->waiting), f->waiting == 1 ? "s" : "", f->oldest);
	if (f->plans.count)
		warn(&finding,
			"%" PRId64 " plan version%s should hold already and wait%s for "
			"approval: %s%s: 'hubmeter plan check', then 'hubmeter plan approve'",
			f->plans.count, plural(f->plans.count), f->plans.count == 1 ? "s" : "",
			f->plans.which, more(f->plans.count));
	if (f->unfunded.count)
		warn(&finding,
			"charges of the last 62 days that no fund pays: %s%s: 'hubmeter report "
			"funds'",
			f->unfunded.which, more(f->unfunded.count));
	return finding.verdict == VERDICT_OK ? found(VERDICT_OK, "no charge waits for its fund")
					     : finding;
}

struct finding evaluate_closing(const struct doctor_names *months)
{
	if (!months->count)
		return found(VERDICT_OK, "no month should be closed by now");
	return found(VERDICT_WARN,
		"%" PRId64 " month%s ended more than 45 days ago: %s%s: 'hubmeter close check'",
		months->count, plural(months->count), months->which, more(months->count));
}

struct finding evaluate_not_permitted(const char *error)
{
	return found(VERDICT_WARN,
		"not checked, nor what else this user may not read: %s: sign in as hm_rater or as "
		"a member of it",
		error);
}

struct finding evaluate_not_checked(enum verdict verdict, const char *why)
{
	return found(verdict, "not checked: %s", why);
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_OK:
		return "ok  ";
	case VERDICT_WARN:
		return "WARN";
	case VERDICT_FAIL:
		break;
	}
	return "FAIL";
}
