#include "common/crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/random.h"

static void check(const void *data, size_t size, uint32_t expected)
{
	assert_int_equal(crc32c(0, data, size), expected);
	assert_int_equal(crc32c_portable(0, data, size), expected);
}

/* RFC 3720, appendix B.4. */
static void test_vectors_of_rfc_3720(void **state)
{
	static const unsigned char read_command[48] = {0x01,
		0xc0, [16] = 0x14, [22] = 0x04, [27] = 0x14, [31] = 0x18, [32] = 0x28, [40] = 0x02};
	unsigned char bytes[32];
	size_t i;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	check(bytes, sizeof(bytes), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	check(bytes, sizeof(bytes), 0x62a8ab43);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	check(bytes, sizeof(bytes), 0x46dd794e);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(31 - i);
	check(bytes, sizeof(bytes), 0x113fdb5c);
	check(read_command, sizeof(read_command), 0xd9963a56);
	check("123456789", 9, 0xe3069283);
	check("", 0, 0);
}

static void test_law_parts_give_the_whole(void **state)
{
	struct random_source random = {7};
	unsigned char bytes[300];
	size_t i, size, cut;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)random_u64(&random);
	for (i = 0; i < 2000; i++) {
		size = random_below(&random, sizeof(bytes) + 1);
		cut = random_below(&random, size + 1);
		assert_int_equal(crc32c(0, bytes, size), crc32c_portable(0, bytes, size));
		assert_int_equal(crc32c(crc32c(0, bytes, cut), bytes + cut, size - cut),
			crc32c(0, bytes, size));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_of_rfc_3720),
		cmocka_unit_test(test_law_parts_give_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
