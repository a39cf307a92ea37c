#!/usr/bin/env bash
# git: beside http.extraHeader a helper's good credential is never sent, and then it is erased
#
# Versions: git 1:2.39.5-0+deb12u3 (Debian 12). The same was seen with git 2.55.0.
# Needs:    apt, the libraries of Debian's git, python3 (its standard library). No root.
#
# Build pipelines write "Authorization: ..." into http.extraHeader. When that token has ended the server says 401,
# and git asks the credential helper. One would guess that git then sends what the helper gave. It can't: the header
# of the configuration takes the place of the one that git makes, so the old token goes out a second time, the
# server says 401 again, and git concludes that the helper's credential is bad. It tells every helper to erase it.
# The person sees "Authentication failed", and signs in anew for the next repository as well.
#
# Output, which is compared:
#   | without http.extraHeader: git ends with 0
#   |   sent: nothing, the helper's
#   |   helper: get, store
#   | with an old token in http.extraHeader: git ends with 128
#   |   sent: the old one, the old one
#   |   helper: get, erase of the good one
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) server=
finish() {
	[ -z "$server" ] || kill "$server" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download git=1:2.39.5-0+deb12u3 >/dev/null
dpkg-deb --extract git_*.deb .
export PATH=$dir/usr/bin:$PATH GIT_EXEC_PATH=$dir/usr/lib/git-core GIT_TEMPLATE_DIR=$dir HOME=$dir
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$dir/config GIT_TERMINAL_PROMPT=0 no_proxy='*'

cat >server.py <<'END'
import base64, http.server

GOOD = "Basic " + base64.b64encode(b"user:good").decode()
WORDS = {None: "nothing", GOOD: "the helper's", "Bearer old": "the old one"}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        sent = self.headers.get("Authorization")
        with open("sent", "a") as f:
            print(WORDS.get(sent, sent), file=f)
        self.send_response(200 if sent == GOOD else 401)
        if sent == GOOD:
            self.send_header("Content-Type", "application/x-git-upload-pack-advertisement")
            self.end_headers()
            self.wfile.write(b"001e# service=git-upload-pack\n00000000")
        else:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("address", "w") as f:
    print("http://127.0.0.1:%d/repo" % server.server_port, file=f)
open("ready", "w").close()
server.serve_forever()
END
python3 server.py &
server=$!
for _ in $(seq 100); do [ -e ready ] || sleep 0.1; done
url=$(cat address)

cat >helper <<END
#!/bin/sh
if grep -q '^password=good$' && [ "\$1" = erase ]; then
	set -- "erase of the good one"
fi
echo "\$1" >>"$dir/asked"
if [ "\$1" = get ]; then
	printf 'username=user\npassword=good\n'
fi
END
chmod +x helper
try() { # WHAT OPTION...
	local code=0
	: >sent >asked
	timeout 30 git -c credential.helper="$dir/helper" "${@:2}" ls-remote "$url" >/dev/null 2>&1 || code=$?
	echo "$1: git ends with $code"
	echo "  sent: $(paste -s -d , sent | sed 's/,/, /g')"
	echo "  helper: $(paste -s -d , asked | sed 's/,/, /g')"
}
{
	try "without http.extraHeader"
	try "with an old token in http.extraHeader" -c http.extraHeader="Authorization: Bearer old"
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
