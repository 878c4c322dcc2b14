/*
 * libmicrohttpd, loaded while the program runs: who answers nobody neither needs nor holds it, nor
 * what it brings along (GnuTLS). Private to endpoint.c.
 *
 * Life cycle: httpd_load() -> calls -> httpd_unload(). What was loaded once stays mapped, so
 * loading it again reads no disk.
 */
#ifndef COMMON_METRICS_HTTPD_H
#define COMMON_METRICS_HTTPD_H

#include <microhttpd.h>

/* Its functions, as its own header declares them. */
struct httpd {
	void *library;
	__typeof__(MHD_start_daemon) *start_daemon;
	__typeof__(MHD_stop_daemon) *stop_daemon;
	__typeof__(MHD_get_daemon_info) *get_daemon_info;
	__typeof__(MHD_create_response_from_buffer) *create_response;
	__typeof__(MHD_add_response_header) *add_response_header;
	__typeof__(MHD_queue_response) *queue_response;
	__typeof__(MHD_destroy_response) *destroy_response;
};

/* @file as dlopen() takes it. -ELIBACC: it can't be loaded; -ELIBBAD: it is another library. */
int httpd_load(const char *file, struct httpd *ret);
void httpd_unload(struct httpd *httpd);

#endif
