/*
 * Who connected: an address as numbers, and whose it is when connections and requests are counted.
 * Pure.
 */
#ifndef DASHBOARD_SERVER_PEER_H
#define DASHBOARD_SERVER_PEER_H

#include <stdbool.h>
#include <sys/socket.h>

#include "dashboard/server/request.h"

#define PEER_NETWORK_SIZE 16

struct peer {
	char address[REQUEST_ADDRESS_SIZE];	  /* "192.0.2.7", "2001:db8::1" */
	unsigned char network[PEER_NETWORK_SIZE]; /* equal for the same IPv4 address, or the same
						     64 bits of IPv6, which one machine can fill */
	bool is_local; /* of this machine's loopback: a proxy, behind which are many */
};

/* An IPv4 address in IPv6 clothes is that IPv4 address. */
void peer_set(const struct sockaddr *address, struct peer *ret);

#endif
