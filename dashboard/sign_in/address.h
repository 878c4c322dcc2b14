/*
 * Addresses of machines, compared as numbers: one address has many spellings. Pure.
 */
#ifndef DASHBOARD_SIGN_IN_ADDRESS_H
#define DASHBOARD_SIGN_IN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_LIST_MAX 32

/* IPv6; an IPv4 address as ::ffff:a.b.c.d, which is how it also arrives at an IPv6 socket. */
struct address {
	uint8_t bytes[16];
};

struct address_list {
	struct address address[ADDRESS_LIST_MAX];
	size_t count;
};

/* Only numbers: names are not looked up. -EINVAL. */
int address_parse(const char *text, size_t size, struct address *ret);

/* "192.0.2.7,2001:db8::1", blanks around them allowed. -EINVAL: one is none, or there is none;
 * -E2BIG. */
int address_list_parse(const char *text, struct address_list *ret);

bool address_list_has(const struct address_list *list, const char *address);

/* 127.0.0.0/8 and ::1. */
bool address_is_loopback(const char *address);

#endif
