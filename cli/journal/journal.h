/*
 * A journal: the lines that a ledger is told of, in batches that balance. Pure.
 *
 * Invariants, which journal_batch_check() and journal_line_check() hold
 *  - A batch is of one institution, one currency, one posting date and one fiscal period.
 *  - Lines are numbered 1, 2, 3, ...; amounts are positive whole cents, a debit or a credit.
 *  - Texts are UTF-8 without control characters, at most JOURNAL_TEXT_MAX bytes; NULL is empty.
 *  - The debits of a batch are its credits (journal_totals_balance()).
 *
 * Whatever is made of a batch is made of these members alone, without a clock: the same batch gives
 * the same bytes.
 */
#ifndef CLI_JOURNAL_JOURNAL_H
#define CLI_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_TEXT_MAX    1024 /* bytes of a text */
#define JOURNAL_ID_MAX	    64	 /* bytes of a batch's id, which names files */
#define JOURNAL_ERROR_SIZE  512	 /* of a message, which may have names in it: safe_text_print() */
#define JOURNAL_CENTS_SIZE  24
#define JOURNAL_DIGEST_SIZE 65 /* SHA-256 in hexadecimal and NUL */

struct journal_batch {
	const char *id;	 /* letters, digits, _ and - */
	uint64_t serial; /* of the batch: never that of another one */
	const char *institution;
	const char *currency;	   /* three letters, ISO 4217 */
	const char *post_date;	   /* YYYY-MM-DD */
	const char *fiscal_year;   /* YYYY */
	const char *fiscal_period; /* two digits */
	const char *preparer;
	const char *approver;
	int64_t approved_usec;	   /* when, UTC, since 1970 */
	const char *closed_digest; /* of the figures that were closed */
	const char *software_rev; /* of the program that closed them, not of the one that renders */
};

/* The columns of the canonical file, in its order. */
struct journal_line {
	const char *batch_id;
	uint64_t line_no;
	const char *post_date;
	const char *fiscal_year;
	const char *fiscal_period;
	const char *institution;
	const char *chart;
	const char *fund;
	const char *org;
	const char *account;
	const char *program;
	const char *activity;
	const char *location;
	const char *project;
	const char *dr_cr; /* "D" or "C" */
	int64_t amount_cents;
	const char *currency;
	const char *description;
	const char *usage_period; /* YYYY-MM, or empty */
	const char *cost_centre;
	const char *kind;
	const char *reverses_line; /* which line this one takes back; empty: none */
	const char *reference;
};

#define JOURNAL_FIELD_COUNT 23

struct journal_field {
	const char *name;
	enum { JOURNAL_FIELD_TEXT, JOURNAL_FIELD_NUMBER, JOURNAL_FIELD_CENTS } type;
	size_t offset; /* of the member in struct journal_line */
};

extern const struct journal_field journal_fields[JOURNAL_FIELD_COUNT];

/* The text @field of @line, never NULL. */
const char *journal_line_text(const struct journal_line *line, const struct journal_field *field);

/* Of a batch, or of what was rendered of it. */
struct journal_totals {
	uint64_t lines;
	int64_t debit_cents;
	int64_t credit_cents;
};

/* 0, or -EBADMSG with the reason in @error. */
int journal_batch_check(const struct journal_batch *batch, char error[JOURNAL_ERROR_SIZE]);

/* Is @line the next one of @batch, behind the lines of @totals? 0, or -EBADMSG. */
int journal_line_check(const struct journal_line *line, const struct journal_batch *batch,
	const struct journal_totals *totals, char error[JOURNAL_ERROR_SIZE]);

bool journal_line_is_debit(const struct journal_line *line);

/* -ERANGE: the sum does not fit; @totals is as before. */
int journal_totals_add(struct journal_totals *totals, const struct journal_line *line);

/* -EBADMSG: no lines, or debits and credits differ. */
int journal_totals_balance(const struct journal_totals *totals, char error[JOURNAL_ERROR_SIZE]);

/* "19.97" */
const char *journal_cents_print(int64_t cents, char ret[JOURNAL_CENTS_SIZE]);

/* Puts the message into @error and gives @r. */
int journal_fail(char error[JOURNAL_ERROR_SIZE], int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
