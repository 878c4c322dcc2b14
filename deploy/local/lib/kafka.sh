# shellcheck shell=bash
# A private single-node Kafka in KRaft mode. Sourced by services; uses its variables kafka (the state
# directory), kafka_version, proxies and here.
#
#   $kafka/ports   of clients, of the controller      $kafka/version    whose data it holds
#                  and of what comes through proxies
#   $kafka/pid     see process.sh                     $kafka/broker.log what it says
# shellcheck disable=SC2154

readonly DEFAULT_KAFKA=4.4.0

# The first Java of version 17 or later, without starting one.
find_java() {
	local candidate home version
	for candidate in "${JAVA_HOME:-}/bin/java" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
		[ -x "$candidate" ] || continue
		candidate=$(readlink -f "$candidate")
		home=$(dirname "$(dirname "$candidate")")
		version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null || true)
		[ "${version:-0}" -ge 17 ] || continue
		echo "$candidate"
		return
	done
	die "Java 17 or later is missing: try deploy/local/packages ensure services"
}

# Jars of one version, fetched once; a second process waits for the first.
kafka_jars() {
	local cache=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/hubmeter
	local binding=(org.apache.logging.log4j log4j-slf4j-impl 2.25.5)
	[[ $kafka_version != 3.* ]] || binding=(org.slf4j slf4j-reload4j 1.7.36)
	jars=$cache/kafka-$kafka_version
	mkdir -p "$cache"
	[ ! -d "$jars" ] || return 0
	command -v mvn >/dev/null || die "Maven is missing: try deploy/local/packages ensure services"
	exec 8> "$cache/lock"
	flock 8
	if [ ! -d "$jars" ]; then
		say "fetching Apache Kafka $kafka_version from Maven Central into $jars"
		rm -rf "$jars.new" "$jars.maven"
		mkdir "$jars.maven"
		cp "$here/kafka-pom.xml" "$jars.maven/pom.xml"
		(cd "$jars.maven" && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies \
			-DincludeScope=runtime -DoutputDirectory="$jars.new" -Dkafka.version="$kafka_version" \
			-Dbinding.group="${binding[0]}" -Dbinding.artifact="${binding[1]}" \
			-Dbinding.version="${binding[2]}") >&2 ||
			die "cannot fetch Apache Kafka $kafka_version: is Maven Central reachable"
		rm -rf "$jars.maven"
		mv "$jars.new" "$jars"
	fi
	exec 8>&-
}

# kafka_command STATE_DIR [JVM-OPTION...]: fills the array `command`, main class not included.
kafka_command() {
	local state=$1
	shift
	command=("$java" -Xms64m -Xmx256m -Xss512k -XX:+UseSerialGC -XX:TieredStopAtLevel=1
		-XX:MaxDirectMemorySize=64m -XX:-UsePerfData -Djava.awt.headless=true "-Djava.io.tmpdir=$state/tmp"
		"-Dlog4j.configuration=file:$state/log4j.properties"
		"-Dlog4j2.configurationFile=$state/log4j2.properties" "$@" -cp "$jars/*")
}

# kafka_configure STATE_DIR CLIENT_PORT CONTROLLER_PORT
kafka_configure() {
	mkdir -p "$1/tmp"
	cat > "$1/log4j.properties" <<-'CONF'
		log4j.rootLogger=WARN,o
		log4j.appender.o=org.apache.log4j.ConsoleAppender
		log4j.appender.o.layout=org.apache.log4j.PatternLayout
		log4j.appender.o.layout.ConversionPattern=%d{ISO8601} %p %c{1} %m%n
	CONF
	cat > "$1/log4j2.properties" <<-'CONF'
		status=ERROR
		appender.o.type=Console
		appender.o.name=o
		appender.o.layout.type=PatternLayout
		appender.o.layout.pattern=%d{ISO8601} %p %c{1} %m%n
		rootLogger.level=WARN
		rootLogger.appenderRef.o.ref=o
	CONF
	cat > "$1/server.properties" <<-CONF
		process.roles=broker,controller
		node.id=1
		controller.quorum.voters=1@127.0.0.1:$3
		controller.listener.names=CONTROLLER
		listeners=ADMIN://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
		advertised.listeners=ADMIN://127.0.0.1:$2
		listener.security.protocol.map=ADMIN:PLAINTEXT,CONTROLLER:PLAINTEXT
		inter.broker.listener.name=ADMIN
		log.dirs=$1/data
		auto.create.topics.enable=false
		offsets.topic.replication.factor=1
		offsets.topic.num.partitions=1
		transaction.state.log.replication.factor=1
		transaction.state.log.min.isr=1
		transaction.state.log.num.partitions=1
		share.coordinator.state.topic.replication.factor=1
		share.coordinator.state.topic.min.isr=1
		share.coordinator.state.topic.num.partitions=1
		group.initial.rebalance.delay.ms=0
		group.min.session.timeout.ms=1000
		broker.session.timeout.ms=1000
		broker.heartbeat.interval.ms=200
		log.cleaner.threads=1
		log.cleaner.dedupe.buffer.size=4194304
		num.network.threads=2
		num.io.threads=2
	CONF
}

