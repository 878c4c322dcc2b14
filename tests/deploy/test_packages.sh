#!/usr/bin/env bash
# `cmake --workflow --preset package` makes three packages. What is in them is checked anywhere; with root,
# debootstrap and a mirror of the distribution, a bare system installs, runs, removes and purges them.
set -euo pipefail
: "${HUBMETER_SOURCE_DIR:?}"
cd "$HUBMETER_SOURCE_DIR"

# Mounts of the bare system end with this script.
if [ "$(id -u)" -eq 0 ] && [ -z "${OWN_MOUNTS:-}" ]; then
	OWN_MOUNTS=yes exec unshare --mount --propagation private "$0"
fi

status=0
complain() {
	echo "$*"
	status=1
}
scratch=$(mktemp -d /var/tmp/hubmeter-packages.XXXXXX)
trap 'umount "$scratch/bare/proc" 2> /dev/null || true; rm -rf --one-file-system "$scratch"' EXIT

command -v dpkg-deb > /dev/null || { echo "skipped: dpkg is missing"; exit 77; }
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-2}
rm -f build/package/*.deb
cmake --workflow --preset package > "$scratch/log" 2>&1 || { tail -n 40 "$scratch/log"; exit 1; }
collector=$(echo build/package/hubmeter-collector_*.deb)
server=$(echo build/package/hubmeter-server_*.deb)
sql=$(echo build/package/hubmeter-sql_*_all.deb)

files() { dpkg-deb --fsys-tarfile "$1" | tar -t | grep -v '/$' | sed 's|^\./|/|' | sort; }
holds() { files "$1" | grep -x -- "$2" > /dev/null || complain "${1##*/} lacks $2"; }
needs() {
	dpkg-deb -f "$1" Depends | grep -E "(^|, )$2( |,|$)" > /dev/null || complain "${1##*/} does not depend on $2"
}

# What is where.
twice=$({ files "$collector"; files "$server"; files "$sql"; } | sort | uniq -d)
[ -z "$twice" ] || complain "in two packages: $twice"
DESTDIR=$scratch/all cmake --install build/package > /dev/null
while IFS= read -r file; do
	complain "in no package: $file"
done < <(comm -23 <(cd "$scratch/all" && find . -type f | sed 's|^\.||' | sort) \
	<({ files "$collector"; files "$server"; files "$sql"; } | sort))
for file in deploy/*.conf; do
	name=/etc/hubmeter/${file##*/}
	package=$server
	[ "$name" != /etc/hubmeter/hubmeter-collector.conf ] || package=$collector
	holds "$package" "$name"
	dpkg-deb -I "$package" conffiles | grep -x "$name" > /dev/null || complain "$name is no conffile"
done
holds "$collector" /usr/lib/systemd/system/hubmeter-collector.service
# What the collector starts to ask kubelet is the collector's, too.
[ ! -d fetch ] || holds "$collector" /usr/bin/hubmeter-fetch
for unit in aggregator rate dashboard; do
	holds "$server" "/usr/lib/systemd/system/hubmeter-$unit.service"
done
holds "$server" /usr/share/bash-completion/completions/hubmeter
holds "$sql" /usr/share/hubmeter/sql/manifest

# What it takes to run them is what they are linked with.
for library in libc6 librdkafka1 libuv1 libprotobuf-c1; do
	needs "$collector" "$library"
done
for library in libpq5 librdkafka1 libmicrohttpd12 hubmeter-sql; do
	needs "$server" "$library"
done
! dpkg-deb -f "$collector" Depends | grep -E 'asan|libpq|microhttpd' || complain "the collector needs too much"
# It is loaded where metrics_listen is set, by a name that says which of its versions.
library=$(grep -a -o 'libmicrohttpd[.]so[.][0-9]*' build/package/collector/hubmeter-collector | head -n 1)
[ "$(dpkg-deb -f "$collector" Suggests)" = "$(dpkg-query -S "*/$library" | cut -d: -f1)" ] ||
	complain "the collector does not suggest the library that it loads"
for script in postinst prerm postrm; do
	dpkg-deb -I "$collector" "$script" | sh -n
	dpkg-deb -I "$server" "$script" | sh -n
done

bare_or_why_not() {
	[ "$(id -u)" -eq 0 ] || { echo "needs root"; return 1; }
	command -v debootstrap > "$scratch/which" || { echo "debootstrap is missing"; return 1; }
	# shellcheck source=/dev/null
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# shellcheck disable=SC2016 # apt's own variables
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		awk -v suite="$suite" '$2 == suite { print $1; exit }')
	[ -n "$mirror" ] || { echo "no mirror of '$suite' is known"; return 1; }
	debootstrap --variant=minbase "$suite" "$scratch/bare" "$mirror" > "$scratch/log" 2>&1 ||
		{ tail -n 3 "$scratch/log"; return 1; }
}

why=$(bare_or_why_not) || {
	echo "no bare system: $why"
	# What must hold anywhere: apt finds everything they depend on.
	apt-get -s -qq -o Debug::NoLocking=1 install "./$collector" "./$server" "./$sql" > "$scratch/log" 2>&1 ||
		{ cat "$scratch/log"; complain "dependencies cannot be satisfied"; }
	[ "$status" -ne 0 ] || [ "${CI:-}" = true ] || exit 77
	exit "$status"
}

bare=$scratch/bare
mkdir "$bare/packages"
cp "$collector" "$server" "$sql" "$bare/packages"
cp tests/deploy/in_b*_system.sh "$bare/packages"
cp /etc/resolv.conf /etc/hosts "$bare/etc"
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || install -D -t "$bare/etc/ssl/certs" /etc/ssl/certs/ca-certificates.crt
apt-config dump | grep -E '^Acquire::(https?|Check)' > "$bare/etc/apt/apt.conf.d/99host" || true
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
	unshare --pid --fork chroot "$bare" /packages/in_bare_system.sh || complain "not in a bare system"
umount "$bare/proc" # of processes that are gone

# With systemd in it the units run as they are, where a container may be booted at all.
booted() { systemd-nspawn --quiet --keep-unit --register=no --directory "$bare" "$@" > "$scratch/log" 2>&1; }
if ! command -v systemd-nspawn > /dev/null || ! booted /bin/true; then
	cat "$scratch/log"
	echo "units were not started: systemd-nspawn does not run here"
	exit "$status"
fi
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
	chroot "$bare" /packages/in_booted_system.sh prepare || complain "systemd can't be installed"
timeout 120 systemd-nspawn --quiet --keep-unit --register=no --directory "$bare" --boot > "$scratch/log" 2>&1 ||
	complain "$(tail -n 5 "$scratch/log")"
cat "$bare/packages/result"
grep -qx 'all is well' "$bare/packages/result" || complain "not in a booted system"
exit "$status"
