#!/usr/bin/env python3
"""A few words of Kafka's protocol, for scripts that have no client library yet.

    kafka-client.py ready HOST:PORT              exit 0 when the broker answers a Metadata request
    kafka-client.py topic HOST:PORT NAME COUNT [SETTING=VALUE ...]
                                                 create a topic of COUNT partitions; 0 if it exists
    kafka-client.py partitions HOST:PORT NAME COUNT
                                                 add partitions until there are COUNT
    kafka-client.py topics HOST:PORT             name and number of partitions, one topic a line
    kafka-client.py delete HOST:PORT NAME        delete a topic and all it holds
    kafka-client.py truncate HOST:PORT NAME      delete all it holds, and keep its offsets, as retention does;
                                                 each partition and its first offset from then on, one a line
    kafka-client.py allow HOST:PORT PRINCIPAL topic|group name|prefix NAME READ|WRITE|DESCRIBE
                                                 make an access rule; 0 if there is one

--tls FILE before them: over TLS, FILE has a key, its certificate and the authority that is trusted.

Speaks Metadata v4, CreateTopics v4, DeleteTopics v3, DeleteRecords v1, CreateAcls v1 and CreatePartitions v1, which
Kafka 2.4 and later understand.
"""
import socket
import ssl
import struct
import sys

METADATA, CREATE_TOPICS, DELETE_TOPICS, DELETE_RECORDS, CREATE_ACLS, CREATE_PARTITIONS = 3, 19, 20, 21, 30, 37
RESOURCES = {"topic": 2, "group": 3}
PATTERNS = {"name": 3, "prefix": 4}
ACTS = {"READ": 3, "WRITE": 4, "DESCRIBE": 8}
ALLOW = 3
TOPIC_ALREADY_EXISTS = 36
CLIENT_ID = "hubmeter-local"


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise OSError("connection closed")
        data += part
    return data


class Way:
    """How brokers are reached: a context of TLS, or None."""
    tls = None


def connect(host, port, timeout):
    connection = socket.create_connection((host, int(port)), timeout)
    return Way.tls.wrap_socket(connection, server_hostname=host) if Way.tls else connection


def call(address, api, version, body, timeout):
    host, port = address.rsplit(":", 1)
    request = struct.pack(">hhi", api, version, 1) + text(CLIENT_ID) + body
    with connect(host, port, timeout) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        size, = struct.unpack(">i", receive(connection, 4))
        return Reader(receive(connection, size)[4:])


class Reader:
    def __init__(self, data):
        self.data, self.offset = data, 0

    def take(self, layout):
        values = struct.unpack_from(">" + layout, self.data, self.offset)
        self.offset += struct.calcsize(">" + layout)
        return values[0]

    def text(self):
        size = self.take("h")
        if size < 0:
            return None
        self.offset += size
        return self.data[self.offset - size:self.offset].decode()

    def array(self, read):
        return [read() for _ in range(self.take("i"))]


def metadata(address, timeout=2.0):
    """(number of brokers, {topic: number of partitions})"""
    answer = call(address, METADATA, 4, struct.pack(">i?", -1, False), timeout)
    answer.take("i")  # throttle time

    def broker():
        answer.take("i"), answer.text(), answer.take("i"), answer.text()

    def partition():
        answer.take("h"), answer.take("i"), answer.take("i")
        answer.array(lambda: answer.take("i")), answer.array(lambda: answer.take("i"))

    def topic():
        answer.take("h")
        name, _internal = answer.text(), answer.take("?")
        return name, len(answer.array(partition))

    brokers = answer.array(broker)
    answer.text(), answer.take("i")  # cluster id, controller
    return len(brokers), dict(answer.array(topic))


def create_topic(address, name, partitions, settings=()):
    body = struct.pack(">i", 1) + text(name) + struct.pack(">ih", partitions, 1)
    body += struct.pack(">ii", 0, len(settings))  # no assignments
    for setting in settings:
        body += b"".join(text(part) for part in setting.split("=", 1))
    body += struct.pack(">i?", 10000, False)
    answer = call(address, CREATE_TOPICS, 4, body, 15.0)
    answer.take("i")
    answer.take("i"), answer.text()
    error, message = answer.take("h"), answer.text()
    if error not in (0, TOPIC_ALREADY_EXISTS):
        raise OSError(f"error {error}: {message}")


def add_partitions(address, name, count):
    body = struct.pack(">i", 1) + text(name) + struct.pack(">ii", count, -1)  # -1: no assignments
    body += struct.pack(">i?", 10000, False)
    answer = call(address, CREATE_PARTITIONS, 1, body, 15.0)
    answer.take("i"), answer.take("i"), answer.text()
    error, message = answer.take("h"), answer.text()
    if error:
        raise OSError(f"error {error}: {message}")


def delete_topic(address, name):
    body = struct.pack(">i", 1) + text(name) + struct.pack(">i", 10000)
    answer = call(address, DELETE_TOPICS, 3, body, 15.0)
    answer.take("i"), answer.take("i"), answer.text()
    error = answer.take("h")
    if error:
        raise OSError(f"error {error}")


def truncate_topic(address, name):
    partitions = metadata(address)[1][name]
    body = struct.pack(">i", 1) + text(name) + struct.pack(">i", partitions)
    body += b"".join(struct.pack(">iq", number, -1) for number in range(partitions))  # -1: all there are
    answer = call(address, DELETE_RECORDS, 1, body + struct.pack(">i", 10000), 15.0)

    def partition():
        return answer.take("i"), answer.take("q"), answer.take("h")

    answer.take("i")
    [(_, begins)] = answer.array(lambda: (answer.text(), answer.array(partition)))
    if any(error for _, _, error in begins):
        raise OSError(f"errors {begins}")
    return {number: first for number, first, _ in begins}


def allow(address, principal, resource, pattern, name, act):
    body = struct.pack(">ib", 1, RESOURCES[resource]) + text(name) + struct.pack(">b", PATTERNS[pattern])
    body += text(principal) + text("*") + struct.pack(">bb", ACTS[act], ALLOW)
    answer = call(address, CREATE_ACLS, 1, body, 15.0)
    answer.take("i"), answer.take("i")
    error, message = answer.take("h"), answer.text()
    if error:
        raise OSError(f"error {error}: {message}")


def main(arguments):
    if arguments[:1] == ["--tls"]:
        Way.tls = ssl.create_default_context(cafile=arguments[1])
        Way.tls.load_cert_chain(arguments[1])
        arguments = arguments[2:]
    match arguments:
        case ["ready", address]:
            return 0 if metadata(address)[0] else 1
        case ["topic", address, name, partitions, *settings]:
            create_topic(address, name, int(partitions), settings)
        case ["partitions", address, name, count]:
            add_partitions(address, name, int(count))
        case ["topics", address]:
            for name, partitions in sorted(metadata(address)[1].items()):
                print(name, partitions)
        case ["delete", address, name]:
            delete_topic(address, name)
        case ["truncate", address, name]:
            for number, first in sorted(truncate_topic(address, name).items()):
                print(number, first)
        case ["allow", address, principal, resource, pattern, name, act]:
            allow(address, principal, resource, pattern, name, act)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, struct.error) as error:
        print(f"kafka-client.py: {error}", file=sys.stderr)
        sys.exit(1)
