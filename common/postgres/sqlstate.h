/*
 * What an SQLSTATE means to a program: PostgreSQL's error codes (appendix A of its manual), and HM,
 * the class of our own functions, as the return codes that mean the same everywhere. Pure.
 */
#ifndef COMMON_POSTGRES_SQLSTATE_H
#define COMMON_POSTGRES_SQLSTATE_H

#define SQLSTATE_SIZE 6 /* five characters and NUL */

#define SQLSTATE_LOCK_NOT_AVAILABLE "55P03"
#define SQLSTATE_CHECK_VIOLATION    "23514"

/*
 * @state: five characters; "" or NULL: the server did not answer at all.
 *
 *	-ECONNRESET	no answer, or the server ends the session
 *	-EAGAIN		serialization failure, deadlock, lock timeout: the same again may work
 *	-E2BIG		too much at once: out of memory, a time-out, a limit
 *	-EBADMSG	the server refuses a value, and will again
 *	-EACCES		this role may not
 *	-ESTALE		HM001: somebody else owns it now
 *	-EREMCHG	HM003: somebody else moved a stream that we moved, too
 *	-EDQUOT		HM004: a hub has more of something than it may
 *	-EALREADY	HM005: what is to be settled was settled by somebody else
 *	-EIO		everything else
 */
int sqlstate_errno(const char *state);

#endif
