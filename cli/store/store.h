/*
 * The database, as this program uses it. The only user of libpq (cli/store/); one function per
 * statement, so what touches the database can be read off this page.
 *
 * Invariants
 *  - After a failure store_error() says why, for people, without a secret, until the next call.
 *  - Errors: those of common/postgres/sqlstate.h; -EAGAIN: the transaction is gone, do it again;
 *    -ENOTCONN: there never was a connection; -ENOMEM.
 *
 * Life cycle: store_new() -> store_connect() -> calls -> store_free() (also ends a transaction).
 */
#ifndef CLI_STORE_STORE_H
#define CLI_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/command/doctor_evaluate.h"
#include "cli/format/report_missing.h"
#include "common/buffer.h"
#include "common/format/table.h"
#include "hubmeter/usage.h"

struct store;

/* "libpq 15.18" */
const char *store_library(void);

/* Whether @conninfo itself (not the environment) holds a password. */
bool store_conninfo_has_password(const char *conninfo);

/* The caller frees. NULL: out of memory. Borrows @conninfo; "": the environment. */
struct store *store_new(const char *conninfo);
/* The same, which waits no longer than @timeout_usec for an answer. */
struct store *store_new_impatient(const char *conninfo, int64_t timeout_usec);
int store_connect(struct store *store);
bool store_is_connected(const struct store *store);
/* -EPROTONOSUPPORT: the database has not the schema that this program wants. */
int store_check_schema(struct store *store);
const char *store_error(const struct store *store);
void store_free(struct store *store);

int store_begin(struct store *store);
int store_begin_repeatable_read(struct store *store);
int store_commit(struct store *store);
/* Undo; keeps store_error(). A connection that is gone has undone it already. */
void store_rollback(struct store *store);

/* A transaction that acts as hm_rater: as much as imports and rating need, and no more. */
int store_begin_as_rater(struct store *store);
/* A transaction that acts as hm_controller: it approves plans. */
int store_begin_as_controller(struct store *store);
/* A transaction that acts as hm_aggregator: it writes usage. */
int store_begin_as_aggregator(struct store *store);
/* As hm_rater at REPEATABLE READ, after the rating of another hub-day has ended. */
int store_begin_rating(struct store *store);

/* What to poll() for news of what the session listens to. */
int store_news_socket(const struct store *store);
/* 1: there was news since the last call. -ECONNRESET: the connection is gone. */
int store_news_read(struct store *store);

/* --- migrate.c --- */

/* A file of the schema, or one of the manifest's, which make functions, views and triggers. */
struct sql_file {
	unsigned version; /* 0: of the manifest */
	char *name;	  /* 0001_roles.sql, report/user_cost.sql */
	char *text;	  /* NUL-terminated */
	size_t size;
};

enum migration_state { MIGRATION_STATE_ABSENT, MIGRATION_STATE_SAME, MIGRATION_STATE_ALTERED };

/* What a database server brings along. */
struct server {
	int version;	   /* 150018: 15.18 */
	char encoding[64]; /* of the database */
	bool has_btree_gist;
};

int store_migrate_server(struct store *store, struct server *ret);

/* How things stand; changes nothing, also where nothing was ever migrated. */
int store_migrate_schema_state(
	struct store *store, const struct sql_file *file, enum migration_state *ret);
/* Newest version in the database, 0: none. @ret_name (of 128 bytes) is its file's name. */
int store_migrate_newest(struct store *store, unsigned *ret_version, char *ret_name);
int store_migrate_count_sources(struct store *store, int64_t *ret);
/* Is @file, at @position of the manifest, not what was applied? */
int store_migrate_source_differs(
	struct store *store, const struct sql_file *file, size_t position, bool *ret);

/* -EPERM: this user may not act as hm_owner. Fine as long as hm_owner does not exist. */
int store_migrate_check_owner(struct store *store);
/* Who uses what we want to drop, as text. */
int store_migrate_blockers(struct store *store, char *ret, size_t size);
/*
 * Did the last failure only mean that somebody else was at it? Then it is worth another attempt.
 * @is_first: nothing had been applied, so it may have been another first migration.
 */
