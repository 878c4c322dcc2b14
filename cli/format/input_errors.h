/*
 * What is wrong with a file, told line by line on standard error, up to a limit:
 *
 *	people.csv:7: column "username": "x y": has a blank
 *
 * Use: a struct csv_handler takes input_errors_put() and input_errors_note(), with the errors as
 * what they are given (complaints); at the end ask for count.
 */
#ifndef CLI_FORMAT_INPUT_ERRORS_H
#define CLI_FORMAT_INPUT_ERRORS_H

#include <stdint.h>

#define INPUT_ERRORS_SHOWN 20

struct input_errors {
	const char *path; /* as errors name the file */
	uint64_t count;
	uint64_t warnings;
};

/* One error; @context is the struct input_errors. @column and @value may be NULL. */
void input_errors_put(
	void *context, unsigned line, const char *column, const char *value, const char *reason);

/* What may be right but looks like a slip: "people.csv:7: warning: column ...". */
void input_errors_warn(struct input_errors *errors, unsigned line, const char *column,
	const char *value, const char *reason);

/* What is worth knowing but no error: "people.csv:7: note: TEXT"; @context as above. */
void input_errors_note(void *context, unsigned line, const char *text);

/* "7 more errors" where there are, and what was not done: "nothing was sent". */
void input_errors_end(const struct input_errors *errors, const char *consequence);

#endif
