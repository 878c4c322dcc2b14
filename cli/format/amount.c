#include "cli/format/amount.h"

#include <errno.h>
#include <string.h>

#include "common/decimal.h"

#define PLACES	     3
#define NUMBER_MAX   32
#define AMOUNT_MAX   1000000000000ULL /* thousandths: far more than there is of anything */
#define HOUR_SECONDS 3600

static int parse(const char *text, uint64_t *ret)
{
	uint64_t value;
	int r = decimal_parse(text, PLACES, &value);

	if (r == -EDOM)
		return -EINVAL;
	if (r < 0)
		return r;
	if (value > AMOUNT_MAX)
		return -ERANGE;
	*ret = value;
	return 0;
}

/* Thousandths as @factor units each, rounded up. */
static int64_t scale(uint64_t milli, uint64_t factor)
{
	return (int64_t)((milli * factor + 999) / 1000);
}

int amount_parse_milli(const char *text, int64_t *ret)
{
	uint64_t milli;
	int r = parse(text, &milli);

	if (r < 0)
		return r;
	*ret = (int64_t)milli;
	return 0;
}

int amount_parse_mib(const char *text, int64_t *ret)
{
	static const struct {
		char letter;
		uint64_t mib;
	} units[] = {{'M', 1}, {'G', 1024}, {'T', 1048576}};
	size_t size = strspn(text, "0123456789.");
	char number[NUMBER_MAX];

	if (!size || size >= sizeof(number) ||
		(text[size] && text[size + 1] && strcmp(text + size + 1, "iB") != 0))
		return -EINVAL;
	memcpy(number, text, size);
	number[size] = '\0';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t milli;
		int r;

		if (units[i].letter != text[size])
			continue;
		r = parse(number, &milli);
		if (r < 0)
			return r;
		*ret = scale(milli, units[i].mib);
		return 0;
	}
	return -EINVAL;
}

int amount_parse_hours(const char *text, int64_t *ret)
{
	uint64_t milli;
	int r = parse(text, &milli);

	if (r < 0)
		return r;
	*ret = scale(milli, HOUR_SECONDS);
	return 0;
}
