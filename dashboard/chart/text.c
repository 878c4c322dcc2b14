/* Words and numbers of charts, and the elements around them. */
#include <stdio.h>
#include <string.h>

#include "common/instant.h"
#include "dashboard/chart/private.h"

#define DAY_USEC    INT64_C(86400000000)
#define YEAR_0	    INT64_C(-719528) /* days from 1970 to the first that text can say, */
#define YEAR_9999   INT64_C(2932896) /* and to the last */
#define LINE_HEIGHT 1500
#define ELLIPSIS    "\xe2\x80\xa6"

struct chart_text chart_fixed(int64_t hundredths)
{
	uint64_t size = hundredths < 0 ? -(uint64_t)hundredths : (uint64_t)hundredths;
	struct chart_text text;

	(void)snprintf(text.text, sizeof(text.text), "%s%llu.%02u", hundredths < 0 ? "-" : "",
		(unsigned long long)(size / 100), (unsigned)(size % 100));
	return text;
}

struct chart_text chart_figure(__int128 figure, unsigned decimals)
{
	struct chart_text text;
	char plain[FIGURE_SIZE];
	size_t whole, out = 0;

	figure_print_rounded(figure, 1, decimals, plain);
	whole = strcspn(plain, ".");
	for (size_t at = 0; plain[at]; at++) {
		text.text[out++] = plain[at];
		if (at + 1 < whole && (whole - at - 1) % 3 == 0 && plain[at] != '-')
			text.text[out++] = ',';
	}
	text.text[out] = '\0';
	return text;
}

bool chart_day(const char *text, int64_t *ret)
{
	char instant[INSTANT_SIZE];
	const char *reason;
	int64_t usec;

	if (strlen(text) != strlen("2026-09-01"))
		return false;
	(void)snprintf(instant, sizeof(instant), "%sT00:00:00Z", text);
	if (instant_parse(instant, &usec, &reason) < 0)
		return false;
	*ret = usec / DAY_USEC;
	return true;
}

const char *chart_month_name(unsigned month)
{
	static const char *const names[] = {"", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec"};

	return month < sizeof(names) / sizeof(names[0]) ? names[month] : "";
}

bool chart_month(const char *text, unsigned *ret_year, unsigned *ret_month)
{
	char day[] = "2026-09-01";
	int64_t number;

	if (strlen(text) < strlen("2026-09"))
		return false;
	memcpy(day, text, strlen("2026-09"));
	if (!chart_day(day, &number))
		return false;
	*ret_year = (unsigned)((day[0] - '0') * 1000 + (day[1] - '0') * 100 + (day[2] - '0') * 10 +
			       (day[3] - '0'));
	*ret_month = (unsigned)((day[5] - '0') * 10 + (day[6] - '0'));
	return true;
}

struct chart_text chart_day_of(int64_t number)
{
	struct chart_text text = {""};
	char instant[INSTANT_SIZE];

	if (number >= YEAR_0 && number <= YEAR_9999)
		(void)snprintf(text.text, sizeof(text.text), "%.10s",
			instant_format(number * DAY_USEC, instant));
	return text;
}

static int64_t day_of_month(const char *day)
{
	return (day[8] - '0') * 10 + (day[9] - '0');
}

struct chart_text chart_day_short(int64_t number)
{
	struct chart_text day = chart_day_of(number);
	unsigned year, month;

	if (chart_month(day.text, &year, &month))
		(void)snprintf(day.text, sizeof(day.text), "%d %s", (int)day_of_month(day.text),
			chart_month_name(month));
	return day;
}

int64_t chart_month_begin(int64_t number)
{
	struct chart_text day = chart_day_of(number);

	return *day.text ? number - day_of_month(day.text) + 1 : number;
}

struct chart_text chart_day_text(const char *day)
{
	struct chart_text text;
	unsigned year, month;
	int64_t number;

	if (chart_day(day, &number) && chart_month(day, &year, &month))
		(void)snprintf(text.text, sizeof(text.text), "%.15s %u",
			chart_day_short(number).text, year);
	else
		text = chart_name(day, sizeof("31 December 2026"));
	return text;
}

static void print_label(struct html *html, const char *class, const char *anchor, int64_t x,
	int64_t y, const char *text)
{
	html_print(html, "<text class=\"x%s\" text-anchor=\"%s\" x=\"%s%%\" y=\"%s\">%s</text>",
		class, anchor, chart_fixed(x).text, chart_fixed(y).text, text);
}

void chart_axis_label(struct html *html, struct chart_axis *axis, int64_t x, const char *anchor,
	const char *text, unsigned year, bool is_roomy)
{
	bool is_new = year != axis->year;
	bool is_new_when_narrow = !is_roomy && year != axis->narrow_year;
	char shown[16];

	print_label(html, is_roomy ? " roomy" : "", anchor, x, axis->y, text);
	axis->year = year;
	if (!is_roomy)
		axis->narrow_year = year;
	if (!year || (!is_new && !is_new_when_narrow))
		return;
	(void)snprintf(shown, sizeof(shown), "%u", year);
	print_label(html,
		!is_new		     ? " year tight"
		: is_new_when_narrow ? " year"
				     : " year roomy",
		anchor, x, axis->y + LINE_HEIGHT, shown);
}

size_t chart_stride(size_t n, size_t n_labels_max, const size_t *strides)
{
	size_t stride = *strides;

	while ((n + stride - 1) / stride > n_labels_max) {
		if (*strides && strides[1])
			stride = *++strides;
		else
			stride *= 2;
	}
	return stride;
}

/* Bytes of the character at @at; its columns in *@ret_width, by a rule of thumb that does not call
 * a wide one narrow. */
static size_t character(const char *at, size_t *ret_width)
{
	size_t size = 1;

	while (((unsigned char)at[size] & 0xc0) == 0x80 && size < 4)
		size++;
	*ret_width = (unsigned char)*at >= 0xe3 ? 2 : 1;
	return size;
}

size_t chart_name_width(const char *name)
{
	size_t total = 0, width;

	for (; *name; total += width)
		name += character(name, &width);
	return total;
}

struct chart_text chart_name(const char *name, size_t width_max)
{
	struct chart_text text;
	size_t size = 0, at = 0, used = 0, width;

	while (name[at] && at + 8 < sizeof(text.text)) {
		size_t next = at + character(name + at, &width);

		used += width;
		if (used > width_max)
			break;
		at = next;
		if (used < width_max) /* an ellipsis fits behind it */
			size = at;
	}
	if (!name[at])
		size = at;
	(void)snprintf(
		text.text, sizeof(text.text), "%.*s%s", (int)size, name, name[at] ? ELLIPSIS : "");
	return text;
}

static size_t gutter(size_t n_label)
{
	static const size_t sizes[] = {4, 6, 8, 10, 12, 16, 20, 26};
	size_t i = 0;

	while (i + 1 < sizeof(sizes) / sizeof(sizes[0]) && sizes[i] < n_label)
		i++;
	return sizes[i];
}

void chart_open(
	struct html *html, const char *kind, size_t n_label, int64_t height, const char *title)
{
	html_print(html,
		"<figure class=\"chart\"><svg class=\"%s g%zu\" role=\"img\" width=\"100%%\""
		" height=\"%s\"><title>%s</title>",
		kind, gutter(n_label), chart_fixed(height).text, title);
}

void chart_begin_legend(struct html *html)
{
	html_print(html, "</svg><figcaption><ul class=\"legend\">");
}

void chart_close(struct html *html)
{
	html_print(html, "</ul></figcaption></figure>\n");
}