bool store_migrate_is_blocked(const struct store *store, bool is_first);

/*
 * The steps of a migration, between store_migrate_begin(), which waits for other migrations, and
 * store_commit(). store_error() gives file and line.
 */
int store_migrate_begin(struct store *store);
/* Drop all that the manifest's files made, and nothing else; locks views in the manifest's order or
 * @last_first. */
int store_migrate_drop_sources(struct store *store, bool last_first);
int store_migrate_apply_schema(struct store *store, const struct sql_file *file);
/* Before the first of the manifest's files: what is there now was not made by them. */
int store_migrate_note_objects(struct store *store);
/* Run @file and record what it made. */
int store_migrate_apply_source(struct store *store, const struct sql_file *file, size_t position);
/* After store_migrate_drop_sources() and the last file: what others had been granted by the site.
 */
int store_migrate_restore_grants(struct store *store);

/* A line of text of an answer. */
typedef void store_line_fn(void *context, const char *line);

/* --- import.c: all within one transaction of the caller --- */

#define IMPORT_COLUMNS_MAX 32

struct import_columns {
	size_t count;
	char *name[IMPORT_COLUMNS_MAX];
	bool required[IMPORT_COLUMNS_MAX];
	bool is_given[IMPORT_COLUMNS_MAX]; /* the caller's: does the file have it? */
};

typedef void store_import_finding_fn(void *context, bool is_error, unsigned line,
	const char *column, const char *value, const char *reason);

/* One import at a time, until the transaction ends. */
int store_import_lock(struct store *store);
/* The columns of @kind. The caller releases *@ret. */
int store_import_columns(struct store *store, const char *kind, struct import_columns *ret);
void store_import_columns_release(struct import_columns *columns);
/* Make import_header and import_stage, then fill the latter piece by piece with COPY's text format:
 * line number, then columns. */
int store_import_begin(struct store *store, const struct import_columns *columns);
int store_import_send(struct store *store, const void *data, size_t size);
int store_import_end(struct store *store);
/* What is staged: a file of @source, which is or is not all that the source has to say. */
struct import_file {
	const char *kind;
	const char *source;
	bool is_whole;
};

/* Everything import.check_file() objects to, then what it warns of. */
int store_import_check(struct store *store, const struct import_file *file,
	store_import_finding_fn *finding, void *context);
int store_import_apply(struct store *store, const struct import_file *file, int64_t *ret_changed);
/* What was taken over, where the number of rows does not say it: lines for people. */
int store_import_summary(struct store *store, const char *kind, store_line_fn *line, void *context);
/* Whose bill the file is, and what it is called: for the transaction. */
int store_import_say(struct store *store, const char *institution, const char *file);
/* The same for rows to void. */
int store_import_check_void(
	struct store *store, const char *kind, store_import_finding_fn *finding, void *context);
int store_import_void(struct store *store, const char *reason, int64_t *ret_voided);
/* What rating the days that @run marked will change: lines for people, none if nothing. */
int store_import_effect(struct store *store, int64_t run, store_line_fn *line, void *context);

/* --- roster.c: all within one transaction of the caller, after store_import_lock() --- */

#define ROSTER_KINDS_MAX   16
#define ROSTER_COLUMNS_MAX 32

/* A kind of file of a roster: the columns of it that are read. */
struct roster_kind {
	char *name;
	size_t n_columns;
	char *column[ROSTER_COLUMNS_MAX];
	/* A header is of this kind when it has, for each number, a column with it. 0: any. */
	unsigned mark[ROSTER_COLUMNS_MAX];
};

struct roster_kinds {
	size_t count;
	struct roster_kind kind[ROSTER_KINDS_MAX];
};

/* What is imported: all of it is borrowed. */
struct roster {
	const char *format, *institution, *source;
	const char *hubs; /* names with commas between */
	bool creates_people;
};

struct roster_finding {
	bool is_error;
	const char *file;
	unsigned line;
	const char *column, *value; /* may be NULL */
	const char *reason;
};

