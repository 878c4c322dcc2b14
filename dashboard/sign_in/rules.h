/*
 * What an operator's choice of sign-in must be like. Pure but for the environment, which says
 * whether JupyterHub started us.
 */
#ifndef DASHBOARD_SIGN_IN_RULES_H
#define DASHBOARD_SIGN_IN_RULES_H

#include "dashboard/sign_in/sign_in.h"

#define RULES_PREFIX_MAX 255

/* -EINVAL: the reason is in @error. */
int rules_check(const struct sign_in_options *options, char *error, size_t error_size);

#endif
