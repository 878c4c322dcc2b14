/*
 * Options of a program: one row each in its options.def, from which come the parser, --help,
 * --dump-config, the manual page and the sample file (tests/lint checks the latter two).
 *
 *	OPTION(name, TYPE, default, reloadable, metavar, help)
 *
 * expanded by the program into a struct with one field per option and a table of descriptors:
 *
 *	struct config {
 *	#define OPTION(name, type, ...) OPTION_FIELD_##type(name)
 *	#include "collector/options.def"
 *	#undef OPTION
 *		struct option_pairs kafka;
 *	};
 *
 * Sources, later wins: defaults, one configuration file (lines `name = value`, # starts a comment
 * line), environment variables, the command line (--name=value or --name value; _ and - are the
 * same in a long option). --dump-config says of every value where it came from.
 * The file is that of --config; without it, where the set names them, that of its config_variable,
 * else the first that exists of config_path below $XDG_CONFIG_HOME (~/.config) and below /etc.
 * Options named `kafka.*` are not declared: they are collected in order for librdkafka.
 *
 * Errors are one line: `collector.conf:12: unknown option "smaple_interval"`, or for the command
 * line `hubmeter-collector: option "--smaple-interval": unknown option`, then "Try --help".
 */
#ifndef COMMON_OPTIONS_OPTIONS_H
#define COMMON_OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
	OPTION_TYPE_TEXT,     /* char *, never NULL */
	OPTION_TYPE_UINT,     /* uint64_t */
	OPTION_TYPE_BOOL,     /* bool: yes/no/true/false/on/off/1/0 */
	OPTION_TYPE_DURATION, /* int64_t microseconds: 250ms, 10s, 5m, 2h, 30d */
	OPTION_TYPE_SIZE      /* uint64_t bytes: 4096, 64KiB, 16MiB, 1GiB */
};

#define OPTION_FIELD_TEXT(name)	    char *name;
#define OPTION_FIELD_UINT(name)	    uint64_t name;
#define OPTION_FIELD_BOOL(name)	    bool name;
#define OPTION_FIELD_DURATION(name) int64_t name;
#define OPTION_FIELD_SIZE(name)	    uint64_t name;

struct option_descriptor {
	const char *name; /* as in the file: sample_interval */
	enum option_type type;
	const char *default_value; /* as a user would write it; NULL: must be given */
	bool reloadable;
	const char *metavar;
	const char *help;
	size_t offset; /* of the field in the program's struct */
};

struct option_pair {
	char *name; /* without the kafka. prefix */
	char *value;
};

/* Settings that go to a library untouched. */
struct option_pairs {
	struct option_pair *pair;
	size_t count;
};

/* An environment variable that sets an option; empty it counts as not set. */
struct option_variable {
	const char *variable; /* HUBMETER_POSTGRES */
	const char *option;   /* as in the file: postgres, kafka.bootstrap.servers */
};

struct option_set {
	const char *program;  /* hubmeter-collector */
	const char *summary;  /* one line for --help */
	const char *synopsis; /* "[OPTION]..." */
	const struct option_descriptor *descriptor;
	size_t count;
	size_t pairs_offset; /* of a struct option_pairs; SIZE_MAX: the program takes no kafka.* */
	const char *(*libraries)(void); /* for --version: "librdkafka 2.0.2, libuv 1.44.2" */

	/* What is read without being asked for; all NULL or 0: nothing. */
	const char *config_variable; /* HUBMETER_CONFIG: names the configuration file */
	const char *config_path; /* hubmeter/hubmeter.conf, below the user's directory and /etc */
	const struct option_variable *variable;
	size_t n_variables;
};

/* What a parse asks the caller to do. */
enum option_action {
	OPTION_ACTION_RUN,
	OPTION_ACTION_EXIT_OK,	 /* --help, --version or --dump-config was answered on @out */
	OPTION_ACTION_EXIT_USAGE /* the error was printed on @err: exit status 2 */
};

/*
 * Parse @argv into the zeroed struct @config. Understands --config, --dump-config, --help and
 * --version by itself. Remaining words (not starting with -, or behind --) are left in
 * argv[*ret_first_word .. argc), options before them, so that argv can be parsed again. Secrets
 * are refused in an argument; they, and passwords within a value, are dumped as "***". A bool needs
 * no value (--once) and takes one only behind "=". Unless told to run, @config is released again.
 */
enum option_action options_parse(const struct option_set *set, void *config, int argc, char **argv,
	FILE *out, FILE *err, int *ret_first_word);

/*
 * Take what is reloadable of @fresh into @config, both as options_parse() left them; the caller
 * releases both. @note: of every option that differs, whether it was taken; `kafka` stands for all
 * pairs, which never are. A text that was taken moves: nobody may have borrowed the old one.
 */
void options_reload(const struct option_set *set, void *config, void *fresh,
	void (*note)(void *context, const char *name, bool is_taken), void *context);

/* How a program came to its configuration: @parse is its own, judging included. */
struct option_reading {
	enum option_action (*parse)(void *config, int argc, char **argv, FILE *out, FILE *err);
	int argc;
	char **argv; /* borrowed, as options_parse() left it */
};

/*
 * What SIGHUP asks for: all of it again, into the zeroed @fresh, from which @config takes what is
 * reloadable. Either the new configuration is sound as a whole or nothing changes; the log says
 * what was taken, what waits for a restart, or why it was refused. -EINVAL: refused. -ENOMEM.
 */
int options_reread(const struct option_set *set, const struct option_reading *reading, void *config,
	void *fresh);

/*
 * What a program finds wrong with its values taken together (@wrong, as "option \"x\": ..."; NULL:
 * nothing), or a
 * @word that it does not take (NULL: none): printed like every other error.
 */
enum option_action options_judge(
	const struct option_set *set, const char *wrong, const char *word, FILE *err);

void options_release(const struct option_set *set, void *config);

/* One value by itself. 0 or -EINVAL; -ERANGE when it does not fit. */
int option_parse_duration(const char *text, int64_t *ret_usec);
int option_parse_size(const char *text, uint64_t *ret_bytes);

#endif
