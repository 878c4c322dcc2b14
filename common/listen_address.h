/*
 * Where a server listens, as an option says it: ADDRESS:PORT or [ADDRESS]:PORT. Numbers only, so
 * that no name decides who may connect. Pure.
 *
 *	127.0.0.1:8085   [::1]:8085   0.0.0.0:0
 */
#ifndef COMMON_LISTEN_ADDRESS_H
#define COMMON_LISTEN_ADDRESS_H

#include <sys/socket.h>

/* -EINVAL: no such address. */
int listen_address_parse(const char *text, struct sockaddr_storage *ret);

#endif
