/*
 * What a JupyterHub answers, read with care. Pure; the only user of jansson here.
 *
 * All calls: 0, or -EBADMSG when that is not what the hub was asked for.
 */
#ifndef DASHBOARD_SIGN_IN_HUB_ANSWER_H
#define DASHBOARD_SIGN_IN_HUB_ANSWER_H

#include "common/buffer.h"

#define HUB_ANSWER_TOKEN_SIZE 1024
#define HUB_ANSWER_NAME_SIZE  256 /* JupyterHub's own limit is 255 characters */
#define HUB_ANSWER_ERROR_SIZE 32

/* Of POST oauth2/token: a token that a header can carry. */
int hub_answer_token(const struct buffer *answer, char ret[HUB_ANSWER_TOKEN_SIZE]);

/* Of GET user: the name of a user. Whether it may be one here is identity_make()'s to say. */
int hub_answer_user(const struct buffer *answer, char ret[HUB_ANSWER_NAME_SIZE]);

/* The name of the error in a refusal: "invalid_grant" (RFC 6749, section 5.2); "": none. */
void hub_answer_error(const struct buffer *answer, char ret[HUB_ANSWER_ERROR_SIZE]);

#endif
