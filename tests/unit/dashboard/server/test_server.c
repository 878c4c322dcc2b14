/* The server over real sockets: what browsers see. */
#include "tests/unit/dashboard/server/served.h"

#include <sys/resource.h>

#include "tests/unit/dashboard/server/caught_log.h"

static bool has(const struct heard *heard, const char *text)
{
	return strstr(heard->text, text) != NULL;
}

static void test_pages_on_one_connection(void **state)
{
	struct served *served = serve((struct server_options){0});
	struct heard heard;
	int fd = ask(served, GET("") GET("none") GET(""));

	(void)state;
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 200);
	assert_string_equal(heard.body, "<p>first page</p>");
	assert_true(has(&heard, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
	assert_true(has(&heard, "\r\nContent-Security-Policy: default-src 'none';"));
	assert_true(has(&heard, "\r\nCache-Control: no-store\r\n"));
	assert_false(has(&heard, "Strict-Transport-Security"));
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 404);
	assert_string_equal(heard.body, "<p>none</p>");
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 200);
	(void)close(fd);
	end_served(served);
}

static void test_head(void **state)
{
	struct served *served = serve((struct server_options){.is_secure = true});
	struct heard heard;
	int fd = ask(served, "HEAD " PREFIX " HTTP/1.1\r\nHost: x\r\n\r\n" GET("echo"));

	(void)state;
	hear(fd, false, &heard);
	assert_int_equal(heard.status, 200);
	assert_int_equal(heard.size, strlen("<p>first page</p>"));
	assert_true(has(&heard, "\r\nStrict-Transport-Security: max-age="));
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 200);
	assert_non_null(strstr(heard.body, "GET worker="));
	(void)close(fd);
	end_served(served);
}

static void test_what_is_asked(void **state)
{
	struct served *served = serve((struct server_options){.n_workers = 1});
	struct heard heard;
	sigset_t mask;
	int fd = ask(served,
		"POST " PREFIX "echo?unit=a%20b&c HTTP/1.1\r\nHost: x\r\nCookie: a=1\r\n"
		"X-Remote-User: ada\r\nCookie: b=2\r\nContent-Length: 3\r\n\r\nx=y" GET("echo"));

	(void)state;
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 200);
	assert_string_equal(heard.body,
		"POST worker=0 address=127.0.0.1 cookies=a=1; b=2 header=ada term=1 unit=a b c=");
	hear(fd, true, &heard);
	assert_string_equal(heard.body, "GET worker=0 address=127.0.0.1 cookies= header=- term=1");
	(void)close(fd);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGTERM), 0);
	end_served(served);
}

static void test_what_an_answer_may_say(void **state)
{
	struct served *served = serve((struct server_options){0});
	struct heard heard;
	int fd = ask(served, GET("file") GET("split") GET("nothing"));

	(void)state;
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 200);
	assert_int_equal(heard.size, 0);
	assert_true(
		has(&heard, "\r\nContent-Disposition: attachment; filename=\"people.csv\"\r\n"));
	assert_true(has(&heard, "\r\nSet-Cookie: a=1; HttpOnly\r\n"));
	assert_true(has(&heard, "\r\nCache-Control: public, max-age=3600\r\n"));
	for (size_t i = 0; i < 2; i++) {
		hear(fd, true, &heard);
		assert_int_equal(heard.status, 500);
		assert_non_null(strstr(heard.body, "<h1>Failed</h1>"));
		assert_false(has(&heard, "Set-Cookie"));
	}
	(void)close(fd);
	end_served(served);
}

static void test_the_prefix(void **state)
{
	struct served *served = serve((struct server_options){0});
	struct heard heard;
	int fd = ask(served, "GET /services/x?a=b HTTP/1.1\r\nHost: x\r\n\r\n");

	(void)state;
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 302);
	assert_true(has(&heard, "\r\nLocation: " PREFIX "\r\n"));
	(void)close(fd);
	assert_int_equal(status_of(served, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 404);
	end_served(served);
}

#define POST "POST " PREFIX " HTTP/1.1\r\nHost: x\r\n"

