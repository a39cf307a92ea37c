#!/usr/bin/env bash
# git-lfs asks for a new password after each refusal, without end
#
# Versions: git-lfs 3.3.0-1+deb12u2 (Debian 12). Seen with 3.6.1 (Debian 13), too; 3.8.1 ends with
#           "too many authentication attempts".
# Needs:    apt, git, python3 (its standard library). No root.
#
# git asks a credential helper once: if the server refuses what it gave, git has it erased and gives up. One would
# guess the same of git-lfs, which asks the same helpers through "git credential". It has what was refused erased,
# asks again, tries again, and so on for as long as the helper has an answer. A helper that takes a token from a
# cache, or a fresh one from an identity provider, always has one. (Here it is out of answers after 25.)
#
# Output, which is compared:
#   | git ls-remote: asked 1 time, sent 1 time, erased 1 time
#   | git lfs push: asked 26 times, sent 25 times, erased 25 times
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) server=
finish() {
	[ -z "$server" ] || kill "$server" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download git-lfs=3.3.0-1+deb12u2 >/dev/null
dpkg-deb --extract git-lfs_*.deb .
export PATH=$dir/usr/bin:$PATH HOME=$dir GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$dir/config GIT_TERMINAL_PROMPT=0
export no_proxy='*'

cat >server.py <<'END'
import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization"):
            with open("sent", "a") as f:
                print(self.path, file=f)
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

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

cat >helper <<END
#!/bin/sh
echo "\$1" >>"$dir/asked"
if [ "\$1" = get ] && [ "\$(grep -c get "$dir/asked")" -le 25 ]; then
	printf 'username=user\npassword=refused\n'
elif [ "\$1" = get ]; then
	echo quit=1
fi
END
chmod +x helper
printf '[credential]\n\thelper = %s/helper\n[user]\n\tname = A\n\temail = a@example.com\n' "$dir" >config
git init -q repo
cd repo
git remote add origin "$(cat ../address)"
git config lfs.locksverify false # one kind of request is enough
{
	git lfs install --local
	git lfs track '*.bin'
	echo large >a.bin
	git add .
	git commit -qm first
} >/dev/null
try() { # WHAT COMMAND...
	: >../sent >../asked
	if timeout 60 "${@:2}" >/dev/null 2>&1; then
		echo "$1 succeeded" >&2
		exit 2
	fi
	printf '%s: asked %s, sent %s, erased %s\n' "$1" "$(times get ../asked)" "$(times . ../sent)" "$(times erase ../asked)"
}
times() { # PATTERN FILE
	grep -c "$1" "$2" | sed 's/^1$/1 time/; t; s/$/ times/'
}
{
	try "git ls-remote" git ls-remote origin
	try "git lfs push" git lfs push origin HEAD
} >../seen
cd ..

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
