#!/usr/bin/env bash
# tinyproxy answers a wrong password with 401 instead of 407, so git has the credential of the repository erased
#
# Versions: tinyproxy 1.11.1-2.1+deb12u1, git 1:2.39.5-0+deb12u3 (Debian 12). tinyproxy 1.11.3 was seen to answer 407.
# Needs:    apt, the libraries of Debian's git, python3 (its standard library). No root.
#
# A proxy says 407 and Proxy-Authenticate where it wants a password, and one would guess that it says so to a wrong
# one as well. This tinyproxy says 407 if there is none, and 401 with WWW-Authenticate to one that is wrong: the
# words of a server about itself. So a program that looks at the code believes that the server behind the proxy
# refuses it. git asks its helpers for the repository's password, sends that, gets 401 again, and has the good one
# erased; the proxy's wrong one is kept. Behind CONNECT git says 401 and nothing of a password for the proxy, and has
# nothing erased at all.
#
# Output, which is compared:
#   | no password: HTTP/1.0 407 Proxy Authentication Required; Proxy-Authenticate
#   | wrong password: HTTP/1.0 401 Unauthorized; WWW-Authenticate
#   | git, http: get for the proxy, get for the repository, erase for the repository
#   | git, http: fatal: Authentication failed
#   | git, https: get for the proxy
#   | git, https: fatal: CONNECT tunnel failed, response 401
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) proxy=
finish() {
	[ -z "$proxy" ] || kill "$proxy" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download tinyproxy-bin=1.11.1-2.1+deb12u1 git=1:2.39.5-0+deb12u3 >/dev/null
for package in *.deb; do
	dpkg-deb --extract "$package" .
done
export PATH=$dir/usr/bin:$PATH GIT_EXEC_PATH=$dir/usr/lib/git-core GIT_TEMPLATE_DIR=$dir HOME=$dir
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$dir/config GIT_TERMINAL_PROMPT=0 NO_PROXY= no_proxy=

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'Port %s\nListen 127.0.0.1\nTimeout 30\nBasicAuth user good\n' "$port" >tinyproxy.conf
tinyproxy -d -c tinyproxy.conf >/dev/null &
proxy=$!

cat >ask.py <<'END'
import base64, socket, sys, time

for _ in range(100):
    try:
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
        break
    except ConnectionRefusedError:
        time.sleep(0.1)
header = ""
if len(sys.argv) > 2:
    header = "Proxy-Authorization: Basic %s\r\n" % base64.b64encode(sys.argv[2].encode()).decode()
s.sendall(("CONNECT 127.0.0.1:9 HTTP/1.1\r\nHost: 127.0.0.1:9\r\n%s\r\n" % header).encode())
answer = s.makefile().read().splitlines()
print(answer[0] + "; " + ", ".join(l.split(":")[0] for l in answer if l.split(":")[0].endswith("Authenticate")))
END
cat >helper <<END
#!/bin/sh
if grep -q '^host=127.0.0.1:$port\$'; then
	echo "\$1 for the proxy" >>"$dir/asked"
else
	echo "\$1 for the repository" >>"$dir/asked"
fi
[ "\$1" != get ] || printf 'username=user\npassword=something\n'
END
chmod +x helper
try() { # SCHEME
	: >asked
	timeout 30 git -c credential.helper="$dir/helper" -c http.proxy="http://user@127.0.0.1:$port" ls-remote "$1://127.0.0.1:9/repo" 2>said || true
	echo "git, $1: $(paste -s -d , asked | sed 's/,/, /g')"
	echo "git, $1: $(grep -oE '^fatal: |Authentication failed|CONNECT .*' said | paste -s -d '' )"
}
{
	echo "no password: $(python3 ask.py "$port")"
	echo "wrong password: $(python3 ask.py "$port" user:bad)"
	try http
	try https
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