static void test_what_is_refused(void **state)
{
	static const struct {
		unsigned status;
		const char *request;
	} cases[] = {
		{400, GET("%00")},
		{400, GET("%ff")},
		{400, GET("?a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a")},
		{405, "PUT " PREFIX " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"},
		{405, "DELETE " PREFIX " HTTP/1.1\r\nHost: x\r\n\r\n"},
		{413, POST "Content-Length: 4097\r\n\r\n"},
		{413, POST "Content-Length: 4097\r\nExpect: 100-continue\r\n\r\n"},
		{400, POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"},
		{400, POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx"},
		{400, POST "Transfer-Encoding: gzip\r\n\r\nx"},
		{400, POST "Content-Length : 1\r\n\r\nx"},
		{400, POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
		{400, "GET " PREFIX " HTTP/1.1\r\nHost: x\r\nX-Remote-User: a\r\n"
		      "X-Remote-User: b\r\n\r\n"},
	};
	struct served *served = serve((struct server_options){0});
	struct caught_log log;
	char text[1024];

	(void)state;
	catch_log(&log);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct heard heard;
		int fd = ask(served, cases[i].request);

		hear(fd, true, &heard);
		assert_int_equal(heard.status, cases[i].status);
		assert_true(has(&heard, "\r\nContent-Security-Policy: default-src 'none';"));
		assert_non_null(strstr(heard.body, "<a href=\"" PREFIX "\">"));
		(void)close(fd);
	}
	end_served(served);
	release_log(&log, text, sizeof(text));
	assert_string_equal(text, "<4>event=requests_refused reason=bad_request count=1\n"
				  "<4>event=requests_refused reason=method count=1\n"
				  "<4>event=requests_refused reason=too_large count=1\n");
}

static void test_a_long_target(void **state)
{
	static const char begin[] = "GET " PREFIX, end[] = " HTTP/1.1\r\nHost: x\r\n\r\n";
	struct served *served = serve((struct server_options){0});
	char target[5000];
	struct heard heard;
	int fd = call(served);

	(void)state;
	memset(target, 'a', sizeof(target));
	say(fd, begin, strlen(begin));
	say(fd, target, sizeof(target));
	say(fd, end, strlen(end));
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 414);
	assert_non_null(strstr(heard.body, "4 KiB"));
	(void)close(fd);
	end_served(served);
}

/* A body in chunks tells no length before: up to 64 KiB are read to say that 4 KiB are enough. */
static void test_bodies_in_chunks(void **state)
{
	static const struct {
		size_t n_chunks; /* of 1 KiB */
		unsigned status;
	} cases[] = {{4, 200}, {5, 413}, {64, 413}, {80, 0}};
	struct served *served = serve((struct server_options){0});
	char chunk[1024 + 8] = "400\r\n";

	(void)state;
	memset(chunk + 5, 'x', 1024);
	memcpy(chunk + 5 + 1024, "\r\n", 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct heard heard;
		int fd = ask(served, POST "Transfer-Encoding: chunked\r\n\r\n");

		for (size_t j = 0; j < cases[i].n_chunks; j++)
			say(fd, chunk, 5 + 1024 + 2);
		say(fd, "0\r\n\r\n", 5);
		hear(fd, true, &heard);
		assert_int_equal(heard.status, cases[i].status);
		(void)close(fd);
	}
	end_served(served);
}

static void *drain(void *context)
{
	server_drain(context);
	return NULL;
}

static void test_drain_while_a_request_is_answered(void **state)
{
	struct served *served = serve((struct server_options){0});
	unsigned port = server_port(served->server);
	struct heard heard;
	pthread_t thread;
	int fd = ask(served, GET("wait")), other = call(served), refused;

	(void)state;
	await(served, 1);
	assert_int_equal(pthread_create(&thread, NULL, drain, served->server), 0);
	do {
		refused = try_call(port, 0);
		if (refused >= 0)
			(void)close(refused);
	} while (refused >= 0);
	/* Reset: it stood in line when the listener went. */
	assert_true(refused == -ECONNREFUSED || refused == -ECONNRESET);
	say(other, GET(""), strlen(GET("")));
	hear(other, true, &heard);
	assert_int_equal(heard.status, 200);
	assert_int_equal(pthread_tryjoin_np(thread, NULL), EBUSY);
	release(served);
	hear(fd, true, &heard);
	assert_int_equal(heard.status, 200);
	assert_string_equal(heard.body, "waited");
	assert_true(has(&heard, "\r\nConnection: close\r\n"));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(hear_all(fd), 0);
	(void)close(other);
	(void)close(fd);
	end_served(served);
}

/* Whoever never finishes a request does not hold up the end. */
static void test_drain_ends(void **state)
{
	struct served *served = serve((struct server_options){.request_usec = 100000});
	int fd = ask(served, POST "Content-Length: 10\r\n\r\nx");

	(void)state;
	assert_int_equal(status_of(served, GET("")), 200);
	server_drain(served->server);
	server_drain(served->server);
	end_served(served);
	assert_int_equal(hear_all(fd), 0);
	(void)close(fd);
}

static void test_the_end_with_requests_that_wait(void **state)
{
	struct served *served = serve((struct server_options){.n_workers = 1});
	int fd[4];

	(void)state;
	fd[0] = ask(served, GET("wait"));
	await(served, 1);
	for (size_t i = 1; i < 4; i++)
		fd[i] = ask(served, GET(""));
	end_served(served);
	for (size_t i = 0; i < 4; i++) {
		(void)hear_all(fd[i]);
		(void)close(fd[i]);
	}
}

static void test_what_cannot_start(void **state)
{
	struct served *served = serve((struct server_options){0});
	char listen[32], error[128];
	const struct {
		const char *listen, *prefix;
		size_t n_workers;
		int r;
	} cases[] = {
		{"localhost:0", "/", 1, -EINVAL},
		{"127.0.0.1:0", "", 1, -EINVAL},
		{"127.0.0.1:0", "/x", 1, -EINVAL},
		{"127.0.0.1:0", "x/", 1, -EINVAL},
		{"127.0.0.1:0", "/", 0, -EINVAL},
		{"127.0.0.1:0", "/", SERVER_WORKERS_MAX + 1, -EINVAL},
		{listen, "/", 1, -EADDRINUSE},
	};

	(void)state;
	(void)snprintf(listen, sizeof(listen), "127.0.0.1:%u", server_port(served->server));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct server_options options = {.listen = cases[i].listen,
			.prefix = cases[i].prefix,
			.named_header = "",
			.n_workers = cases[i].n_workers,
			.answer = serve_page};
		struct server *server = NULL;

		error[0] = '\0';
		assert_int_equal(server_start(&options, &server, error, sizeof(error)), cases[i].r);
		assert_null(server);
		assert_string_not_equal(error, "");
	}
	end_served(served);
	server_free(NULL);
}

static void test_descriptors_for_all_connections(void **state)
{
	const rlim_t wanted = SERVER_CONNECTIONS_MAX + 512;
	struct rlimit before, files;
	struct served *served;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	files = (struct rlimit){.rlim_cur = 64, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	served = serve((struct server_options){0});
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	assert_true(files.rlim_cur == (before.rlim_max < wanted ? before.rlim_max : wanted));
	end_served(served);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static void test_the_library(void **state)
{
	(void)state;
	assert_non_null(strstr(server_library(), "libmicrohttpd "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_on_one_connection),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_what_is_asked),
		cmocka_unit_test(test_what_an_answer_may_say),
		cmocka_unit_test(test_the_prefix),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_a_long_target),
		cmocka_unit_test(test_bodies_in_chunks),
		cmocka_unit_test(test_drain_while_a_request_is_answered),
		cmocka_unit_test(test_drain_ends),
		cmocka_unit_test(test_the_end_with_requests_that_wait),
		cmocka_unit_test(test_what_cannot_start),
		cmocka_unit_test(test_descriptors_for_all_connections),
		cmocka_unit_test(test_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
