#!/usr/bin/env bash
# az rest --body @FILE: a file that is missing is sent as its name, and az succeeds
#
# Versions: azure-cli 2.45.0-1 (Debian 12).
# Needs:    this package of Debian installed (apt-get install azure-cli; the script checks the version), python3 (its
#           standard library). No root.
#
# The help says "Use @{file} to load from a file". One would guess that a file that is missing is an error before any
# request. A word whose file can't be opened stays as it is: the service gets the eight letters "@missing" as the new
# content of what is put, and az ends with 0 where the service takes that.
#
# Output, which is compared:
#   | missing: exit 0, the body is b'@missing'
#   | there: exit 0, the body is b'{"a": 1}'
#   | a folder: exit 0, the body is b'@folder'
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
printf '{"a": 1}' >there
mkdir folder
{
	try missing missing
	try there there
	try "a folder" folder
} >seen
diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
