/* A real server on a port that the system chose, and a real client. */
#include "common/metrics/endpoint.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/http/http.h"

static const struct metric turn = {"hubmeter_test_turn", METRIC_GAUGE, "How often it was said"};

/* The status; *ret is the body. */
static long ask(const struct endpoint *endpoint, const char *path, struct buffer *ret)
{
	struct http *http = http_new(5, 5);
	char url[64];
	long status = 0;

	assert_non_null(http);
	assert_int_equal(http_set_peer(http, &(struct http_peer){.is_direct = true}), 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", (unsigned)endpoint_port(endpoint),
		path); /* fits */
	assert_int_equal(http_get(http, url, ret, &status), 0);
	http_free(http);
	return status;
}

static void publish(struct endpoint *endpoint, uint64_t number)
{
	struct page page = PAGE_INIT;

	page_put(&page, &turn, NULL, number);
	endpoint_publish(endpoint, &page);
	page_release(&page);
}

static void assert_says(const struct buffer *body, const char *text)
{
	assert_non_null(memmem(body->data, body->size, text, strlen(text)));
}

static void test_the_last_page_is_the_answer(void **state)
{
	struct buffer body = BUFFER_INIT(1 << 20);
	struct page cut = {.text = BUFFER_INIT(4)};
	struct endpoint *endpoint;

	(void)state;
	assert_int_equal(endpoint_new("127.0.0.1:0", &endpoint), 0);
	assert_int_equal(ask(endpoint, "/metrics", &body), 503);
	publish(endpoint, 1);
	assert_int_equal(ask(endpoint, "/metrics", &body), 200);
	assert_says(&body, "\nhubmeter_test_turn 1\n");
	publish(endpoint, 2);
	page_put(&cut, &turn, NULL, 3);
	endpoint_publish(endpoint, &cut);
	assert_int_equal(ask(endpoint, "/metrics", &body), 200);
	assert_says(&body, "\nhubmeter_test_turn 2\n");
	page_release(&cut);
	buffer_release(&body);
	endpoint_free(endpoint);
}

static void test_nothing_else_is_answered(void **state)
{
	struct buffer body = BUFFER_INIT(1 << 20);
	struct endpoint *endpoint;

	(void)state;
	assert_int_equal(endpoint_new("127.0.0.1:0", &endpoint), 0);
	publish(endpoint, 1);
	assert_int_equal(ask(endpoint, "/", &body), 404);
	assert_says(&body, "/metrics");
	assert_int_equal(ask(endpoint, "/metrics/x", &body), 404);
	buffer_release(&body);
	endpoint_free(endpoint);
}

static void test_addresses(void **state)
{
	struct endpoint *endpoint, *second;
	char taken[32];

	(void)state;
	assert_int_equal(endpoint_new("localhost:80", &endpoint), -EINVAL);
	assert_int_equal(endpoint_new("9100", &endpoint), -EINVAL);
	assert_int_equal(endpoint_new("127.0.0.1:0", &endpoint), 0);
	(void)snprintf(taken, sizeof(taken), "127.0.0.1:%u", (unsigned)endpoint_port(endpoint));
	assert_int_equal(endpoint_new(taken, &second), -EADDRINUSE);
	endpoint_free(endpoint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_last_page_is_the_answer),
		cmocka_unit_test(test_nothing_else_is_answered),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
