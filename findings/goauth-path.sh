#!/usr/bin/env bash
# go: with credential.useHttpPath on, GOAUTH=git gets a good credential and does not send it
#
# Versions: Go 1.26.8; git 1:2.39.5-0+deb12u3 (Debian 12).
# Needs:    Go of that version, apt, the libraries of Debian's git. No root.
#
# With GOAUTH=git the go command asks git's helpers for private modules. credential.useHttpPath is for hosts where
# each organization has its own credential, and one would guess that go works with it as git itself does. But the
# path that go gives is the one of its own discovery request, "org/repo?go-get=1", so a helper looks for a repository
# of that name. One that doesn't care and answers all the same is asked in vain: go puts the answer together to a URL
# in which "?" has become "%3F", finds that this is not the start of what it asked for, and goes on without a word
# and without the credential: "401 Unauthorized". What the helper prints on stderr, such as where to sign in, is
# never shown.
#
# Output, which is compared:
#   | useHttpPath=false: go ends with 0
#   |   the helper is asked for: repos.example.com
#   |   the server got the credential: yes
#   |   the helper's line on stderr was shown: no
#   | useHttpPath=true: go ends with 1
#   |   the helper is asked for: repos.example.com org/repo?go-get=1
#   |   the server got the credential: no
#   |   the helper's line on stderr was shown: no
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"

export GOTOOLCHAIN=local
if [ "$(go env GOVERSION)" != go1.26.8 ]; then
	echo "goauth-path: this is $(go env GOVERSION), not go1.26.8" >&2
	exit 2
fi
apt-get -q -o APT::Sandbox::User= download git=1:2.39.5-0+deb12u3 >/dev/null
dpkg-deb --extract git_*.deb .
export PATH=$dir/usr/bin:$PATH GIT_EXEC_PATH=$dir/usr/lib/git-core GIT_TEMPLATE_DIR=$dir
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$dir/config GIT_TERMINAL_PROMPT=0

# A host of modules behind a proxy on loopback, so that it may have a name.
mkdir server module
cat >server/main.go <<'END'
package main

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
)

func host(w http.ResponseWriter, r *http.Request) {
	if _, password, _ := r.BasicAuth(); password != "good" {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	os.WriteFile("credential", nil, 0o600)
	switch {
	case r.URL.Query().Get("go-get") == "1":
		fmt.Fprint(w, `<meta name="go-import" content="repos.example.com/org/repo mod https://repos.example.com/modules">`)
	case strings.HasSuffix(r.URL.Path, ".info"):
		fmt.Fprint(w, `{"Version":"v1.0.0"}`)
	case strings.HasSuffix(r.URL.Path, ".mod"):
		fmt.Fprintln(w, "module repos.example.com/org/repo")
	}
}

// tunnel leads each CONNECT to the host.
func tunnel(c net.Conn, address string) {
	defer c.Close()
	from := bufio.NewReader(c)
	if _, err := http.ReadRequest(from); err != nil {
		return
	}
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
	go io.Copy(to, from)
	io.Copy(c, to)
}

// main runs the command in front of which it stands, with the host at hand.
func main() {
	s := httptest.NewTLSServer(http.HandlerFunc(host))
	os.WriteFile("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			go tunnel(c, s.Listener.Addr().String())
		}
	}()
	proxy := "http://" + l.Addr().String()
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Env = append(os.Environ(), "HTTPS_PROXY="+proxy, "https_proxy="+proxy, "NO_PROXY=", "no_proxy=", "SSL_CERT_FILE="+os.Getenv("PWD")+"/ca.pem")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		os.Exit(1)
	}
}
END
(cd server && go mod init server 2>/dev/null && GOWORK=off go build -o "$dir/serve" .)

cat >helper <<END
#!/bin/sh
[ "\$1" = get ] || exit 0
sed -nE 's/^(host|path)=//p' | paste -s -d ' ' >>"$dir/asked"
echo "sign in at https://example.com" >&2
printf 'username=user\npassword=good\n'
END
chmod +x helper
printf 'module example.com/module\n\ngo 1.26\n' >module/go.mod
try() { # useHttpPath
	local code=0 credential=no shown=no
	rm -f credential
	: >asked
	printf '[credential]\n\tuseHttpPath = %s\n\thelper = %s/helper\n' "$1" "$dir" >config
	GOAUTH="git $dir" GOPROXY=direct GONOSUMDB='*' GOFLAGS=-mod=mod GOWORK=off GOMODCACHE=$dir/cache-$1 \
		timeout 60 ./serve go -C module list -m repos.example.com/org/repo@v1.0.0 >out 2>&1 || code=$?
	[ ! -e credential ] || credential=yes
	! grep -q 'sign in at' out || shown=yes
	echo "useHttpPath=$1: go ends with $code"
	echo "  the helper is asked for: $(cat asked)"
	echo "  the server got the credential: $credential"
	echo "  the helper's line on stderr was shown: $shown"
}
{
	try false
	try true
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
