/* One list of names, so that a dumped spool and the database can be compared column by column. */
#include "common/quantity.h"

const char *const quantity_names[HM_QUANTITY_COUNT] = {
	[HM_QUANTITY_CPU_USED_USEC] = "cpu_used_usec",
	[HM_QUANTITY_CPU_RESERVED_USEC] = "cpu_reserved_usec",
	[HM_QUANTITY_CPU_BILLABLE_USEC] = "cpu_billable_usec",
	[HM_QUANTITY_MEMORY_USED_MIB_SEC] = "memory_used_mib_sec",
	[HM_QUANTITY_MEMORY_RESERVED_MIB_SEC] = "memory_reserved_mib_sec",
	[HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC] = "memory_billable_mib_sec",
	[HM_QUANTITY_GPU_USED_MSEC] = "gpu_used_msec",
	[HM_QUANTITY_GPU_RESERVED_MSEC] = "gpu_reserved_msec",
	[HM_QUANTITY_GPU_BILLABLE_MSEC] = "gpu_billable_msec",
	[HM_QUANTITY_STORAGE_MIB_SEC] = "storage_mib_sec",
	[HM_QUANTITY_NET_RX_BYTES] = "net_rx_bytes",
	[HM_QUANTITY_NET_TX_BYTES] = "net_tx_bytes",
	[HM_QUANTITY_WALL_MSEC] = "wall_msec",
};
