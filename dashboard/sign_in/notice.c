/* One layout, so that no page of sign-in looks like somebody else's. */
#include "dashboard/sign_in/notice.h"

#include <stddef.h>

#include "dashboard/html/html.h"

static void print_head(struct html *html, const struct notice *notice, const char *prefix)
{
	html_print(html,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<title>%s &#183; hubmeter</title>\n"
		"<link rel=\"stylesheet\" href=\"%sstyle.css\">\n"
		"<link rel=\"icon\" href=\"%sfavicon.svg\" type=\"image/svg+xml\">\n</head>\n",
		notice->title, prefix, prefix);
}

static void print_body(struct html *html, const struct notice *notice)
{
	html_print(html, "<body>\n<main class=\"card sign-in\">\n<h1>%s</h1>\n<p>%s</p>\n",
		notice->title, notice->text);
	if (notice->code)
		html_print(html, "<p><code>%s</code></p>\n", notice->code);
	if (notice->link && notice->is_button)
		html_print(html,
			"<form method=\"post\" action=\"%s\">"
			"<button type=\"submit\">%s</button></form>\n",
			notice->link, notice->link_text);
	else if (notice->link)
		html_print(html, "<p><a href=\"%s\">%s</a></p>\n", notice->link, notice->link_text);
	html_print(html, "</main>\n</body>\n</html>\n");
}

void notice_answer(const struct notice *notice, const char *prefix, struct response *response)
{
	struct html html = HTML_INIT(RESPONSE_LIMIT);

	print_head(&html, notice, prefix);
	print_body(&html, notice);
	buffer_release(&response->body);
	response->type = "text/html; charset=utf-8";
	response->status = html_finish(&html, &response->body) < 0 ? 500 : notice->status;
}

void notice_redirect(char *location, struct response *response)
{
	response->status = 302;
	response->type = "text/html; charset=utf-8";
	response->location = location;
}

void notice_fault(const char *prefix, struct response *response)
{
	const struct notice notice = {.status = 500,
		.title = "Sign-in failed",
		.text = "Something went wrong here; the log of hubmeter-dashboard says what.",
		.link = prefix,
		.link_text = "Try again"};

	notice_answer(&notice, prefix, response);
}
