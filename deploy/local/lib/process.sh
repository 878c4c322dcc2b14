# shellcheck shell=bash
# Processes that outlive this script, by pid file, and free ports. Sourced by services
# and the quickstart, which define say.
# A pid file holds a pid and the start time of that process: a pid given to somebody else is not ours.

# How long to wait, and how often to choose other ports when somebody was faster.
# shellcheck disable=SC2034
readonly START_DEADLINE_SEC=60 STOP_DEADLINE_SEC=30 PORT_ATTEMPTS=5

# The start time of a living process; a pid alone may have been given to somebody else since.
process_start_time() {
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	read -ra stat <<< "${stat##*) }"
	[[ ${stat[0]} != [ZX] ]] && echo "${stat[19]}"
}

record_pid() { echo "$1 $(process_start_time "$1")" > "$2"; }

# The pid in FILE if that very process still lives.
living_pid() {
	local pid start
	{ read -r pid start < "$1"; } 2>/dev/null || return 1
	[ "$(process_start_time "$pid" || true)" = "$start" ] && echo "$pid"
}

# signal_and_wait FILE SIGNAL: end the process of a pid file and wait until it is gone.
signal_and_wait() {
	local pid deadline=$((SECONDS + STOP_DEADLINE_SEC))
	pid=$(living_pid "$1") || { rm -f "$1"; return 0; }
	kill "-$2" "$pid" 2>/dev/null || true
	while living_pid "$1" >/dev/null; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			say "process $pid ignores SIG$2, killing it"
			kill -KILL "$pid" 2>/dev/null || true
		fi
		sleep 0.02
	done
	rm -f "$1"
}

# Become a daemon's command: no terminal, no descriptor of ours but the log.
daemon_exec() {
	local log=$1 fd
	shift
	exec < /dev/null >> "$log" 2>&1
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || eval "exec $fd>&-"
	done
	exec setsid -- "$@"
}

# Ports that are free now, below the range from which the kernel takes those of outgoing connections:
# a client that keeps trying a dead server's port there would one day connect to itself.
free_ports() {
	python3 - "$1" <<-'PY'
		import random, socket, sys
		with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
		    low, high = map(int, file.read().split())
		ports = [port for port in range(20000, 65000) if not low <= port <= high]
		random.shuffle(ports)
		held = []
		for port in ports:
		    s = socket.socket()
		    try:
		        s.bind(("127.0.0.1", port))
		    except OSError:
		        continue
		    held.append((port, s))
		    if len(held) == int(sys.argv[1]):
		        break
		print(*(port for port, _ in held))
	PY
}

port_is_free() {
	python3 -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))' "$1" 2>/dev/null
}
