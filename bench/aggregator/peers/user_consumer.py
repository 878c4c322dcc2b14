"""What a user would write in an afternoon: usage batches from Kafka, COPY, add up by upsert.

    user_consumer.py BOOTSTRAP TOPIC CONNINFO MESSAGES GROUP

It commits PostgreSQL, then Kafka: killed in between it counts twice. It trusts every batch, drops no duplicate, sees
no gap, splits no window over slots, keeps no users, tags or node rows, and one bad message stops it.
"""
import sys

import psycopg
from confluent_kafka import Consumer
from usage_pb2 import UsageBatch

QUANTITIES = [field.name for field in UsageBatch.DESCRIPTOR.fields if 32 <= field.number < 64]
KEY = "hub, node, workload, class, slot"
NAMES = ", ".join(QUANTITIES)
TABLE = f"""CREATE TABLE IF NOT EXISTS user_slot (hub text, node text, workload text, class text, slot bigint,
    {', '.join(name + ' bigint' for name in QUANTITIES)}, PRIMARY KEY ({KEY}))"""
STAGE = "CREATE TEMPORARY TABLE stage (LIKE user_slot) ON COMMIT DELETE ROWS"
ADD = f"""INSERT INTO user_slot AS t SELECT {KEY}, {', '.join(f'sum({name})' for name in QUANTITIES)}
    FROM stage GROUP BY {KEY} ORDER BY {KEY}
    ON CONFLICT ({KEY}) DO UPDATE SET {', '.join(f'{name} = t.{name} + excluded.{name}' for name in QUANTITIES)}"""


def rows_of(message):
    batch = UsageBatch.FromString(message.value())
    names = [name.decode() for name in batch.dictionary]
    zeros = [0] * len(batch.workload)
    columns = (getattr(batch, name) or zeros for name in QUANTITIES)
    head = batch.hub.decode(), batch.node.decode()
    slot = batch.window_start_usec // 900000000
    for workload, of_class, *values in zip(batch.workload, batch.resource_class or zeros, *columns):
        yield *head, names[workload], names[of_class], slot, *values


def main(bootstrap, topic, conninfo, messages, group):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False,
                         "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    left = int(messages)
    with psycopg.connect(conninfo) as connection:
        connection.execute(TABLE)
        connection.execute(STAGE)
        while left > 0:
            batches = consumer.consume(min(left, 500), timeout=1)
            with connection.cursor().copy(f"COPY stage ({KEY}, {NAMES}) FROM STDIN") as copy:
                for message in batches:
                    for row in rows_of(message):
                        copy.write_row(row)
            connection.execute(ADD)
            connection.commit()
            if batches:
                consumer.commit(asynchronous=False)
            left -= len(batches)
    consumer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
