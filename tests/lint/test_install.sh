#!/usr/bin/env bash
# `cmake --install` puts everything in its place, and what it puts there runs.
set -euo pipefail
: "${HUBMETER_SOURCE_DIR:?}" "${HUBMETER_BUILD_DIR:?}"

prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
status=0
complain() {
	echo "$*"
	status=1
}
expect() { [ -s "$prefix/$1" ] || complain "not installed: $1"; }

cmake --install "$HUBMETER_BUILD_DIR" --prefix "$prefix" > "$prefix/log" || cat "$prefix/log"

for program in hubmeter hubmeter-collector hubmeter-aggregator hubmeter-dashboard; do
	expect "bin/$program"
	"$prefix/bin/$program" --version | grep "^$program" || complain "$program --version fails"
	expect "share/hubmeter/examples/$program.conf"
	compgen -G "$prefix/share/man/man[18]/$program.[18]" || complain "no manual page of $program"
done
expect bin/hubmeter-fetch
"$prefix/bin/hubmeter-fetch" --version | grep -q "^libcurl" || complain "hubmeter-fetch --version fails"
while IFS= read -r file; do
	expect "share/hubmeter/sql/$file"
done < <(cd "$HUBMETER_SOURCE_DIR/sql" && echo manifest && find . -name '*.sql')
for unit in "$HUBMETER_SOURCE_DIR"/deploy/systemd/*; do
	expect "lib/systemd/system/${unit##*/}"
done
for template in "$HUBMETER_SOURCE_DIR"/deploy/journal/*.template; do
	expect "share/hubmeter/journal/${template##*/}"
done
while IFS= read -r file; do
	expect "share/hubmeter/${file#deploy/}"
done < <(cd "$HUBMETER_SOURCE_DIR" && find deploy/grafana deploy/prometheus -type f)
expect share/bash-completion/completions/hubmeter
expect share/zsh/site-functions/_hubmeter
if command -v man > /dev/null; then
	for page in "$prefix"/share/man/man[158]/*; do
		faults=$({ man --warnings -l "$page" > /dev/null; } 2>&1)
		[ -z "$faults" ] || complain "$page: $faults"
	done
fi
exit "$status"
