/* Text is all there is to it: no registry, no state between two pages. */
#include "common/metrics/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "hubmeter/cleanup.h"

#define NUMBER_SIZE 32

static void put(struct page *page, const char *text, size_t size)
{
	if (!page->is_cut && buffer_append(&page->text, text, size) < 0)
		page->is_cut = true;
}

static void put_text(struct page *page, const char *text)
{
	put(page, text, strlen(text));
}

static void describe(struct page *page, const struct metric *metric)
{
	if (page->metric == metric)
		return;
	page->metric = metric;
	put_text(page, "# HELP ");
	put_text(page, metric->name);
	put_text(page, " ");
	put_text(page, metric->help);
	put_text(page, "\n# TYPE ");
	put_text(page, metric->name);
	put_text(page, metric->type == METRIC_COUNTER ? " counter\n" : " gauge\n");
}

/* Backslash, quote and line feed are escaped, nothing else. */
static void put_label(struct page *page, const struct metric_label *label)
{
	put_text(page, label->name);
	put_text(page, "=\"");
	for (const char *at = label->value; *at; at++) {
		if (*at == '\n')
			put_text(page, "\\n");
		else if (*at == '\\' || *at == '"')
			put(page, (const char[]){'\\', *at}, 2);
		else
			put(page, at, 1);
	}
	put_text(page, "\"");
}

void page_put_text(struct page *page, const struct metric *metric,
	const struct metric_label *labels, size_t n_labels, const char *figure)
{
	describe(page, metric);
	put_text(page, metric->name);
	for (size_t i = 0; i < n_labels; i++) {
		put_text(page, i == 0 ? "{" : ",");
		put_label(page, &labels[i]);
	}
	put_text(page, n_labels > 0 ? "} " : " ");
	put_text(page, figure);
	put_text(page, "\n");
}

void page_put(struct page *page, const struct metric *metric, const struct metric_label *label,
	uint64_t value)
{
	char number[NUMBER_SIZE];

	(void)snprintf(number, sizeof(number), "%" PRIu64, value); /* fits; so does the next */
	page_put_text(page, metric, label, label ? 1 : 0, number);
}

void page_put_usec(struct page *page, const struct metric *metric, const struct metric_label *label,
	uint64_t usec)
{
	char number[NUMBER_SIZE];

	(void)snprintf(
		number, sizeof(number), "%" PRIu64 ".%06" PRIu64, usec / 1000000, usec % 1000000);
	page_put_text(page, metric, label, label ? 1 : 0, number);
}

/* The second number of /proc/self/statm, in pages. 0: there is none to be read. */
static uint64_t resident_bytes(void)
{
	hm_cleanup(hm_fclosep) FILE *file = fopen("/proc/self/statm", "re");
	char line[128];
	const char *second;

	if (!file || !fgets(line, sizeof(line), file))
		return 0;
	second = strchr(line, ' ');
	return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static uint64_t usec_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000u + (uint64_t)time->tv_usec;
}

/* The names are those of Prometheus's own clients. */
void page_put_process(struct page *page)
{
	static const struct metric memory = {
		"process_resident_memory_bytes", METRIC_GAUGE, "Memory that is resident"};
	static const struct metric cpu = {"process_cpu_seconds_total", METRIC_COUNTER,
		"CPU time of all threads, of the program and of the kernel for it"};
	struct rusage usage;

	page_put(page, &memory, NULL, resident_bytes());
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		page_put_usec(
			page, &cpu, NULL, usec_of(&usage.ru_utime) + usec_of(&usage.ru_stime));
}

void page_print(const struct page *page, FILE *out)
{
	if (page->text.size > 0)
		(void)fwrite(page->text.data, 1, page->text.size, out); /* as is said */
}

void page_clear(struct page *page)
{
	buffer_clear(&page->text);
	page->metric = NULL;
	page->is_cut = false;
}

void page_release(struct page *page)
{
	buffer_release(&page->text);
}