# Behind kafka_configure: the same broker, which knows everybody by a certificate. Nobody may do anything
# but by a rule, or as the broker itself or the administrator.
kafka_secure() {
	cat >> "$1/server.properties" <<-CONF # where one is set twice, the last one holds
		listeners=TLS://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
		advertised.listeners=TLS://127.0.0.1:$2
		listener.security.protocol.map=TLS:SSL,CONTROLLER:SSL
		inter.broker.listener.name=TLS
		ssl.client.auth=required
		listener.name.controller.ssl.client.auth=required
		ssl.keystore.type=PEM
		ssl.keystore.location=$dir/tls/kafka-broker.pem
		ssl.truststore.type=PEM
		ssl.truststore.location=$dir/tls/ca.pem
		authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
		allow.everyone.if.no.acl.found=false
		super.users=User:CN=kafka-broker;User:CN=admin
	CONF
}

# Behind kafka_configure, STATE_DIR CLIENT_PORT CONTROLLER_PORT PORT...: a listener at each PORT, for who comes
# through the proxy of the same place in `proxies`.
kafka_behind_proxies() {
	local state=$1 listeners=ADMIN://127.0.0.1:$2 advertised=ADMIN://127.0.0.1:$2
	local protocols=ADMIN:PLAINTEXT,CONTROLLER:PLAINTEXT controller=$3 number=0 port
	shift 3
	for port in "$@"; do
		listeners+=,PROXY$number://127.0.0.1:$port
		advertised+=,PROXY$number://127.0.0.1:${proxies[number]}
		protocols+=,PROXY$number:PLAINTEXT
		number=$((number + 1))
	done
	cat >> "$state/server.properties" <<-CONF # where one is set twice, the last one holds
		listeners=$listeners,CONTROLLER://127.0.0.1:$controller
		advertised.listeners=$advertised
		listener.security.protocol.map=$protocols
	CONF
}

# kafka_client WORD...: kafka-client.py, as whoever may do everything there.
kafka_client() {
	local who=()
	[ -n "${kafka_is_plain:-}" ] || ! is_secure || who=(--tls "$dir/tls/admin.pem")
	"$here/kafka-client.py" "${who[@]}" "$@"
}

# What the aggregator may do; what hubs may is `hubmeter kafka grant`'s to say.
kafka_allow_aggregator() {
	local act
	for act in READ DESCRIBE; do
		kafka_client allow "$(kafka_address)" User:CN=aggregator topic prefix usage. "$act"
	done
	kafka_client allow "$(kafka_address)" User:CN=aggregator group name hubmeter-aggregator READ
}

kafka_format() {
	local command id
	[ ! -e "$1/formatted" ] || return 0
	rm -rf "$1/data"
	id=$(head -c16 /dev/urandom | base64 | tr '+/' 'ab' | tr -d =)
	kafka_command "$1"
	"${command[@]}" kafka.tools.StorageTool format -t "$id" -c "$1/server.properties" > "$1/format.log" 2>&1 ||
		{ cat "$1/format.log" >&2; die "cannot format Kafka's storage"; }
	: > "$1/formatted"
}

kafka_answers() {
	living_pid "$1/pid" >/dev/null && kafka_client ready "127.0.0.1:$2" 2>/dev/null
}

# kafka_await STATE_DIR CLIENT_PORT: 0 when it answers; 1 when the process ended before that.
kafka_await() {
	local deadline=$((SECONDS + START_DEADLINE_SEC))
	until kafka_answers "$1" "$2"; do
		living_pid "$1/pid" >/dev/null || return 1
		[ "$SECONDS" -lt "$deadline" ] || die "Kafka does not answer: see $1/broker.log"
		sleep 0.02
	done
}

