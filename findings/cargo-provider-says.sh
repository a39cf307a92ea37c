#!/usr/bin/env bash
# cargo shows what a credential provider has to say with one kind of error of four, though its protocol has it for all
#
# Versions: cargo 1.96.0 (Debian 12's cargo-web 1.96.0+dfsg1-1~deb12u2). Seen with 1.95.0 of rustup, too.
# Needs:    apt, python3 (its standard library); the libraries that Debian's cargo needs. No root.
#
# A credential provider answers cargo with a token or with one of four errors. In the protocol's description each has a
# "message", "to be displayed", and its causes. So one would say there why there is no token: sign in first, this feed
# is not mine, write it so. cargo shows that of "other" alone. With the three others, those of a provider that works as
# it should, cargo has words of its own or none. "other" in turn ends the call: the next provider is not asked. Nor is
# it after operation-not-supported, which is what the protocol wants of a provider that only gets tokens. So where one
# of those is in the list, "cargo login" can't store a token with a provider behind it; after not-found it can. And
# "cargo logout" succeeds with not-found, and fails with operation-not-supported.
#
# Output, which is compared:
#   | logout, url-not-supported: ended with 101, message and cause not shown
#   | logout, not-found: ended with 0, message and cause not shown
#   | logout, operation-not-supported: ended with 101, message and cause not shown
#   | logout, other: ended with 101, message and cause shown
#   | login with cargo:token behind it, url-not-supported: ended with 0, the token is stored
#   | login with cargo:token behind it, not-found: ended with 0, the token is stored
#   | login with cargo:token behind it, operation-not-supported: ended with 101, the token is not stored
#   | login with cargo:token behind it, other: ended with 101, the token is not stored
set -euo pipefail
self=$(realpath "$0") dir=$(realpath "$(mktemp -d)") server=
finish() {
	[ -z "$server" ] || kill "$server" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download 'cargo-web=1.96.0+dfsg1-1~deb12u2' >/dev/null
dpkg-deb --extract cargo-web_*.deb .

cat >server.py <<'END'
import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"dl": "http://127.0.0.1/dl", "api": "http://127.0.0.1"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("address", "w") as f:
    print("http://127.0.0.1:%d/index/" % server.server_port, file=f)
open("ready", "w").close()
server.serve_forever()
END
python3 server.py &
server=$!
for _ in $(seq 100); do [ -e ready ] || sleep 0.1; done

cat >provider <<END
#!/bin/sh
echo '{"v":[1]}'
read -r request
echo "\$request" >>"$dir/asked"
echo '{"Err":{"kind":"'"\$KIND"'","message":"my message","caused-by":["my cause"]}}'
END
chmod +x provider
mkdir home
export CARGO_HOME=$dir/home HOME=$dir no_proxy='*'
run() { # PROVIDERS COMMAND...: says how cargo ended
	printf '[registries.trial]\nindex = "sparse+%s"\n[registry]\nglobal-credential-providers = [%s]\n' \
		"$(cat address)" "$1" >home/config.toml
	rm -f home/credentials.toml asked
	local code=0
	echo token | timeout 60 usr/bin/cargo "${@:2}" --registry trial >said 2>&1 || code=$?
	[ -s asked ] || { echo "the provider was not asked:" >&2; cat said >&2; exit 2; }
	printf 'ended with %s, ' "$code"
}
export KIND
{
	for KIND in url-not-supported not-found operation-not-supported other; do
		printf 'logout, %s: ' "$KIND"
		run "\"$dir/provider\"" logout
		case "$(grep -c -e 'my message' -e 'my cause' said)" in
		0) echo "message and cause not shown" ;;
		2) echo "message and cause shown" ;;
		*) cat said ;;
		esac
	done
	for KIND in url-not-supported not-found operation-not-supported other; do
		printf 'login with cargo:token behind it, %s: ' "$KIND"
		run "\"cargo:token\", \"$dir/provider\"" login # the last one is asked first
		if [ -e home/credentials.toml ]; then echo "the token is stored"; else echo "the token is not stored"; fi
	done
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
