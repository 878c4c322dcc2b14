# shellcheck shell=bash
# A private certificate authority, for services that are told --secure. Sourced by services; uses its
# variable dir.
#
#   $dir/secure        is there: these services want certificates and passwords
#   $dir/tls/ca.pem    whom everybody trusts     $dir/tls/ca.key     what certificates are signed with
#   $dir/tls/NAME.crt  a certificate             $dir/tls/NAME.key   its key
#   $dir/tls/NAME.pem  key, certificate and authority in one, for those who want that
#
# Whatever has a key in it is readable by its owner alone.
# shellcheck disable=SC2154

is_secure() { [ -e "$dir/secure" ]; }

tls_new_key() { # FILE
	(umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null) ||
		die "cannot make a key: is openssl there"
}

# tls_authority DIRECTORY
tls_authority() {
	[ ! -s "$1/ca.pem" ] || return 0
	mkdir -p "$1"
	tls_new_key "$1/ca.key"
	openssl req -x509 -new -key "$1/ca.key" -days 3650 -subj "/CN=hubmeter local authority" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
		-out "$1/ca.pem.new"
	mv "$1/ca.pem.new" "$1/ca.pem"
}

# tls_certificate DIRECTORY NAME [DAYS]: made anew where there is one. Files appear whole: who reads them
# meanwhile sees a key and a certificate of which one is new, and has to read again.
tls_certificate() {
	local directory=$1 name=$2 days=${3:-365} work
	work=$(mktemp -d "$directory/.new.XXXXXX")
	tls_new_key "$work/key"
	openssl req -new -key "$work/key" -subj "/CN=$name" -out "$work/csr"
	printf '%s\n' subjectAltName=DNS:localhost,IP:127.0.0.1 extendedKeyUsage=serverAuth,clientAuth > "$work/ext"
	openssl x509 -req -in "$work/csr" -CA "$directory/ca.pem" -CAkey "$directory/ca.key" -days "$days" \
		-set_serial "0x$(openssl rand -hex 16)" -extfile "$work/ext" -out "$work/crt" 2> "$work/log" ||
		{ cat "$work/log" >&2; die "cannot make the certificate $name"; }
	(umask 077 && cat "$work/key" "$work/crt" "$directory/ca.pem" > "$work/pem")
	mv "$work/key" "$directory/$name.key"
	mv "$work/crt" "$directory/$name.crt"
	mv "$work/pem" "$directory/$name.pem"
	rm -rf "$work"
}

# What the services themselves need.
tls_prepare() {
	local name
	command -v openssl >/dev/null || die "openssl is missing: try deploy/local/packages ensure build"
	tls_authority "$dir/tls"
	for name in kafka-broker postgres admin aggregator; do
		[ -s "$dir/tls/$name.pem" ] || tls_certificate "$dir/tls" "$name"
	done
}
