/*
 * How a receiver knows that a message is ours: HMAC-SHA256 with a secret that both know. Pure; the
 * only user of libcrypto.
 */
#ifndef CLI_WEBHOOK_SIGNATURE_H
#define CLI_WEBHOOK_SIGNATURE_H

#define SIGNATURE_SIZE 65 /* 64 hexadecimal digits and NUL */

/* Of @message with @secret, in lower case. -EIO: libcrypto would not. */
int signature_make(const char *secret, const char *message, char ret[SIGNATURE_SIZE]);

/* "libcrypto 3.0.19" */
const char *signature_library(void);

#endif