typedef void store_roster_finding_fn(void *context, const struct roster_finding *finding);
/* So many of what @text says changed, or were left out. */
typedef void store_roster_outcome_fn(void *context, bool is_change, int64_t n, const char *text);

/* The kinds of files of @format. The caller releases *@ret. */
int store_roster_kinds(struct store *store, const char *format, struct roster_kinds *ret);
void store_roster_kinds_release(struct roster_kinds *kinds);
/* Make the tables that the files go to. */
int store_roster_open(struct store *store, const struct roster *roster);
/* @data in COPY's text format: file, line number, then the columns of the kind. */
int store_roster_copy(struct store *store, const char *kind, const void *data, size_t size);
/* Everything that is wrong or strange. @whole_kinds (with commas between): files of these kinds are
 * all that the roster has to say of that. */
int store_roster_check(struct store *store, const char *whole_kinds,
	store_roster_finding_fn *finding, void *context);
/* Take over what passed. */
int store_roster_apply(struct store *store, store_roster_outcome_fn *outcome, void *context);

/* --- rate.c --- */

struct rating {
	int64_t added, changed, removed, unchanged; /* charge lines */
};

struct hub_day {
	int hub_id;
	char *hub;
	char day[16]; /* 2026-09-01 */
};

/* Hub-days whose charges are behind, oldest first, without those that failed less than @retry_after
 * (an interval) ago. The caller releases *@ret. */
int store_rate_dirty_days(
	struct store *store, const char *retry_after, struct hub_day **ret, size_t *ret_count);
void store_rate_days_release(struct hub_day *days, size_t count);
/* Say why charges are about to change; @reason as in charge.run. What the transaction marks or
 * changes belongs to *@ret_run. */
int store_rate_begin_run(
	struct store *store, const char *reason, const char *detail, int64_t *ret_run);
/* New usage of @day becomes part of @run. -ENOENT: somebody else rated it meanwhile. */
int store_rate_day(struct store *store, const struct hub_day *day, int64_t run, struct rating *ret);
/* Fees of months that changed, in the run of the transaction. */
int store_rate_fees(struct store *store, struct rating *ret);
/* What institutions pay more or less by what was rated in @run: lines for people. */
int store_rate_totals(struct store *store, int64_t run, store_line_fn *line, void *context);
/* Record why @day could not be rated, for report.pending_rating and doctor. */
int store_rate_note_failure(struct store *store, const struct hub_day *day, const char *reason);
/* Let the planner know what was rated since it last looked, where that is much. */
int store_rate_refresh_statistics(struct store *store);

/* Hear of days that wait for rating from here on. */
int store_rate_listen(struct store *store);

/* --- bill.c --- */

struct bill {
	char id[16];
	char *label; /* aws 1234 2026-09 USD */
};

/* Bills that are to be distributed, but those that were less than @pause (an interval) ago. The
 * caller releases *@ret. */
int store_bill_waiting(
	struct store *store, const char *pause, struct bill **ret, size_t *ret_count);
void store_bill_release(struct bill *bills, size_t count);
int store_bill_distribute(struct store *store, const struct bill *bill, struct rating *ret);

/* --- funding.c --- */

/* Days of an institution within a month. */
struct funding {
	char institution_id[16];
	char first_day[16];
	char last_day[16];
	char *label; /* northfield 2026-09 */
	bool has_plans;
};

/* Months that wait to be funded, oldest first. The caller releases *@ret. */
int store_funding_waiting(struct store *store, struct funding **ret, size_t *ret_count);
void store_funding_release(struct funding *fundings, size_t count);
/* Counts legs, not lines. */
int store_funding_fund(struct store *store, const struct funding *funding, struct rating *ret);

/* --- report.c --- */

enum report_kind {
	REPORT_KIND_DEPARTMENTS,
	REPORT_KIND_USERS,
	REPORT_KIND_DETAIL,
	REPORT_KIND_SUSPENSE,
	REPORT_KIND_BILLS,
	REPORT_KIND_UNMATCHED,
	REPORT_KIND_NODES,
	REPORT_KIND_FUNDS,
};

