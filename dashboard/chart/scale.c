/* Round steps and places by whole numbers: what is drawn is as exact as what is printed. */
#include <stdint.h>
#include <string.h>

#include "dashboard/chart/private.h"

#define STEPS_MAX  5 /* that the values take; the ends are rounded outwards */
#define TICKS_MAX  16
#define LABEL_DOWN 400 /* from a line to the baseline of its label */
#define UNIT_ABOVE 1600

/* 10^36, below which a difference of two and their fifth are far from the end of the type. */
static __int128 drawable_max(void)
{
	return (__int128)1000000000000000000 * 1000000000000000000;
}

static __int128 drawable(__int128 value)
{
	__int128 max = drawable_max();

	return value > max ? max : value < -max ? -max : value;
}

__int128 chart_add(__int128 a, __int128 b)
{
	return drawable(drawable(a) + drawable(b));
}

/* The smallest of 1, 2 and 5 times a power of ten that is not below @least. */
static __int128 round_step(__int128 least, unsigned *ret_decimals)
{
	static const int factors[] = {1, 2, 5};
	__int128 power = 1;
	unsigned digits = 0;

	for (;; power *= 10, digits++) {
		for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
			if (power * factors[i] < least)
				continue;
			*ret_decimals = digits < 9 ? 9 - digits : 0;
			return power * factors[i];
		}
	}
}

/* @value in whole steps, away from 0. */
static __int128 outwards(__int128 value, __int128 step)
{
	__int128 steps = value / step;

	if (steps * step != value)
		steps += value < 0 ? -1 : 1;
	return steps * step;
}

void chart_scale_init(
	struct chart_scale *scale, __int128 low, __int128 high, int64_t top, int64_t height)
{
	low = low < 0 ? drawable(low) : 0;
	high = high > 0 ? drawable(high) : 0;
	*scale = (struct chart_scale){.top = top, .height = height};
	if (low == high) { /* nothing to measure: 0, and something above it */
		scale->high = scale->step = CHART_UNIT;
		return;
	}
	scale->step = round_step((high - low + STEPS_MAX - 1) / STEPS_MAX, &scale->decimals);
	scale->low = outwards(low, scale->step);
	scale->high = outwards(high, scale->step);
}

int64_t chart_scale_y(const struct chart_scale *scale, __int128 value)
{
	__int128 range = scale->high - scale->low;
	__int128 below;

	value = value < scale->low ? scale->low : value > scale->high ? scale->high : value;
	below = scale->high - value;
	/* so that the product with the height fits */
	while (range > drawable_max() / 1000000) {
		range /= 1000;
		below /= 1000;
	}
	return scale->top + (int64_t)((below * scale->height + range / 2) / range);
}

size_t chart_scale_label_size(const struct chart_scale *scale, const char *unit)
{
	size_t low = strlen(chart_figure(scale->low, scale->decimals).text);
	size_t high = strlen(chart_figure(scale->high, scale->decimals).text);
	size_t label = low > high ? low : high;
	size_t name = chart_name_width(unit);

	return label > name ? label : name;
}

static void draw_line(struct html *html, const char *class, int64_t y)
{
	html_print(html, "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%s\" y2=\"%s\"/>", class,
		chart_fixed(y).text, chart_fixed(y).text);
}

void chart_scale_draw(struct html *html, const struct chart_scale *scale, const char *unit)
{
	__int128 value = scale->low;

	html_print(html, "<text class=\"y unit\" x=\"-8\" y=\"%s\">%s</text>",
		chart_fixed(scale->top - UNIT_ABOVE).text, unit);
	for (int i = 0; i < TICKS_MAX && value <= scale->high; i++, value += scale->step) {
		int64_t y = chart_scale_y(scale, value);

		if (value)
			draw_line(html, "grid", y);
		html_print(html, "<text class=\"y\" x=\"-8\" y=\"%s\">%s</text>",
			chart_fixed(y + LABEL_DOWN).text,
			chart_figure(value, scale->decimals).text);
	}
}

void chart_scale_draw_zero(struct html *html, const struct chart_scale *scale)
{
	draw_line(html, "zero", chart_scale_y(scale, 0));
}
