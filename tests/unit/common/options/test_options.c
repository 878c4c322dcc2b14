#include "common/options/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "hubmeter/version.h"

#define MAX_WORDS 16

struct config {
	char *hub;
	char *node;
	char *db_password;
	uint64_t retries;
	uint64_t port;
	bool once;
	int64_t sample_interval;
	uint64_t spool_size;
	struct option_pairs kafka;
};

#define ROW(name_, type_, default_, metavar_, help_)                                               \
	{                                                                                          \
		.name = #name_, .type = OPTION_TYPE_##type_, .default_value = default_,            \
		.reloadable = false, .metavar = metavar_, .help = help_,                           \
		.offset = offsetof(struct config, name_)                                           \
	}

static const struct option_descriptor descriptors[] = {
	ROW(hub, TEXT, NULL, "NAME", "name of the hub, as in the topic's name"),
	ROW(node, TEXT, "", "NAME",
		"name of this node; empty: the machine's host name, which is what everybody wants "
		"who "
		"has not two collectors on one machine"),
	ROW(db_password, TEXT, "", "TEXT", "a secret"),
	ROW(retries, UINT, "3", "N", "how often to try"),
	ROW(port, UINT, NULL, "PORT", "where to listen"),
	ROW(once, BOOL, "no", "", "one window, then exit"),
	ROW(sample_interval, DURATION, "10s", "DURATION", "time between two samples"),
	ROW(spool_size, SIZE, "16MiB", "SIZE", "largest size of the spool"),
};

static const char *libraries(void)
{
	return "librdkafka 2.0.2, libuv 1.44.2";
}

static const struct option_set set = {
	.program = "hubmeter-test",
	.summary = "Tests the options.",
	.synopsis = "[OPTION]... [WORD]...",
	.descriptor = descriptors,
	.count = sizeof(descriptors) / sizeof(descriptors[0]),
	.pairs_offset = offsetof(struct config, kafka),
	.libraries = libraries,
};

static char file_path[] = "/tmp/hubmeter-options-XXXXXX";

/* One parse and what it said. Release with run_release(). */
struct run {
	struct config config;
	enum option_action action;
	char *out, *err;
	char *words[MAX_WORDS]; /* argv, as the parse left it */
	int argc, first_word;
};

