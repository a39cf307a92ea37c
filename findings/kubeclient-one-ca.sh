#!/usr/bin/env bash
# Ruby's kubeclient trusts the first certificate of certificate-authority-data, and none of the others
#
# Versions: kubeclient 4.9.3 (Debian 12: ruby-kubeclient 4.9.3-2), installed.
# Needs:    ruby-kubeclient 4.9.3-2, openssl. No root.
#
# A cluster whose certificate authority is replaced has kubeconfigs with two certificates for a while, the old one and
# the new one, which kubectl and every client made with client-go take as a bundle. One would guess the same of
# kubeclient. It reads the first certificate of the text and drops the rest without a word: with the new authority in
# the second place every call fails, "certificate verify failed". The same bundle in a file that certificate-authority
# names is taken whole.
#
# Output, which is compared:
#   | the authority alone: trusted
#   | data, the authority first: trusted
#   | data, the authority second: not trusted
#   | a file, the authority first: trusted
#   | a file, the authority second: trusted
set -euo pipefail
self=$(realpath "$0") dir=$(realpath "$(mktemp -d)")
trap 'rm -rf "$dir"' EXIT
cd "$dir"
version=$(dpkg-query -W -f '${Version}' ruby-kubeclient 2>/dev/null || true)
[ "$version" = 4.9.3-2 ] || { echo "ruby-kubeclient 4.9.3-2 is not installed (${version:-none})" >&2; exit 2; }

authority() { # NAME
	openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>/dev/null
}
authority old
authority new
openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr 2>/dev/null
openssl x509 -req -in server.csr -CA new.pem -CAkey new.key -CAcreateserial -days 30 -out server.pem 2>/dev/null
cat new.pem old.pem >first.pem
cat old.pem new.pem >second.pem

cat >trusts.rb <<'END'
require "kubeclient"

context = Kubeclient::Config.read("config").context
server = OpenSSL::X509::Certificate.new(File.read("server.pem"))
store = context.ssl_options[:cert_store] || OpenSSL::X509::Store.new
store.add_file(context.ssl_options[:ca_file]) if context.ssl_options[:ca_file]
puts store.verify(server) ? "trusted" : "not trusted"
END
try() { # NAME LINE: the cluster's line for the authority
	printf '%s\n' 'apiVersion: v1' 'kind: Config' 'current-context: c' 'contexts: [{name: c, context: {cluster: c, user: u}}]' \
		'users: [{name: u, user: {token: x}}]' "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:9', $2}}]" >config
	echo "$1: $(/usr/bin/ruby trusts.rb)"
}
data() { echo "certificate-authority-data: $(base64 -w0 "$1")"; }
{
	try "the authority alone" "$(data new.pem)"
	try "data, the authority first" "$(data first.pem)"
	try "data, the authority second" "$(data second.pem)"
	try "a file, the authority first" "certificate-authority: $dir/first.pem"
	try "a file, the authority second" "certificate-authority: $dir/second.pem"
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
