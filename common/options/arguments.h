/*
 * How options stand in argv, and the refusal of what is wrong with them. Used by options.c.
 */
#ifndef COMMON_OPTIONS_ARGUMENTS_H
#define COMMON_OPTIONS_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/options/options.h"

#define OPTION_NAME_SIZE 128

/* Where values came from, in words for people; NULL: the default. */
struct option_origins {
	char **option; /* one each of the set's descriptors */
	char **pair;   /* one each of the option_pairs, then NULL */
};

struct option_parser {
	const struct option_set *set;
	char *config;
	struct option_origins origins;
	FILE *err;
	const char *file; /* being read */
	size_t line;
	const char *variable; /* of the environment, being read; neither: the command line */
};

/* What a program understands without declaring it. */
enum option_builtin {
	OPTION_BUILTIN_CONFIG,
	OPTION_BUILTIN_DUMP_CONFIG,
	OPTION_BUILTIN_HELP,
	OPTION_BUILTIN_VERSION,
	OPTION_BUILTIN_NONE
};

/* One option as found in argv. */
struct option_argument {
	char name[OPTION_NAME_SIZE]; /* as in the file */
	const char *value;	     /* NULL: a bool without */
	enum option_builtin builtin;
};

/* What the first walk over argv finds out. */
struct option_survey {
	const char *config;
	bool dump, help, version;
	bool *is_word; /* one each of argv */
	int n_words;
};

/* @pointer, unless it is NULL: then memory is out and the program aborts. */
void *option_check_memory(void *pointer);

/* Print one line on err. @name is the option as the user wrote it, or NULL. Returns -EINVAL. */
int option_refuse(const struct option_parser *p, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The descriptor of @name as in the file, or NULL. */
const struct option_descriptor *option_find(const struct option_set *set, const char *name);

/* The part of @name behind "kafka.", or NULL when it is no such pair. */
const char *option_pair_name(const struct option_set *set, const char *name);

/* The option at argv[*at]; *at moves on over its value when that is a word of its own. */
int option_read_argument(
	const struct option_parser *p, int argc, char **argv, int *at, struct option_argument *ret);

/* Check all of @argv. ret->is_word has room for argc. */
int option_survey_arguments(
	const struct option_parser *p, int argc, char **argv, struct option_survey *ret);

/*
 * Words to the end, options before them, both in order: parsing argv again gives the same.
 * Returns the index of the first word.
 */
int option_partition_words(int argc, char **argv, const struct option_survey *survey);

#endif
