/* Whole documents, for people: a bare number would look like a fault of the hub. */
#include "dashboard/server/error_page.h"

#include <string.h>

#include "dashboard/html/html.h"

#define PAGE_LIMIT   4096u
#define STATUS_FOUND 302

static const struct text {
	unsigned status;
	const char *title, *sentence;
} texts[] = {
	{400, "Not understood", "The server could not make sense of this request."},
	{404, "Not found", "There is no such page."},
	{405, "Not allowed", "This server only answers GET, HEAD and POST."},
	{413, "Too large", "The body of this request is larger than 4 KiB."},
	{414, "Address too long", "The address of this page is longer than 4 KiB."},
	{429, "Too many requests", "Please wait a moment, then load the page again."},
	{503, "Busy", "Too many people are asking right now; please load the page again."},
	/* The last is for all others. */
	{500, "Failed", "The server could not answer; please tell whoever runs it."},
};

void error_page_make(unsigned status, const char *prefix, struct response *ret)
{
	struct html html = HTML_INIT(PAGE_LIMIT);
	const struct text *text = texts;

	while (text->status != status && text < &texts[sizeof(texts) / sizeof(texts[0]) - 1])
		text++;
	html_print(&html,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<title>%s</title>\n</head>\n<body>\n<main>\n"
		"<h1>%s</h1>\n<p>%s</p>\n<p><a href=\"%s\">To the first page</a></p>\n"
		"</main>\n</body>\n</html>\n",
		text->title, text->title, text->sentence, prefix);
	*ret = (struct response){.status = status, .body = BUFFER_INIT(PAGE_LIMIT)};
	if (html_finish(&html, &ret->body) == 0)
		ret->type = "text/html; charset=utf-8";
}

void error_page_redirect(const char *prefix, struct response *ret)
{
	*ret = (struct response){.status = STATUS_FOUND, .body = BUFFER_INIT(PAGE_LIMIT)};
	ret->location = strdup(prefix);
	if (!ret->location)
		error_page_make(503, prefix, ret);
}
