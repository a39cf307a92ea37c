#!/usr/bin/env bash
# az rest --body @FILE: a file that is missing is sent as its name, and text of UTF-8 as Latin-1
#
# Versions: azure-cli 2.45.0-1 (Debian 12).
# Needs:    this package of Debian installed (apt-get install azure-cli; the script checks the version), python3 (its
#           standard library). No root.
#
# The help says "Use @{file} to load from a file". One would guess that a file that is missing is an error, and that the
# body is the bytes of the file. A word whose file can't be opened stays as it is, so the service gets the eight letters
# "@missing", and az ends with 0. Text that is no JSON is read as UTF-8 and sent as Latin-1, or not at all where Latin-1
# lacks a letter. What is not UTF-8 is tried as UTF-16, whose decoder leaves out what is cut short: of one letter in
# Latin-1 nothing is left, and az ends with 0.
#
# Output, which is compared:
#   | missing: exit 0, the body is b'@missing'
#   | in UTF-8, Latin-1 has it: exit 0, the body is b'Z\xfcrich'
#   | in UTF-8, Latin-1 has it not: exit 1, no request
#   | JSON in UTF-8: exit 0, the body is b'"\\u0141"'
#   | in Latin-1: exit 1, no request
#   | one letter in Latin-1: exit 0, the body is b''
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) server=
finish() {
	[ -z "$server" ] || kill "$server" || true
	rm -rf "$dir"
}
trap finish EXIT
have=$(dpkg-query -W -f '${Version}' azure-cli 2>/dev/null || echo none)
[ "$have" = 2.45.0-1 ] || { echo "az-rest-body-file: azure-cli is $have, not 2.45.0-1" >&2; exit 2; }
cd "$dir"
export HOME=$dir AZURE_CONFIG_DIR=$dir/azure AZURE_CORE_COLLECT_TELEMETRY=0 no_proxy='*'

cat >server.py <<'END'
import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open("sent", "a") as f:
            print("the body is %r" % body, file=f)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("address", "w") as f:
    print("http://127.0.0.1:%d/x" % server.server_port, file=f)
open("ready", "w").close()
server.serve_forever()
END
python3 server.py &
server=$!
for _ in $(seq 100); do [ -e ready ] || sleep 0.1; done
url=$(cat address)

try() { # WHAT FILE
	local code=0
	: >sent
	timeout 60 az rest --method put --url "$url" --body "@$2" >/dev/null 2>&1 || code=$?
	echo "$1: exit $code, $(grep . sent || echo "no request")"
}
printf 'Z\303\274rich\n' >latin
printf '\305\201' >other
printf '"\305\201"' >json
printf 'Z\374rich' >old
printf '\374' >letter
{
	try missing missing
	try "in UTF-8, Latin-1 has it" latin
	try "in UTF-8, Latin-1 has it not" other
	try "JSON in UTF-8" json
	try "in Latin-1" old
	try "one letter in Latin-1" letter
} >seen
diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
