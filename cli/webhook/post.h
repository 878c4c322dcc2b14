/*
 * Signed messages to a webhook.
 *
 * Invariants
 *  - X-Hubmeter-Signature: sha256=HEX is the HMAC-SHA256 of the body, byte for byte.
 *  - A message goes to the URL that was said and to no other: redirects are not followed.
 *  - No call waits longer than half a minute; what the answer says beyond its status is not read.
 *  - After a failure post_error() says why, for people, without the URL, which may hold a secret.
 *
 * Life cycle: post_new() -> post_send()* -> post_free().
 */
#ifndef CLI_WEBHOOK_POST_H
#define CLI_WEBHOOK_POST_H

struct post;

/* NULL: out of memory. Copies @secret, borrows @url. */
struct post *post_new(const char *url, const char *secret);
/*
 * Send @body, which is JSON. -EIO: there was no answer; -EPROTO: one with another status than 2xx.
 * @ret_status: of the answer, 0: none; also set on failure.
 */
int post_send(struct post *post, const char *body, int *ret_status);
const char *post_error(const struct post *post);
void post_free(struct post *post);

static inline void post_freep(struct post **post)
{
	post_free(*post);
}

#endif