# kafka_launch STATE_DIR CLIENT_PORT [JVM-OPTION...]: as kafka_await.
kafka_launch() {
	local state=$1 port=$2 command
	shift 2
	kafka_command "$state" "$@"
	(daemon_exec "$state/broker.log" "${command[@]}" kafka.Kafka "$state/server.properties") &
	record_pid $! "$state/pid"
	kafka_await "$state" "$port"
}

# A class-data archive halves the time of every later start. One run of a throw-away broker makes it.
kafka_archive() {
	local state ports kafka_is_plain=yes
	archive=$jars/classes-$(cksum <<< "$java $(stat -c %Y "$java")" | cut -d' ' -f1).jsa
	[ ! -e "$archive" ] || return 0
	exec 8> "$jars/../lock"
	flock 8
	if [ ! -e "$archive" ]; then
		say "preparing Kafka's class-data archive, once"
		state=$(mktemp -d "${TMPDIR:-/tmp}/hubmeter-kafka.XXXXXX")
		read -ra ports <<< "$(free_ports 2)"
		kafka_configure "$state" "${ports[@]}"
		kafka_format "$state"
		if kafka_launch "$state" "${ports[0]}" "-XX:ArchiveClassesAtExit=$archive.new"; then
			"$here/kafka-client.py" topic "127.0.0.1:${ports[0]}" usage.archive.v1 1
		fi
		signal_and_wait "$state/pid" TERM
		[ ! -e "$archive.new" ] || mv "$archive.new" "$archive"
		rm -rf "$state"
	fi
	exec 8>&-
}

# Fills the array `archive_option`, empty when there is no archive: then starting is slower, not wrong.
kafka_prepare() {
	kafka_version=${kafka_version:-$DEFAULT_KAFKA}
	mkdir -p "$kafka"
	java=$(find_java)
	kafka_jars
	kafka_archive
	archive_option=()
	[ ! -e "$archive" ] || archive_option=("-XX:SharedArchiveFile=$archive")
	echo "$kafka_version" > "$kafka/version"
}

# A directory keeps the version it was made with.
kafka_settle_version() {
	local recorded
	[ -s "$kafka/version" ] || return 0
	recorded=$(<"$kafka/version")
	[[ -z $kafka_version || $recorded == "$kafka_version" ]] ||
		die "$dir holds the data of Kafka $recorded, not $kafka_version: use another --dir"
	kafka_version=$recorded
}

ports_are_free() {
	local port
	for port in "$@"; do
		port_is_free "$port" || return 1
	done
}

kafka_start() {
	local attempt count=$((2 + ${#proxies[@]})) ports=()
	kafka_settle_version
	[[ ! -s $kafka/ports ]] || read -ra ports < "$kafka/ports"
	if living_pid "$kafka/pid" >/dev/null && kafka_await "$kafka" "${ports[0]}"; then
		return
	fi
	kafka_prepare
	for ((attempt = 1; attempt <= PORT_ATTEMPTS; attempt++)); do
		if [[ ${#ports[@]} -ne $count ]] || ! ports_are_free "${ports[@]}"; then
			read -ra ports <<< "$(free_ports "$count")"
		fi
		kafka_configure "$kafka" "${ports[@]}"
		[ "$count" -eq 2 ] || kafka_behind_proxies "$kafka" "${ports[@]}"
		! is_secure || kafka_secure "$kafka" "${ports[@]}"
		kafka_format "$kafka"
		echo "${ports[@]}" > "$kafka/ports"
		if kafka_launch "$kafka" "${ports[0]}" "${archive_option[@]}"; then
			! is_secure || kafka_allow_aggregator
			return
		fi
		ports=()
	done
	tail -n 20 "$kafka/broker.log" >&2
	die "Kafka did not start"
}

kafka_restart() {
	local ports
	[ -s "$kafka/ports" ] || die "Kafka was never started in $dir"
	read -ra ports < "$kafka/ports"
	kafka_settle_version
	signal_and_wait "$kafka/pid" TERM
	kafka_prepare
	kafka_launch "$kafka" "${ports[0]}" "${archive_option[@]}" ||
		{ tail -n 20 "$kafka/broker.log" >&2; die "Kafka did not start"; }
}

kafka_address() {
	local ports
	{ read -ra ports < "$kafka/ports"; } 2>/dev/null || die "Kafka was never started in $dir"
	echo "127.0.0.1:${ports[0]}"
}
