#!/usr/bin/env bash
# helm registry logout leaves the credential of docker's helper, and login writes the password beside it
#
# Versions: helm.sh/helm/v4 v4.3.1 (the helm command, built from its Go module).
# Needs:    Go (the build takes two to five minutes), python3 (its standard library). No root.
#
# Helm pulls with the credentials of docker's config.json, and asks the helper that is named there for a registry. One
# would guess that "helm registry login" and "logout" have that helper store and erase. Both know Helm's own file alone.
# logout says that it removes the credential, ends with 0, and the next pull works as before. login writes the password
# into that file in base64, which the helper is there to prevent, and from then on the helper is not asked any more.
#
# Output, which is compared:
#   | pull: ended with 0; helper: get
#   | registry logout: ended with 0, Removing login credentials for HOST; helper: not asked
#   | pull: ended with 0; helper: get
#   | registry login: ended with 0, Login Succeeded; helper: not asked
#   | Helm's own file: {"auths":{"HOST":{"auth":"dXNlcjpnb29k"}}}, which is user:good
#   | pull: ended with 0; helper: not asked
#   | registry logout: ended with 0, Removing login credentials for HOST; helper: not asked
#   | Helm's own file: {"auths":{}}
#   | pull: ended with 0; helper: get
set -euo pipefail
self=$(realpath "$0") dir=$(realpath "$(mktemp -d)") server=
finish() {
	[ -z "$server" ] || kill "$server" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get -tool helm.sh/helm/v4/cmd/helm@v4.3.1
quiet go build -o helm helm.sh/helm/v4/cmd/helm

mkdir chart
printf 'apiVersion: v2\nname: chart\nversion: 0.1.0\n' >chart/Chart.yaml
tar -czf chart.tgz chart

cat >server.py <<'END'
import base64
import hashlib
import http.server
import json

GOOD = "Basic " + base64.b64encode(b"user:good").decode()
blobs = {}


def blob(media, body):
    digest = "sha256:" + hashlib.sha256(body).hexdigest()
    blobs[digest] = (media, body)
    return {"mediaType": media, "digest": digest, "size": len(body)}


with open("chart.tgz", "rb") as f:
    layer = blob("application/vnd.cncf.helm.chart.content.v1.tar+gzip", f.read())
config = blob("application/vnd.cncf.helm.config.v1+json", b'{"apiVersion":"v2","name":"chart","version":"0.1.0"}')
media = "application/vnd.oci.image.manifest.v1+json"
manifest = {"schemaVersion": 2, "mediaType": media, "config": config, "layers": [layer]}
blobs["0.1.0"] = blobs[blob(media, json.dumps(manifest).encode())["digest"]]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.protocol_version = "HTTP/1.1"
        if self.headers.get("Authorization") != GOOD:
            return self.answer(401, "application/json", b"{}")
        if self.path == "/v2/":
            return self.answer(200, "application/json", b"{}")
        self.answer(200, *blobs[self.path.rsplit("/", 1)[1]])

    do_HEAD = do_GET

    def answer(self, code, media, body):
        self.send_response(code)
        self.send_header("WWW-Authenticate", 'Basic realm="registry"')
        self.send_header("Content-Type", media)
        self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(body).hexdigest())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
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

mkdir -p bin home docker pulled
cat >bin/docker-credential-trial <<END
#!/bin/sh
input=\$(cat)
echo "\$1" >>"$dir/asked"
[ "\$1" != get ] || echo '{"ServerURL":"'"\$input"'","Username":"user","Secret":"good"}'
END
chmod +x bin/docker-credential-trial
export PATH=$dir/bin:$PATH HOME=$dir/home DOCKER_CONFIG=$dir/docker no_proxy='*'
unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME HELM_REGISTRY_CONFIG
echo '{"credHelpers":{"'"$host"'":"trial"}}' >docker/config.json
run() { # WHAT COMMAND ARGUMENT...
	local code=0
	: >asked
	timeout 60 ./helm "${@:2}" >said 2>&1 || code=$?
	echo "$1: ended with $code$(sed -n '/^Pulled\|^Digest/!s/^/, /p' said); helper: $(paste -s -d , asked | sed 's/^$/not asked/')"
}
pull() { run pull pull "oci://$host/charts/chart" --version 0.1.0 --destination pulled --plain-http; }
contents() { tr -d ' \t\n' <home/.config/helm/registry/config.json; }
{
	pull
	run "registry logout" registry logout "$host"
	pull
	printf good | run "registry login" registry login "$host" --username user --password-stdin --plain-http
	echo "Helm's own file: $(contents), which is $(contents | sed 's/.*"auth":"//; s/".*//' | base64 --decode)"
	pull
	run "registry logout" registry logout "$host"
	echo "Helm's own file: $(contents)"
	pull
} | sed "s/$host/HOST/g" >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
