/* Who gets a request: nobody's go to sign-in, all others to pages, as whoever asks. */
#include "dashboard/dashboard.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/asset/asset.h"
#include "dashboard/page/layout.h"
#include "dashboard/page/page.h"
#include "dashboard/server/server.h"
#include "dashboard/sign_in/sign_in.h"
#include "dashboard/store/store.h"
#include "hubmeter/cleanup.h"

struct dashboard {
	const struct config *config;
	_Atomic(struct server *) server; /* NULL: it only begins to listen */
	struct sign_in *sign_in;
	struct store *store[SERVER_WORKERS_MAX]; /* one for each worker */
};

struct asset {
	const char *path, *type;
	const unsigned char *data;
	const size_t *size;
};

static const struct asset assets[] = {
	{"style.css", "text/css; charset=utf-8", asset_style_css, &asset_style_css_size},
	{"script.js", "text/javascript; charset=utf-8", asset_script_js, &asset_script_js_size},
	{"favicon.svg", "image/svg+xml", asset_favicon_svg, &asset_favicon_svg_size},
};

static const struct asset *find_asset(const char *path)
{
	for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++) {
		if (strcmp(assets[i].path, path) == 0)
			return &assets[i];
	}
	return NULL;
}

/* A reader's part of the workers is for pages: all else is quick, or limits itself. */
static void find_whose(void *context, const struct request *request, char ret[REQUEST_WHOSE_SIZE])
{
	const struct dashboard *dashboard = context;

	static_assert(REQUEST_WHOSE_SIZE >= IDENTITY_SIZE, "identities fit");
	if (find_asset(request->path) || strcmp(request->path, "healthz") == 0 ||
		sign_in_owns(request->path) || !sign_in_identify(dashboard->sign_in, request, ret))
		*ret = '\0';
}

static bool answer_asset(const char *path, struct response *response)
{
	const struct asset *asset = find_asset(path);

	if (!asset)
		return false;
	response->status = 200;
	response->type = asset->type;
	response->may_be_cached = true;
	if (buffer_append(&response->body, asset->data, *asset->size) < 0)
		response->status = 503;
	return true;
}

/* For whoever watches the service: whether pages can be made now. */
static void answer_health(struct store *store, struct response *response)
{
	bool is_well = store_begin(store, "") == 0;
	const char *text = is_well ? "ok\n" : "the database does not answer\n";

	if (is_well)
		store_end(store);
	response->status = is_well ? 200 : 503;
	response->type = "text/plain; charset=utf-8";
	if (buffer_append(&response->body, text, strlen(text)) < 0)
		response->status = 503;
}

static void answer_reader(struct dashboard *dashboard, size_t worker, const struct request *request,
	struct response *response)
{
	const char *identity = request->whose;
	struct server *server = atomic_load(&dashboard->server);

	if (server && !server_allows(server, identity))
		layout_say(
			response, 429, "Too many pages at once", "Wait a few seconds.", identity);
	else if (request->is_post)
		layout_say(response, 405, "Pages can only be read",
			"There is nothing to change here.", identity);
	else
		page_answer(dashboard->store[worker], identity, false, request, response);
}

static void answer(
	void *context, size_t worker, const struct request *request, struct response *response)
{
	struct dashboard *dashboard = context;

	if (answer_asset(request->path, response))
		return;
	if (strcmp(request->path, "healthz") == 0)
		answer_health(dashboard->store[worker], response);
	else if (sign_in_owns(request->path))
		sign_in_answer(dashboard->sign_in, worker, request, response);
	else if (!*request->whose)
		sign_in_ask(dashboard->sign_in, request, response);
	else
		answer_reader(dashboard, worker, request, response);
}

static int fail(int r, char *error, size_t size, const char *reason)
{
	(void)snprintf(error, size, "%s", reason);
	return r;
}

/* A database that is not there yet, or not ours, is said at once; later it may come and go. */
static int open_stores(struct dashboard *dashboard, char *error, size_t error_size)
{
	int r;

	for (size_t i = 0; i < dashboard->config->connections; i++) {
		dashboard->store[i] = store_new(
			dashboard->config->postgres, dashboard->config->statement_timeout);
		if (!dashboard->store[i])
			return fail(-ENOMEM, error, error_size, "out of memory");
	}
	r = store_begin(dashboard->store[0], "");
	if (r < 0)
		return fail(r == -EINVAL ? -EIO : r, error, error_size,
			store_error(dashboard->store[0]));
	store_end(dashboard->store[0]);
	return 0;
}