static void write_file(const char *content, size_t size)
{
	FILE *file = fopen(file_path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(content, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void run_set(const struct option_set *options, struct run *run, const char *const *words)
{
	size_t out_size, err_size;
	FILE *out, *err;

	memset(run, 0, sizeof(*run));
	run->words[run->argc++] = (char *)(uintptr_t)options->program;
	for (; *words; words++)
		run->words[run->argc++] = (char *)(uintptr_t)*words;
	run->first_word = -1;
	out = open_memstream(&run->out, &out_size);
	err = open_memstream(&run->err, &err_size);
	assert_non_null(out);
	assert_non_null(err);
	run->action = options_parse(
		options, &run->config, run->argc, run->words, out, err, &run->first_word);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(fclose(err), 0);
}

static void run_release(struct run *run)
{
	options_release(&set, &run->config);
	free(run->out);
	free(run->err);
}

#define RUN(run, ...) run_set(&set, run, (const char *const[]){__VA_ARGS__, NULL})

static void test_defaults(void **state)
{
	struct run run;

	(void)state;
	RUN(&run, "--hub=physics", "--port", "80");
	assert_int_equal(run.action, OPTION_ACTION_RUN);
	assert_string_equal(run.err, "");
	assert_string_equal(run.out, "");
	assert_string_equal(run.config.hub, "physics");
	assert_string_equal(run.config.node, "");
	assert_int_equal(run.config.retries, 3);
	assert_int_equal(run.config.port, 80);
	assert_false(run.config.once);
	assert_int_equal(run.config.sample_interval, 10000000);
	assert_int_equal(run.config.spool_size, 16777216);
	assert_int_equal(run.config.kafka.count, 0);
	assert_int_equal(run.first_word, run.argc);
	run_release(&run);
}

static void test_later_sources_win(void **state)
{
	static const char file[] = "# a comment\n\n  hub =  from file \r\nport=1\n"
				   "\tsample_interval\t=\t5m\n   # another = comment\n"
				   "kafka.bootstrap.servers = a:9092\nkafka.acks = all\nonce = on\n"
				   "node = a = b # c\nretries = 4\nretries = 5";
	struct run run;

	(void)state;
	write_file(file, strlen(file));
	RUN(&run, "--port=2", "--kafka.bootstrap.servers=b:9092", "--config", file_path,
		"--kafka.linger-ms", "5", "--once=no", "--port=3");
	assert_string_equal(run.err, "");
	assert_int_equal(run.action, OPTION_ACTION_RUN);
	assert_string_equal(run.config.hub, "from file");
	assert_string_equal(run.config.node, "a = b # c");
	assert_int_equal(run.config.port, 3);
	assert_int_equal(run.config.retries, 5);
	assert_int_equal(run.config.sample_interval, 300000000);
	assert_false(run.config.once);
	assert_int_equal(run.config.kafka.count, 3);
	assert_string_equal(run.config.kafka.pair[0].name, "bootstrap.servers");
	assert_string_equal(run.config.kafka.pair[0].value, "b:9092");
	assert_string_equal(run.config.kafka.pair[1].name, "acks");
	assert_string_equal(run.config.kafka.pair[2].name, "linger-ms");
	run_release(&run);
}

static void test_dashes_and_flags(void **state)
{
	struct run run;

	(void)state;
	RUN(&run, "--hub", "--physics", "--port=1", "--sample_interval=1s", "--spool-size", "1GiB",
		"--once");
	assert_int_equal(run.action, OPTION_ACTION_RUN);
	assert_string_equal(run.config.hub, "--physics");
	assert_int_equal(run.config.sample_interval, 1000000);
	assert_int_equal(run.config.spool_size, 1073741824);
	assert_true(run.config.once);
	run_release(&run);
}

static void check_words(const struct run *run, const char *const *expected)
{
	int i = run->first_word;

	assert_int_equal(run->action, OPTION_ACTION_RUN);
	for (; *expected; expected++)
		assert_string_equal(run->words[i++], *expected);
	assert_int_equal(i, run->argc);
}

static void test_words_stay_in_order(void **state)
{
	static const char *const expected[] = {
		"import", "people", "-", "--not-an-option", "-x", NULL};
	struct run run, again;
	const char *words[MAX_WORDS] = {NULL};
	int i;

	(void)state;
	RUN(&run, "import", "--hub=h", "people", "--port", "1", "-", "--once", "--",
		"--not-an-option", "-x");
	check_words(&run, expected);
	assert_true(run.config.once);

	for (i = 1; i < run.argc; i++) /* as after SIGHUP: the same argv, once more */
		words[i - 1] = run.words[i];
	run_set(&set, &again, words);
	check_words(&again, expected);
	assert_string_equal(again.config.hub, "h");
	run_release(&run);
	run_release(&again);
}

#define PROGRAM	   "hubmeter-test: "
#define TRY	   "\nTry --help\n"
#define DURATIONS  "a duration such as 250ms, 10s, 5m, 2h or 30d"
#define SIZES	   "a size such as 4096, 64KiB, 16MiB or 1GiB"
#define NOT_SECRET "everybody can read an argument: put it into the --config file"

static void test_bad_command_lines(void **state)
{
	static const struct {
		const char *words[4];
		const char *message;
	} cases[] = {
		{{"--smaple-interval=1s"}, "option \"--smaple-interval\": unknown option"},
		{{"-v"}, "option \"-v\": unknown option"},
		{{"--=x"}, "option \"--\": unknown option"},
		{{"--kafka.=x"}, "option \"--kafka.\": unknown option"},
		{{"--kafkax=x"}, "option \"--kafkax\": unknown option"},
		{{"--hub"}, "option \"--hub\": needs a value"},
		{{"--config"}, "option \"--config\": needs a value"},
		{{"--help=yes"}, "option \"--help\": takes no value"},
		{{"--dump-config=x"}, "option \"--dump-config\": takes no value"},
		{{"--hub="}, "option \"--hub\": must not be empty"},
		{{"--hub", " \t"}, "option \"--hub\": must not be empty"},
		{{"--port="}, "option \"--port\": must not be empty"},
		{{"--hub=a\nb"}, "option \"--hub\": contains a control character"},
		{{"--retries=many"}, "option \"--retries\": \"many\" is not a whole number"},
		{{"--retries", "-1"}, "option \"--retries\": \"-1\" is not a whole number"},
		{{"--retries=18446744073709551616"},
			"option \"--retries\": \"18446744073709551616\" is too large"},
		{{"--once=maybe"}, "option \"--once\": \"maybe\" is not yes or no"},
		{{"--once="}, "option \"--once\": \"\" is not yes or no"},
		{{"--sample-interval=10"},
			"option \"--sample-interval\": \"10\" is not " DURATIONS},
		{{"--sample_interval=106751992d"},
			"option \"--sample_interval\": \"106751992d\" is too large"},
		{{"--spool-size=1TB"}, "option \"--spool-size\": \"1TB\" is not " SIZES},
		{{"--db-password=x"}, "option \"--db-password\": " NOT_SECRET},
		{{"--kafka.sasl.password=x"}, "option \"--kafka.sasl.password\": " NOT_SECRET},
		{{"--kafka.ssl.key.pem", "x"}, "option \"--kafka.ssl.key.pem\": " NOT_SECRET},
		{{"--kafka.sasl.jaas.config=x"},
			"option \"--kafka.sasl.jaas.config\": " NOT_SECRET},
		{{"--port=1"}, "option \"--hub\": must be given, here or in the --config file as "
			       "\"hub = NAME\""},
		{{"--hub=h"}, "option \"--port\": must be given, here or in the --config file as "
			      "\"port = PORT\""},
		{{"--config=/nowhere/x.conf"},
			"cannot read configuration file \"/nowhere/x.conf\" (--config): "
			"No such file or directory"},
		{{"--config=/"}, "cannot read configuration file \"/\" (--config): "
				 "Is a directory"},
	};
	char expected[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run run;

		run_set(&set, &run, cases[i].words);
		(void)snprintf(expected, sizeof(expected), PROGRAM "%s" TRY, cases[i].message);
		assert_string_equal(run.err, expected);
		assert_int_equal(run.action, OPTION_ACTION_EXIT_USAGE);
		assert_string_equal(run.out, "");
		assert_null(run.config.hub);
		run_release(&run);
	}
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *content;
		size_t size; /* 0: up to the NUL */
		const char *message;
	} cases[] = {
		{"hub = h\nsmaple_interval = 10s\n", 0, ":2: unknown option \"smaple_interval\""},
		{"sample-interval = 10s\n", 0, ":1: unknown option \"sample-interval\""},
		{"config = other\n", 0, ":1: unknown option \"config\""},
		{"kafka. = x\n", 0, ":1: unknown option \"kafka.\""},
		{"\n\nhub\n", 0, ":3: line is not \"name = value\""},
		{"= x\n", 0, ":1: line is not \"name = value\""},
		{"[section]\n", 0, ":1: line is not \"name = value\""},
		{"hub =\n", 0, ":1: option \"hub\": must not be empty"},
		{"hub = a\x01\n", 0, ":1: option \"hub\": contains a control character"},
		{"hub = a\0b\n", 10, ":1: line contains a NUL byte"},
		{"# x\nsample_interval = 10x\n", 0,
			":2: option \"sample_interval\": \"10x\" is not " DURATIONS},
		{"once = perhaps", 0, ":1: option \"once\": \"perhaps\" is not yes or no"},
	};
	char expected[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct run run;

		write_file(
			cases[i].content, cases[i].size ? cases[i].size : strlen(cases[i].content));
		RUN(&run, "--config", file_path);
		(void)snprintf(expected, sizeof(expected), "%s%s" TRY, file_path, cases[i].message);
		assert_string_equal(run.err, expected);
		assert_int_equal(run.action, OPTION_ACTION_EXIT_USAGE);
		run_release(&run);
	}
}

static void test_a_program_without_kafka(void **state)
{
	struct option_set plain = set;
	struct run run;

	(void)state;
	plain.pairs_offset = SIZE_MAX;
	run_set(&plain, &run, (const char *const[]){"--kafka.acks=all", NULL});
	assert_string_equal(run.err, PROGRAM "option \"--kafka.acks\": unknown option" TRY);
	run_release(&run);
	run_set(&plain, &run, (const char *const[]){"--help", NULL});
	assert_null(strstr(run.out, "kafka"));
	run_release(&run);
	run_set(&plain, &run, (const char *const[]){"--dump-config", NULL});
	assert_non_null(strstr(run.out, "# hub must be given\n"));
	run_release(&run);
}

static void assert_lines_without_origins(const char *dump, const char *expected)
{
	hm_cleanup(hm_freep) char *text = calloc(strlen(dump) + 1, 1);
	size_t used = 0;

	while (*dump) {
		size_t size = strcspn(dump, "\n") + 1;

		if (*dump != '#') {
			memcpy(text + used, dump, size);
			used += size;
		}
		dump += size;
	}
	assert_string_equal(text, expected);
}

static void test_dump(void **state)
{
	static const char file[] = "db_password = geheim\nkafka.sasl.password = geheim\n"
				   "kafka.client.secret = geheim\nkafka.acks = all\n";
	struct run run;

	(void)state;
	write_file(file, strlen(file));
	RUN(&run, "--dump-config", "--config", file_path, "--hub=h", "--once", "--spool-size=8192",
		"--node=a b", "--sample-interval", "90s");
	assert_int_equal(run.action, OPTION_ACTION_EXIT_OK);
	assert_string_equal(run.err, "");
	assert_lines_without_origins(run.out,
		"\nhub = h\nnode = a b\ndb_password = ***\nretries = 3\n"
		"once = yes\nsample_interval = 90s\nspool_size = 8KiB\nkafka.sasl.password = ***\n"
		"kafka.client.secret = ***\nkafka.acks = all\n");
	assert_non_null(strstr(run.out, "# port must be given\n"));
	run_release(&run);
}

static void test_law_dump_parses_back(void **state)
{
	struct run run, again;

	(void)state;
	RUN(&run, "--hub=h = #x", "--port=65535", "--once", "--spool-size=18446744073709551615",
		"--sample-interval=1ms", "--kafka.b=2", "--kafka.a= 1 ", "--kafka.b=3",
		"--dump-config");
	write_file(run.out, strlen(run.out));
	RUN(&again, "--config", file_path, "--dump-config");
	assert_string_equal(again.err, "");
	write_file(again.out, strlen(again.out)); /* now every value comes from the file */
	run_release(&run);
	RUN(&run, "--config", file_path, "--dump-config");
	assert_string_equal(again.out, run.out);
	run_release(&run);
	run_release(&again);
	RUN(&again, "--config", file_path);
	assert_int_equal(again.action, OPTION_ACTION_RUN);
	assert_string_equal(again.config.hub, "h = #x");
	assert_true(again.config.spool_size == UINT64_MAX);
	assert_int_equal(again.config.sample_interval, 1000);
	assert_int_equal(again.config.kafka.count, 2);
	assert_string_equal(again.config.kafka.pair[0].value, "3");
	run_release(&again);
}

static void check_width(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (length > 80)
			fail_msg("line of %zu columns: %.*s", length, (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void test_help(void **state)
{
	struct run run;

	(void)state;
	RUN(&run, "--once", "--help", "--nonsense");
	assert_int_equal(run.action, OPTION_ACTION_EXIT_OK);
	assert_string_equal(run.err, "");
	check_width(run.out);
	assert_non_null(strstr(run.out,
		"Usage: hubmeter-test [OPTION]... [WORD]...\nTests the options.\n\nOptions"));
	assert_non_null(strstr(run.out,
		"  --hub=NAME                  name of the hub, as in the topic's name (must be\n"
		"                              given)\n"));
	assert_non_null(strstr(run.out,
		"  --sample-interval=DURATION  time between two samples (default: 10s)\n"));
	assert_non_null(strstr(
		run.out, "  --once                      one window, then exit (default: no)\n"));
	assert_non_null(strstr(run.out, "\nKafka client"));
	assert_non_null(strstr(run.out, "  --kafka.SETTING=VALUE "));
	assert_non_null(strstr(run.out, "\nGeneral:\n  --config=FILE "));
	run_release(&run);
}

static void test_version(void **state)
{
	struct option_set bare = set;
	struct run run;

	(void)state;
	RUN(&run, "--version");
	assert_int_equal(run.action, OPTION_ACTION_EXIT_OK);
	assert_string_equal(
		run.out, "hubmeter-test " HUBMETER_VERSION "\nlibrdkafka 2.0.2, libuv 1.44.2\n");
	run_release(&run);
	bare.libraries = NULL;
	run_set(&bare, &run, (const char *const[]){"--version", NULL});
	assert_string_equal(run.out, "hubmeter-test " HUBMETER_VERSION "\n");
	run_release(&run);
}

static int make_file(void **state)
{
	int fd = mkstemp(file_path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_later_sources_win),
		cmocka_unit_test(test_dashes_and_flags),
		cmocka_unit_test(test_words_stay_in_order),
		cmocka_unit_test(test_bad_command_lines),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_a_program_without_kafka),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_law_dump_parses_back),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
