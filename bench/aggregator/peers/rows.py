"""Rows as the JDBC sink takes them: one message each, JSON, split over slots and their names resolved already.

    rows.py BOOTSTRAP TOPIC KEYS COUNT LAST

COUNT rows of KEYS keys in turn, and behind them one of the workload LAST, by which it is known that all came through.
"""
import json
import random
import sys

from confluent_kafka import Producer

QUANTITIES = ("cpu_used_usec", "cpu_reserved_usec", "cpu_billable_usec", "memory_used_mib_sec",
              "memory_reserved_mib_sec", "memory_billable_mib_sec", "gpu_used_msec", "gpu_reserved_msec",
              "gpu_billable_msec", "storage_mib_sec", "net_rx_bytes", "net_tx_bytes", "wall_msec")


def row(workload):
    return json.dumps({"hub_id": 1, "slot_start": 1788220800000, "workload_id": workload, "class_id": 1, "flags": 0,
                       **{name: random.getrandbits(30) for name in QUANTITIES}}, separators=(",", ":"))


def main(bootstrap, topic, keys, count, last):
    producer = Producer({"bootstrap.servers": bootstrap, "compression.codec": "lz4", "linger.ms": 5,
                         "queue.buffering.max.messages": 10000000})
    for value in [row(number % int(keys)) for number in range(int(count))] + [row(int(last))]:
        producer.produce(topic, value)
    if producer.flush(60):
        sys.exit("rows.py: not everything was delivered")


if __name__ == "__main__":
    main(*sys.argv[1:])
