#!/usr/bin/env bash
# skopeo logout tries a helper's credential, and erases none; --all takes the helper out of the file
#
# Versions: skopeo 1.9.3+ds1-1+b10 (Debian 12). logout of buildah 1.28.2 (Debian 12) was seen to do the same with --all.
# Needs:    apt, python3 (its standard library). No root.
#
# ~/.config/containers/auth.json can say which helper has the credential of a registry, and skopeo asks it. One would
# guess that logout has that helper erase it. But it writes to one file alone, that of the session or of --authfile, and
# knows no helper but those that are named there. It finds none, asks the helper for the credential after all, and tries
# it on the registry. If it is good, logout takes it for docker's, which may not even be installed, and ends with 0. A
# refused one is "not logged in". The helper keeps both. "logout --all" says that the credentials of all registries are
# gone, and asks no helper at all. With the right file logout does have the credential erased, and the file goes on
# naming the helper; but with --all it no longer does, though that was a setting and no credential.
#
# Output, which is compared:
#   | inspect: works; helper: get
#   | logout: ended with 0; helper: get; tried on the registry: 1 time
#   |   Not logged into HOST with current tool. Existing credentials were established via docker login. Please use docker logout instead.
#   | logout, a credential that is refused: ended with 1; helper: get; tried on the registry: 1 time
#   |   not logged into HOST
#   | logout --all: ended with 0; helper: not asked; tried on the registry: 0 times
#   |   Removed login credentials for all registries
#   | inspect: works; helper: get
#   | logout --authfile: ended with 0; helper: erase; tried on the registry: 0 times
#   |   Removed login credentials for HOST
#   | the file: {"auths":{},"credHelpers":{"HOST":"trial"}}
#   | logout --authfile --all: ended with 0; helper: erase; tried on the registry: 0 times
#   |   Removed login credentials for all registries
#   | the file: {"auths":{}}
#   | inspect: fails; helper: not asked
set -euo pipefail
self=$(realpath "$0") dir=$(realpath "$(mktemp -d)") server=
finish() {
	[ -z "$server" ] || kill "$server" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download skopeo=1.9.3+ds1-1+b10 libgpgme11=1.18.0-3+deb12u1 libassuan0=2.5.5-5 \
	libdevmapper1.02.1=2:1.02.185-2 >/dev/null
for package in *.deb; do dpkg-deb --extract "$package" .; done

cat >server.py <<'END'
import base64
import http.server

GOOD = "Basic " + base64.b64encode(b"user:good").decode()
MANIFEST = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[]}'


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        given = self.headers.get("Authorization")
        if given:
            with open("sent", "a") as f:
                print(self.path, file=f)
        body = MANIFEST if given == GOOD else b"{}"
        self.send_response(200 if given == GOOD else 401)
        self.send_header("WWW-Authenticate", 'Basic realm="registry"')
        self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("address", "w") as f:
    print("127.0.0.1:%d" % server.server_port, file=f)
open("ready", "w").close()
server.serve_forever()
END
python3 server.py &
server=$!
for _ in $(seq 100); do [ -e ready ] || sleep 0.1; done
host=$(cat address)

mkdir -p bin home/.config/containers run
cat >bin/docker-credential-trial <<END
#!/bin/sh
host=\$(cat)
echo "\$1" >>"$dir/asked"
[ "\$1" != get ] || echo '{"ServerURL":"'"\$host"'","Username":"user","Secret":"'"\$SECRET"'"}'
END
chmod +x bin/docker-credential-trial
export PATH=$dir/bin:$PATH HOME=$dir/home XDG_RUNTIME_DIR=$dir/run no_proxy='*' SECRET=good
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/lib/x86_64-linux-gnu
unset XDG_CONFIG_HOME REGISTRY_AUTH_FILE DOCKER_CONFIG
file=home/.config/containers/auth.json
echo '{"credHelpers":{"'"$host"'":"trial"}}' >$file

run() { timeout 60 usr/bin/skopeo "$@"; }
asked() { [ -s asked ] && paste -s -d , asked || echo "not asked"; }
inspect() {
	: >asked
	local how=works
	run inspect --raw --tls-verify=false "docker://$host/app:1" >/dev/null 2>&1 || how=fails
	echo "inspect: $how; helper: $(asked)"
}
logout() { # WHAT ARGUMENT...
	local code=0
	: >asked
	: >sent
	run logout --tls-verify=false "${@:2}" >said 2>&1 || code=$?
	echo "$1: ended with $code; helper: $(asked); tried on the registry: $(wc -l <sent | sed 's/$/ times/; s/^1 times/1 time/')"
	sed 's/^time=.*msg="\(.*\)"$/\1/; s/^/  /' said
}
contents() { echo "the file: $(tr -d ' \t\n' <$file)"; }
{
	inspect
	logout logout "$host"
	SECRET=bad logout "logout, a credential that is refused" "$host"
	logout "logout --all" --all
	inspect
	logout "logout --authfile" --authfile $file "$host"
	contents
	logout "logout --authfile --all" --authfile $file --all
	contents
	inspect
} | sed "s/$host/HOST/g" >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