struct report_filter {
	const char *month;	  /* 2026-09; "": by months_back */
	const char *to;		  /* @month is the first of several, this the last; NULL: one */
	const char *fiscal_year;  /* instead, that of each institution; NULL: none */
	unsigned int months_back; /* 0: the month it is now, in each institution's calendar */
	const char *institution;  /* "": all */
	const char *unit;	  /* and what is below it; "": all */
	const char *person;	  /* "": all */
};

/* What a filter comes to: each institution with its months. */
struct report_scope {
	char *months, *institutions; /* as PostgreSQL writes arrays */
	char *label;		     /* the months, for people */
	const char *unit, *person;   /* the filter's */
};

/* -ENOENT: there is no such institution, unit or person; store_error() says which. Release *@ret.
 */
int store_report_scope(
	struct store *store, const struct report_filter *filter, struct report_scope *ret);
void report_scope_release(struct report_scope *scope);

/* The exact rows, as PostgreSQL writes them. The caller releases *@ret. */
int store_report(struct store *store, enum report_kind kind, const struct report_scope *scope,
	struct table *ret);
int store_report_missing(
	struct store *store, const struct report_scope *scope, struct report_missing *ret);
/* Whether any node of anybody sent usage in the months. */
int store_report_has_usage(struct store *store, const struct report_scope *scope, bool *ret);
/* "node total = people + system: difference 0 ..." in one line. The caller frees *@ret. */
int store_report_reconciliation(struct store *store, const struct report_scope *scope, char **ret);

/* The same of charges and who pays them, then a line for what no fund pays and why; none if nothing
 * is charged. */
int store_report_funding(
	struct store *store, const struct report_scope *scope, store_line_fn *line, void *context);
/* Have charges to be funded? */
int store_report_is_funding_pending(
	struct store *store, const struct report_scope *scope, bool *ret);

/* The charges of the months in FOCUS's columns as CSV on @out, row by row; the caller asks
 * ferror(). */
int store_report_focus(struct store *store, const struct report_scope *scope, FILE *out);

/* Why charge line @line is what it is, as lines for people or as one of JSON. *@ret: is there one?
 */
int store_report_explain(struct store *store, const char *line_id, bool as_json,
	store_line_fn *line, void *context, bool *ret);

/* --- report_view.c --- */

/* What a report can be limited by. */
enum report_takes {
	REPORT_TAKES_MONTHS = 1,
	REPORT_TAKES_INSTITUTION = 2,
	REPORT_TAKES_UNIT = 4,
	REPORT_TAKES_PERSON = 8,
};

/* A report that shows a view as it is. */
struct report_view {
	const char *name, *sql;
	const char *money, *quantities, *seconds; /* columns: report_list.h */
	const char *empty;			  /* why there are no rows */
	unsigned int takes;			  /* enum report_takes */
	bool is_of_usage; /* what is not metered or rated is missing in it */
};

/* NULL: there is none of that name. */
const struct report_view *report_view_find(const char *name);
/* The exact rows. The caller releases *@ret. */
int store_report_view(struct store *store, const struct report_view *view,
	const struct report_scope *scope, struct table *ret);

/* --- fund.c --- */

enum fund_table {
	FUND_TABLE_BALANCES,
	FUND_TABLE_AMENDMENTS,
	FUND_TABLE_PLANS,
	FUND_TABLE_ASSIGNMENTS,
	FUND_TABLE_MOVEMENTS,
};

struct fund_filter {
	const struct report_scope *scope;
	const char *fund; /* FUND_TABLE_BALANCES takes "": all */
	bool is_of_month; /* FUND_TABLE_MOVEMENTS: those of the scope's month */
};

/* -ENOENT: there is no such fund, -EINVAL: several institutions have it; store_error() names them.
 */
int store_fund_check(struct store *store, const struct fund_filter *filter);
/* The exact rows. The caller releases *@ret. */
int store_fund_table(struct store *store, enum fund_table kind, const struct fund_filter *filter,
	struct table *ret);

/* --- plan.c --- */

struct plan_filter {
	const char *institution, *plan; /* "": all */
};

/* Versions that count, each once or with its faults; the last column is the fault. The caller
 * releases *@ret. */
