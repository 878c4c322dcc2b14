/* How much of a limit is used, in the height of a line of text. */
#include "dashboard/chart/private.h"

#define WIDTH 9600

void chart_meter(struct html *html, __int128 value, __int128 limit, const char *label)
{
	__int128 used = chart_add(0, value > 0 ? value : 0);
	__int128 of = chart_add(0, limit);
	struct chart_scale scale;
	int64_t at;

	if (limit <= 0)
		return;
	/* the longer of both is as long as the bar */
	scale = (struct chart_scale){.high = used > of ? used : of, .height = WIDTH};
	at = WIDTH - chart_scale_y(&scale, used > of ? of : used);
	html_print(html,
		"<svg class=\"meter\" role=\"img\" width=\"96\" height=\"12\" viewBox=\"0 0 96 12\">"
		"<title>%s</title><rect class=\"track\" y=\"2\" width=\"96\" height=\"8\"/>"
		"<rect class=\"fill\" y=\"2\" width=\"%s\" height=\"8\"/>",
		label, chart_fixed(at).text);
	if (used > of)
		html_print(html,
			"<rect class=\"over\" x=\"%s\" y=\"2\" width=\"%s\" height=\"8\"/>"
			"<line class=\"limit\" x1=\"%s\" x2=\"%s\" y1=\"0\" y2=\"12\"/>",
			chart_fixed(at).text, chart_fixed(WIDTH - at).text, chart_fixed(at).text,
			chart_fixed(at).text);
	html_print(html, "</svg>");
}
