/* Laws: what is reloadable is as in the new configuration, all else as in the old one, and of
 * each option that differs it is said which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/options/options.h"

struct config {
	char *text, *fixed_text;
	bool flag, fixed_flag;
	int64_t time, fixed_time;
	uint64_t size, count;
	struct option_pairs kafka;
};

#define ROW(name_, type_, default_, reloadable_)                                                   \
	{                                                                                          \
		.name = #name_, .type = OPTION_TYPE_##type_, .default_value = default_,            \
		.reloadable = reloadable_, .metavar = "X", .help = "x",                            \
		.offset = offsetof(struct config, name_)                                           \
	}

static const struct option_descriptor descriptors[] = {
	ROW(text, TEXT, "a", true),
	ROW(fixed_text, TEXT, "a", false),
	ROW(flag, BOOL, "no", true),
	ROW(fixed_flag, BOOL, "no", false),
	ROW(time, DURATION, "1s", true),
	ROW(fixed_time, DURATION, "1s", false),
	ROW(size, SIZE, "1KiB", true),
	ROW(count, UINT, "1", true),
};

static const struct option_set set = {
	.program = "hubmeter-test",
	.summary = "Tests.",
	.synopsis = "",
	.descriptor = descriptors,
	.count = sizeof(descriptors) / sizeof(*descriptors),
	.pairs_offset = offsetof(struct config, kafka),
};

static void parse(struct config *config, const char *const *words)
{
	char *argv[16] = {(char[]){"hubmeter-test"}};
	int argc = 1, word;

	for (; *words; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	memset(config, 0, sizeof(*config));
	assert_int_equal(
		options_parse(&set, config, argc, argv, stdout, stderr, &word), OPTION_ACTION_RUN);
}

static void note(void *context, const char *name, bool is_taken)
{
	char *said = context;

	sprintf(said + strlen(said), "%c%s ", is_taken ? '+' : '-', name);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void reload(
	struct config *config, const char *const *before, const char *const *after, char *said)
{
	struct config fresh;

	*said = '\0';
	parse(config, before);
	parse(&fresh, after);
	options_reload(&set, config, &fresh, note, said);
	options_release(&set, &fresh);
}

static void test_nothing_changed(void **state)
{
	struct config config;
	char said[256];

	(void)state;
	reload(&config, WORDS("--text=b", "--kafka.x=1"), WORDS("--text=b", "--kafka.x=1"), said);
	assert_string_equal(said, "");
	assert_string_equal(config.text, "b");
	options_release(&set, &config);
}

static void test_all_changed(void **state)
{
	struct config config;
	char said[256];

	(void)state;
	reload(&config, WORDS("--kafka.x=1"),
		WORDS("--text=b", "--fixed-text=b", "--flag", "--fixed-flag", "--time=2s",
			"--fixed-time=2s", "--size=2KiB", "--count=2", "--kafka.x=2"),
		said);
	assert_string_equal(said, "+text -fixed_text +flag -fixed_flag +time -fixed_time +size "
				  "+count -kafka ");
	assert_string_equal(config.text, "b");
	assert_string_equal(config.fixed_text, "a");
	assert_true(config.flag);
	assert_false(config.fixed_flag);
	assert_int_equal(config.time, 2000000);
	assert_int_equal(config.fixed_time, 1000000);
	assert_int_equal(config.size, 2048);
	assert_int_equal(config.count, 2);
	assert_string_equal(config.kafka.pair[0].value, "1");
	options_release(&set, &config);
}

static void test_pairs(void **state)
{
	static const char *const others[] = {"--kafka.x=2", "--kafka.y=1", "--flag=no"};
	struct config config;
	char said[256];

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		reload(&config, WORDS("--kafka.x=1"), WORDS(others[i]), said);
		assert_string_equal(said, "-kafka ");
		options_release(&set, &config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_changed),
		cmocka_unit_test(test_all_changed),
		cmocka_unit_test(test_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
