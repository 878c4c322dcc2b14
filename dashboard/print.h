/*
 * One page as a document by itself: to be kept, sent, or made a PDF of by a browser.
 */
#ifndef DASHBOARD_PRINT_H
#define DASHBOARD_PRINT_H

#include <stdio.h>

#include "dashboard/config.h"

/* The page that config->print names, to @out, as config->as asks. 0, or negative with the reason in
 * @error. */
int print_page(const struct config *config, FILE *out, char *error, size_t error_size);

#endif