int store_plan_versions(struct store *store, const struct plan_filter *filter, struct table *ret);
/* Approve the versions that wait, or the one that holds from @valid_from ("": all): lines for
 * people. Within a transaction of store_begin_as_controller(). */
int store_plan_approve(struct store *store, const struct plan_filter *filter,
	const char *valid_from, store_line_fn *line, void *context);

/* --- ledger.c --- */

/* A posting month of an institution, as 2026-09. */
struct ledger_month {
	const char *institution, *month; /* "": all, where that makes sense */
	const char *unit;		 /* LEDGER_TABLE_REVIEW_LINES alone */
};

enum ledger_table {
	LEDGER_TABLE_PERIODS,	   /* of an institution: its months that are not open */
	LEDGER_TABLE_READINESS,	   /* of a month: what stands in the way; column "state" */
	LEDGER_TABLE_VERIFICATION, /* of an institution: closed months; column "kind" null: fine */
	LEDGER_TABLE_BALANCE,
	LEDGER_TABLE_JOURNALS,
	LEDGER_TABLE_REVIEW,	   /* of a month: sums by unit and fund */
	LEDGER_TABLE_REVIEW_LINES, /* of a month and unit */
};

int store_ledger_table(struct store *store, enum ledger_table kind,
	const struct ledger_month *month, struct table *ret);

enum close_step {
	CLOSE_BEGIN,
	CLOSE_FINISH,
	CLOSE_REOPEN,
};

/* Take the step, of which @line says what came; @reason is for CLOSE_REOPEN. This and
 * store_close_waive() within a transaction of store_begin_as_controller(). */
int store_close_step(struct store *store, enum close_step step, const struct ledger_month *month,
	const char *reason, store_line_fn *line, void *context);

enum review_act {
	REVIEW_QUESTION, /* a charge line, why */
	REVIEW_ANSWER,	 /* a question, what */
	REVIEW_REPOINT,	 /* a charge line, a plan, why */
};

/* Do it as whoever signed in, with @arguments, of which only REVIEW_REPOINT has the plan. */
struct review_arguments {
	const char *subject, *reason, *plan;
};

int store_review_act(struct store *store, enum review_act act,
	const struct review_arguments *arguments, store_line_fn *line, void *context);

struct waiver {
	const char *item, *subject /* "": all */, *reason;
};

int store_close_waive(struct store *store, const struct ledger_month *month,
	const struct waiver *waiver, store_line_fn *line, void *context);

struct ledger_journal {
	const char *institution, *code;
};

/* A journal, one row, and its lines, with the members of struct journal_batch and journal_line for
 * columns. -ENOENT: there is none. The caller releases both. */
int store_journal_load(struct store *store, const struct ledger_journal *journal,
	struct table *ret_batch, struct table *ret_lines);

/* @answers: a JSON object of line numbers, 0 for all others, with why each was refused, or "".
 * Within a transaction of store_begin_as_controller(). */
int store_journal_answer(struct store *store, const struct ledger_journal *journal,
	const char *answers, store_line_fn *line, void *context);

/* --- budget.c: as whoever signed in --- */

struct budget_setting {
	const char *institution, *unit, *fiscal_year, *amount;
};

/* Within a transaction; a line for people. */
int store_budget_set(struct store *store, const struct budget_setting *budget, store_line_fn *line,
	void *context);

struct budget_filter {
	const char *institution, *unit; /* and what is below it; "": all */
	const char *fiscal_year;	/* "": the one it is now */
	bool is_exact;			/* else in cents */
};

/* The caller releases *@ret. */
int store_budget_status(struct store *store, const struct budget_filter *filter, struct table *ret);

/* --- metrics.c --- */

enum metrics_kind {
	METRICS_KIND_BUDGETS,
	METRICS_KIND_FUNDS,
	METRICS_KIND_BILLS,
	METRICS_KIND_RATING,
};

/* Columns of text are labels, a numeric one is a metric of its name; of @institution ("": any). The
 * caller releases *@ret. */
int store_metrics(
	struct store *store, enum metrics_kind kind, const char *institution, struct table *ret);

/* --- alert.c --- */

