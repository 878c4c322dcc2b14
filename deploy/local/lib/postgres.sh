# shellcheck shell=bash
# A private PostgreSQL cluster. Sourced by services; uses its variables dir, postgres and, of a new
# cluster, postgres_sync (on or off) and postgres_model (the data that it begins with, or nothing).
#
#   $dir/postgres.port   where it listens            $dir/postgres.pid   see process.sh
#   $dir/postgres.log    what it says                $postgres/data      the cluster
#   $dir/postgres.home   $postgres, when it is not $dir/postgres: in memory with --no-sync; or because
#                        PostgreSQL refuses to run as root, and another user does not get into every
#                        directory of root's
# shellcheck disable=SC2154

readonly SOCKET_PATH_MAX=107
readonly MEMORY_ROOM_KIB=$((2 * 1024 * 1024)) # that a cluster which may be lost needs to live in memory

postgres_bin() {
	local wanted='*' candidate found=
	[ ! -s "$postgres/data/PG_VERSION" ] || wanted=$(<"$postgres/data/PG_VERSION")
	# shellcheck disable=SC2086  # the pattern is meant
	for candidate in $(printf '%s\n' /usr/lib/postgresql/$wanted/bin | sort -V); do
		[ ! -x "$candidate/initdb" ] || found=$candidate
	done
	if [ -z "$found" ] && candidate=$(command -v initdb); then
		found=$(dirname "$(readlink -f "$candidate")")
	fi
	[ -n "$found" ] || die "PostgreSQL${wanted/\*/} is missing: try deploy/local/packages ensure services"
	echo "$found"
}

# PostgreSQL refuses to run as root: another user does, and the data must be where that user gets to.
postgres_user() {
	[ "$(id -u)" -eq 0 ] || return 0
	if id -u postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

# Fills the array `as_postgres`, to be put before a command. Where even / is closed to everybody but
# root (a chroot made by mktemp), the server is let through directories.
postgres_become() {
	local user
	user=$(postgres_user)
	as_postgres=(env)
	[ -n "$user" ] || return 0
	as_postgres=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups)
	"${as_postgres[@]}" true 2>/dev/null ||
		as_postgres+=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search
			--securebits=+no_setuid_fixup) # the last for access()
}

# postgres_home_in DIRECTORY USER
postgres_home_in() {
	postgres=$(mktemp -d "$1/hubmeter-postgres.XXXXXX")
	chown "$2" "$postgres"
	echo "$postgres" > "$dir/postgres.home"
}

memory_has_room() {
	local room
	[ -d /dev/shm ] && [ -w /dev/shm ] || return 1
	room=$(df --output=avail -k /dev/shm | tail -n 1)
	[ "$room" -ge "$MEMORY_ROOM_KIB" ] && awk -v room="$MEMORY_ROOM_KIB" \
		'/^MemAvailable:/ { exit $2 < 2 * room }' /proc/meminfo
}

postgres_home() {
	local user
	postgres_become
	if [ -s "$dir/postgres.home" ]; then
		postgres=$(<"$dir/postgres.home")
		return
	fi
	user=$(postgres_user)
	if [ "$postgres_sync" = off ] && memory_has_room; then
		postgres_home_in /dev/shm "${user:-$(id -u)}"
		return
	fi
	mkdir -p "$postgres"
	[ -n "$user" ] || return 0
	chown "$user" "$postgres"
	if ! "${as_postgres[@]}" test -w "$postgres"; then
		rmdir "$postgres"
		postgres_home_in /var/tmp "$user"
	fi
}

# postgres_fill DIRECTORY
postgres_fill() {
	if [ -n "$postgres_model" ]; then
		cp -a "$postgres_model" "$1" || die "cannot copy $postgres_model"
		return
	fi
	"${as_postgres[@]}" "$pg_bin/initdb" -D "$1" -A trust -U postgres -E UTF8 \
		--locale=C.UTF-8 --no-sync > "$postgres/initdb.log" 2>&1 ||
		{ cat "$postgres/initdb.log" >&2; die "initdb failed"; }
}

