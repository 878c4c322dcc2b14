/* The only place that knows its functions by their names. */
#include "common/metrics/httpd.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Into the pointer to a function at @member: POSIX has those look as others do, ISO C has not. */
static bool find(void *library, const char *name, void *member)
{
	void *symbol = dlsym(library, name);

	memcpy(member, &symbol, sizeof(symbol));
	return symbol;
}

static bool find_all(struct httpd *httpd)
{
	void *library = httpd->library;

	return find(library, "MHD_start_daemon", &httpd->start_daemon) &&
	       find(library, "MHD_stop_daemon", &httpd->stop_daemon) &&
	       find(library, "MHD_get_daemon_info", &httpd->get_daemon_info) &&
	       find(library, "MHD_create_response_from_buffer", &httpd->create_response) &&
	       find(library, "MHD_add_response_header", &httpd->add_response_header) &&
	       find(library, "MHD_queue_response", &httpd->queue_response) &&
	       find(library, "MHD_destroy_response", &httpd->destroy_response);
}

int httpd_load(const char *file, struct httpd *ret)
{
	struct httpd httpd = {.library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)};

	if (!httpd.library)
		return -ELIBACC;
	if (!find_all(&httpd)) {
		httpd_unload(&httpd);
		return -ELIBBAD;
	}
	*ret = httpd;
	return 0;
}

void httpd_unload(struct httpd *httpd)
{
	if (httpd->library)
		(void)dlclose(httpd->library); /* what stays mapped is of no use to us */
	httpd->library = NULL;
}
