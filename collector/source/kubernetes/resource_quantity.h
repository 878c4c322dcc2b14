/*
 * Quantities as Kubernetes writes them: "500m", "0.5", "1Gi", "129e6". Pure, and exact.
 *
 *	number	[+-] digits [. digits], digits on one side of the point at least
 *	suffix	n u m (none) k M G T P E	powers of 1000
 *		Ki Mi Gi Ti Pi Ei		powers of 1024
 *		e or E and a signed number	power of ten
 */
#ifndef COLLECTOR_SOURCE_KUBERNETES_RESOURCE_QUANTITY_H
#define COLLECTOR_SOURCE_KUBERNETES_RESOURCE_QUANTITY_H

#include <stddef.h>
#include <stdint.h>

/*
 * @unit times the quantity, rounded up as Kubernetes does; UINT64_MAX where it is more. -EBADMSG:
 * none such, or negative.
 */
int resource_quantity_parse(const char *text, size_t size, uint64_t unit, uint64_t *ret);

#endif