static int open_sign_in(struct dashboard *dashboard, char *error, size_t error_size)
{
	const struct config *config = dashboard->config;
	bool has_hub =
		*config->hub_name; /* without one its other options are what they are by default */
	const struct sign_in_options options = {
		.way = config->way,
		.prefix = config->prefix,
		.is_secure = !config->plain_http && config->way != SIGN_IN_WAY_LINK,
		.session_usec = config->session_time,
		.n_workers = config->connections,
		.clock = &clock_system,
		.hub_name = config->hub_name,
		.hub_url = has_hub ? config->hub_url : "",
		.hub_api_url = config->hub_api_url,
		.client_id = has_hub ? config->client_id : "",
		.client_secret = config->client_secret,
		.proxy_from = config->proxy_from,
		.link_file = config->link_file,
		.local_name = config->local_name,
	};

	return sign_in_new(&options, &dashboard->sign_in, error, error_size);
}

static int listen_now(struct dashboard *dashboard, char *error, size_t error_size)
{
	const struct config *config = dashboard->config;
	const struct server_options options = {
		.listen = config->listen,
		.prefix = config->prefix,
		.named_header = config->way == SIGN_IN_WAY_PROXY ? config->proxy_header : "",
		.is_secure = !config->plain_http && config->way != SIGN_IN_WAY_LINK,
		.n_workers = config->connections,
		.answer = answer,
		.whose = find_whose,
		.context = dashboard,
	};
	char reason[256];
	struct server *server;
	int r = server_start(&options, &server, reason, sizeof(reason));

	if (r == 0)
		atomic_store(&dashboard->server, server);
	else
		(void)snprintf(
			error, error_size, "cannot listen on \"%s\": %s", config->listen, reason);
	return r;
}

/* Where we listen; of all addresses, which are none to go to, that of this machine. */
static int host_of(const char *listen, const char **ret)
{
	const char *colon = strrchr(listen, ':');

	*ret = listen;
	if (strncmp(listen, "0.0.0.0:", strlen("0.0.0.0:")) == 0)
		*ret = "127.0.0.1";
	else if (strncmp(listen, "[::]:", strlen("[::]:")) == 0)
		*ret = "[::1]";
	else
		return (int)(colon ? colon - listen : 0);
	return (int)strlen(*ret);
}

/* The address as it was given, with the port as it is. */
static int write_link(struct dashboard *dashboard, char *error, size_t error_size)
{
	const char *host;
	int size = host_of(dashboard->config->listen, &host);
	char base[512];

	if (dashboard->config->way != SIGN_IN_WAY_LINK)
		return 0;
	(void)snprintf(base, sizeof(base), "http://%.*s:%u%s", size, host,
		dashboard_port(dashboard), dashboard->config->prefix);
	return sign_in_write_link(dashboard->sign_in, base, error, error_size);
}

static void dashboard_free(struct dashboard *dashboard)
{
	struct server *server = atomic_load(&dashboard->server);

	server_free(server);
	sign_in_free(dashboard->sign_in);
	for (size_t i = 0; i < SERVER_WORKERS_MAX; i++)
		store_free(dashboard->store[i]);
	free(dashboard);
}

static void dashboard_freep(struct dashboard **dashboard)
{
	if (*dashboard)
		dashboard_free(*dashboard);
}

int dashboard_start(
	const struct config *config, struct dashboard **ret, char *error, size_t error_size)
{
	hm_cleanup(dashboard_freep) struct dashboard *dashboard = calloc(1, sizeof(*dashboard));
	int r;

	if (!dashboard)
		return fail(-ENOMEM, error, error_size, "out of memory");
	dashboard->config = config;
	r = open_sign_in(dashboard, error, error_size);
	if (r == 0)
		r = open_stores(dashboard, error, error_size);
	if (r == 0)
		r = listen_now(dashboard, error, error_size);
	if (r == 0)
		r = write_link(dashboard, error, error_size);
	if (r < 0)
		return r;

	*ret = hm_steal(&dashboard);
	return 0;
}

unsigned dashboard_port(const struct dashboard *dashboard)
{
	return server_port(atomic_load(&dashboard->server));
}

void dashboard_stop(struct dashboard *dashboard)
{
	server_drain(atomic_load(&dashboard->server));
	dashboard_free(dashboard);
}