postgres_init() {
	local socket_dir=$postgres
	[ ! -s "$postgres/data/PG_VERSION" ] || return 0
	rm -rf "$postgres/data.new"
	postgres_fill "$postgres/data.new"
	# Too long or too odd for a socket: loopback alone will do.
	if [[ $((${#socket_dir} + 15)) -gt $SOCKET_PATH_MAX || $socket_dir =~ [^A-Za-z0-9/._+@-] ]]; then
		socket_dir=
	fi
	cat >> "$postgres/data.new/postgresql.conf" <<-CONF # where one is set twice, the last one holds
		listen_addresses = '127.0.0.1'
		unix_socket_directories = '$socket_dir'
		max_connections = 50
		shared_buffers = 64MB
		timezone = 'UTC'
		log_timezone = 'UTC'
		log_line_prefix = '%m [%p] %q%u@%d '
		jit = off
		fsync = $postgres_sync
		full_page_writes = $postgres_sync
	CONF
	! is_secure || postgres_secure "$postgres/data.new"
	mv "$postgres/data.new" "$postgres/data"
}

# postgres_password_of ROLE: of the role, made the first time.
postgres_password_of() {
	[ -e "$dir/pgpass" ] || (umask 077 && : > "$dir/pgpass")
	grep -q "^127.0.0.1:\*:\*:$1:" "$dir/pgpass" ||
		echo "127.0.0.1:*:*:$1:$(openssl rand -hex 24)" >> "$dir/pgpass"
	sed -n "s/^127.0.0.1:\*:\*:$1://p" "$dir/pgpass"
}

# postgres_secure DATA: TLS for all, and a password. The server is not running: its only user sets the first.
postgres_secure() {
	local user
	cat > "$1/pg_hba.conf" <<-'CONF'
		hostssl all all 127.0.0.1/32 scram-sha-256
	CONF
	cat >> "$1/postgresql.conf" <<-'CONF' # the last one holds
		ssl = on
		ssl_min_protocol_version = 'TLSv1.2'
		password_encryption = 'scram-sha-256'
		unix_socket_directories = ''
	CONF
	cp "$dir/tls/postgres.crt" "$1/server.crt"
	cp "$dir/tls/postgres.key" "$1/server.key"
	user=$(postgres_user)
	[ -z "$user" ] || chown "$user" "$1/server.crt" "$1/server.key" "$1/pg_hba.conf"
	chmod 600 "$1/server.key"
	echo "ALTER ROLE postgres PASSWORD '$(postgres_password_of postgres)'" |
		"${as_postgres[@]}" "$pg_bin/postgres" --single -j -D "$1" postgres > "$postgres/single.log" 2>&1 ||
		{ cat "$postgres/single.log" >&2; die "cannot set the password of postgres"; }
}

# A password for each role of ours that signs in.
postgres_passwords() {
	local role
	for role in $(postgres_query hubmeter "SELECT rolname FROM pg_roles WHERE rolname ~ '^hm_' AND rolcanlogin"); do
		echo "ALTER ROLE $role PASSWORD '$(postgres_password_of "$role")';"
	done | postgres_run hubmeter
}

# What a connection string needs beside host, port and user.
postgres_security() {
	! is_secure || echo " sslmode=verify-full sslrootcert=$dir/tls/ca.pem passfile=$dir/pgpass"
}

postgres_port() { [ -s "$dir/postgres.port" ] && cat "$dir/postgres.port"; }

# postgres_run DATABASE [PSQL-OPTION...]
postgres_run() {
	local database=$1
	shift
	: "${pg_bin:=$(postgres_bin)}"
	env -u PGOPTIONS -u PGSERVICE PGCONNECT_TIMEOUT=2 "$pg_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 \
		-d "host=127.0.0.1 port=$(postgres_port) user=postgres dbname=$database$(postgres_security)" "$@"
}

postgres_query() { postgres_run "$1" -c "$2"; }

postgres_answers() {
	living_pid "$dir/postgres.pid" >/dev/null && postgres_query "${1:-hubmeter}" 'SELECT 1' >/dev/null 2>&1
}

# 0 when it answers; 1 when the process ended before that.
postgres_await() {
	local deadline=$((SECONDS + START_DEADLINE_SEC))
	until postgres_answers postgres; do
		living_pid "$dir/postgres.pid" >/dev/null || return 1
		[ "$SECONDS" -lt "$deadline" ] || die "PostgreSQL does not answer: see $dir/postgres.log"
		sleep 0.02
	done
}

# postgres_launch PORT: as postgres_await.
postgres_launch() {
	echo "$1" > "$dir/postgres.port"
	(daemon_exec "$dir/postgres.log" "${as_postgres[@]}" "$pg_bin/postgres" -D "$postgres/data" -p "$1") &
	record_pid $! "$dir/postgres.pid"
	postgres_await
}

postgres_give_up() {
	tail -n 20 "$dir/postgres.log" >&2
	die "PostgreSQL did not start"
}

# On the port of last time if that is still free.
postgres_launch_anywhere() {
	local attempt port
	port=$(postgres_port) || port=
	for ((attempt = 1; attempt <= PORT_ATTEMPTS; attempt++)); do
		[[ -n $port ]] && port_is_free "$port" || port=$(free_ports 1)
		! postgres_launch "$port" || return 0
		port=
	done
	postgres_give_up
}

postgres_start() {
	if ! living_pid "$dir/postgres.pid" >/dev/null || ! postgres_await; then
		postgres_home
		pg_bin=$(postgres_bin)
		postgres_init
		postgres_launch_anywhere
	fi
	[ -n "$(postgres_query postgres "SELECT 1 FROM pg_database WHERE datname = 'hubmeter'")" ] ||
		postgres_query postgres 'CREATE DATABASE hubmeter'
}

# After a crash the old server's children may hold its memory for a moment: try until they are gone.
postgres_restart() {
	local deadline=$((SECONDS + START_DEADLINE_SEC)) port
	port=$(postgres_port) || die "PostgreSQL was never started in $dir"
	postgres_home
	pg_bin=$(postgres_bin)
	signal_and_wait "$dir/postgres.pid" INT
	until postgres_launch "$port"; do
		[ "$SECONDS" -lt "$deadline" ] || postgres_give_up
		sleep 0.05
	done
}
