#!/usr/bin/env bash
# az account list --refresh takes a managed identity for a service principal, and never refreshes its subscriptions
#
# Versions: azure-cli 2.45.0-1 (Debian 12).
# Needs:    this package of Debian installed (apt-get install azure-cli; the script checks the version), python3 (its
#           standard library). No root.
#
# The help of --refresh says "retrieve up-to-date subscriptions from server". One would guess that this is done for
# whatever "az login" signed in, as az account get-access-token is. For a managed identity it looks in its own store for a
# service principal of the name systemAssignedIdentity, finds none, asks neither for a token nor for subscriptions, and ends
# with 0 and the old list: a subscription that the identity was given since, az never shows until az login --identity is run
# again. The same az does get a token of that identity, for which it asks twice.
#
# Output, which is compared:
#   | a token: exit 0, MSI-TOKEN, requests for a token: 2
#   | --refresh: exit 0, Old, requests for a token: 0
#   | it warns: Could not retrieve credential from local cache for service principal systemAssignedIdentity.
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) server=
finish() {
	[ -z "$server" ] || kill "$server" || true
	rm -rf "$dir"
}
trap finish EXIT
have=$(dpkg-query -W -f '${Version}' azure-cli 2>/dev/null || echo none)
[ "$have" = 2.45.0-1 ] || { echo "az-refresh-identity: azure-cli is $have, not 2.45.0-1" >&2; exit 2; }
cd "$dir"
export HOME=$dir AZURE_CONFIG_DIR=$dir/azure AZURE_CORE_COLLECT_TELEMETRY=0 no_proxy='*'

# What "az login --identity" leaves behind: its profile is plain JSON, and holds no secret.
mkdir azure
cat >azure/azureProfile.json <<'END'
{"subscriptions": [{"id": "5b5c0170-0000-4000-8000-000000000001", "name": "Old", "state": "Enabled", "isDefault": true,
 "user": {"name": "systemAssignedIdentity", "type": "servicePrincipal", "assignedIdentityInfo": "MSI"},
 "tenantId": "c0170500-0000-4000-8000-000000000002", "homeTenantId": "c0170500-0000-4000-8000-000000000002",
 "environmentName": "AzureCloud", "managedByTenants": []}]}
END

# The place where a machine gets its identity's tokens, and its Azure Resource Manager is nowhere.
cat >server.py <<'END'
import http.server
import json
import time


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open("asked", "a") as f:
            print("token", file=f)
        body = json.dumps({"access_token": "MSI-TOKEN", "token_type": "Bearer", "resource": "x",
                           "expires_in": "3600", "expires_on": str(int(time.time()) + 3600)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("address", "w") as f:
    print("http://127.0.0.1:%d/token" % server.server_port, file=f)
open("ready", "w").close()
server.serve_forever()
END
python3 server.py &
server=$!
for _ in $(seq 100); do [ -e ready ] || sleep 0.1; done
export MSI_ENDPOINT=$(cat address)

try() { # WHAT ARGUMENTS
	local what=$1 code=0
	shift
	: >asked
	az "$@" -o tsv >out 2>err || code=$?
	echo "$what: exit $code, $(tr '\n' ' ' <out | sed 's/ $//'), requests for a token: $(wc -l <asked)"
}

{
	try 'a token' account get-access-token --query accessToken
	try --refresh account list --refresh --query '[].name'
	echo "it warns: $(grep -o 'Could not retrieve[^.]*\.' err)"
} >seen
diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
