"""Who sends, and topics full of what they sent: seeded batches of tests/support/produce_batches.c, lz4."""
import os
import subprocess

from project import BUILD

SLOT_MINUTES = 15


class Fleet:
    """@words: nodes:minutes[:skewed], minutes of a day in which all their windows lie. @rows: of each batch."""

    def __init__(self, words, rows):
        nodes, minutes, *skewed = words.split(":")
        self.nodes, self.minutes, self.rows = int(nodes), int(minutes), rows
        self.is_skewed = skewed == ["skewed"]

    def keys(self):
        return self.nodes * self.rows * -(-self.minutes // SLOT_MINUTES)

    def said(self):
        skew = "node n sends 1/n of the first" if self.is_skewed else "uniform"
        return (f"{self.keys()} keys: {self.nodes} nodes of {self.rows} workloads,"
                f" {-(-self.minutes // SLOT_MINUTES)} slots, {skew}")

    def thresholds(self):
        """A commit may have every key, where there is one slot: options for the aggregator."""
        return [f"--flush-keys={4 * self.keys()}"] if self.minutes == SLOT_MINUTES and self.keys() > 12500 else []

    def send(self, services, topic, batches, *more):
        subprocess.run([os.path.join(BUILD, "tests/produce_batches"), services.kafka, topic, f"--nodes={self.nodes}",
                        f"--rows={self.rows}", f"--minutes={self.minutes}", f"--batches={batches}", "--seed=1",
                        *(["--skewed"] if self.is_skewed else []), *more], check=True, stdout=subprocess.DEVNULL)


def make_topic(services, topic, partitions):
    """Whoever makes one drops it: the aggregator reads all that are named like this."""
    services.run("topic", topic, str(partitions))


def drop_topic(services, topic):
    services.run("delete", topic)


def forget(services):
    """Let the aggregator start from the first message and empty tables again."""
    services.sql("TRUNCATE ingest.partition, ingest.watermark, ingest.gap, ingest.dirty_day, usage.slot,"
                 " usage.node_slot, usage.workload, usage.node, usage.hub CASCADE")
    services.sql("CHECKPOINT")