struct alert {
	int64_t id;
	char *body; /* JSON */
};

/* All alerts of @institution ("": any). The caller releases *@ret. */
int store_alert_table(struct store *store, const char *institution, struct table *ret);
/* Hear of new alerts from here on. */
int store_alert_listen(struct store *store);
/* The first alert after @after that waits to be sent; until the transaction ends it is ours. The
 * caller frees ret->body. -ENOENT: there is none. */
int store_alert_next(struct store *store, int64_t after, struct alert *ret);
/* It was sent; @status: of the answer, 0: there was none. */
int store_alert_note(struct store *store, int64_t id, int status);

/* --- usage.c: read-only --- */

/* Sequence up to which the database has a stream, and how many of those are missing. */
int store_usage_progress(struct store *store, const char *topic,
	const uint8_t stream[HM_STREAM_SIZE], int64_t *ret_sequence, int64_t *ret_missing);

/* --- admission.c: each call is a transaction of its own --- */

struct spawn_request {
	const char *hub, *username;
	const char *server; /* "": the default one */
	const char *class;  /* "": none */
	const char *tag;    /* "": none */
	int64_t cpu_milli, memory_mib, gpu_milli, max_seconds;
	bool holds; /* or only asks */
};

/* One row: allowed, lien, held, remaining, plan, reason. -EBADMSG: it can't be asked so. The caller
 * releases *@ret. */
int store_can_spawn(struct store *store, const struct spawn_request *request, struct table *ret);
/* The same as a JSON object, which the caller frees. */
int store_can_spawn_json(struct store *store, const struct spawn_request *request, char **ret);
/* *@ret: was it open? @hubs: those it may be of, with commas between; NULL: any.
 * -EBADMSG: there is no such lien. */
int store_lien_release(
	struct store *store, int64_t lien, const char *reason, const char *hubs, bool *ret);
int store_server_release(struct store *store, const char *hub, const char *username,
	const char *server, const char *reason, bool *ret);
/* The liens that hold something, of @institution ("": all). The caller releases *@ret. */
int store_lien_table(struct store *store, const char *institution, struct table *ret);

/* --- demo.c: a demonstration's usage, as the aggregator writes it --- */

enum demo_rows { DEMO_ROWS_NODES, DEMO_ROWS_SLOTS };

/* Has anybody told the database of an institution? */
int store_demo_is_used(struct store *store, bool *ret);
/* Make the tables that rows are staged in, within a transaction of store_begin_as_aggregator(). */
int store_demo_stage(struct store *store);
/* Whole lines of COPY's text format, piece by piece; columns as in store/sql/demo/demo_stage.sql.
 */
int store_demo_send(struct store *store, enum demo_rows rows, const struct buffer *lines);
/* Add what was staged (usage.demonstrate()). */
int store_demo_apply(struct store *store, int64_t *ret_slots);

/* --- doctor.c: read-only --- */

/* How far each partition was read. The caller frees *@ret. */
int store_doctor_partitions(struct store *store, struct doctor_partition **ret, size_t *ret_count);
int store_doctor_nodes(struct store *store, int64_t silent_after_usec, struct doctor_nodes *ret);
int store_doctor_quarantine(struct store *store, struct doctor_quarantine *ret);
int store_doctor_gaps(struct store *store, struct doctor_gaps *ret);
int store_doctor_measured(struct store *store, struct doctor_names *ret);
int store_doctor_unpriced(struct store *store, struct doctor_names *ret);
int store_doctor_aliases(struct store *store, struct doctor_names *ret);
int store_doctor_groups(struct store *store, struct doctor_names *ret);
int store_doctor_bills(struct store *store, struct doctor_names *ret);
int store_doctor_charts(struct store *store, struct doctor_names *ret);
int store_doctor_homes(struct store *store, struct doctor_names *ret);
int store_doctor_failed(struct store *store, struct doctor_names *ret);
int store_doctor_dirty(struct store *store, struct doctor_dirty *ret);
int store_doctor_funding(struct store *store, struct doctor_funding *ret);
int store_doctor_closing(struct store *store, struct doctor_names *ret);

#endif
