#!/usr/bin/env bash
# client-go reads kind and apiVersion of a plugin's answer in any letter case, and no other field of it
#
# Versions: k8s.io/client-go and k8s.io/apimachinery v0.37.2 (Go modules).
# Needs:    Go. No root.
#
# An exec credential plugin answers with an ExecCredential. Kubernetes compares the names of JSON fields with their
# case, so one would guess that an answer with "Kind" and "APIVERSION" is refused for having neither. It is taken:
# which type an answer has is read by a step of its own, with encoding/json, that ignores case. The fields of that
# type are then read with their case, and those that don't fit count as absent. So a plugin whose JSON library writes
# all names with a capital passes the check of its version, and fails with words about a missing status or token. Where
# a name stands twice in two cases the last one says what the answer is.
#
# Each line below is one answer of a plugin that client-go's own REST client runs, and what a request with it came to.
#
# Output, which is compared:
#   | {"kind":K,"apiVersion":V,"status":{"token":"t"}}: Bearer t
#   | {"Kind":K,"APIVERSION":V,"status":{"token":"t"}}: Bearer t
#   | {"kind":K,"apiVersion":V,"Status":{"token":"t"}}: exec plugin didn't return a status field
#   | {"kind":K,"apiVersion":V,"status":{"Token":"t"}}: exec plugin didn't return a token or cert/key pair
#   | {"Kind":K,"ApiVersion":V,"Status":{"Token":"t"}}: exec plugin didn't return a status field
#   | {"kind":K,"apiVersion":V,"status":{"token":"t"},"KIND":"Other"}: no kind "Other" is registered
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
)

const answer = "FINDING_ANSWER"

func main() {
	if text := os.Getenv(answer); text != "" { // as the plugin
		fmt.Print(text)
		return
	}
	for _, text := range []string{
		`{"kind":K,"apiVersion":V,"status":{"token":"t"}}`,
		`{"Kind":K,"APIVERSION":V,"status":{"token":"t"}}`,
		`{"kind":K,"apiVersion":V,"Status":{"token":"t"}}`,
		`{"kind":K,"apiVersion":V,"status":{"Token":"t"}}`,
		`{"Kind":K,"ApiVersion":V,"Status":{"Token":"t"}}`,
		`{"kind":K,"apiVersion":V,"status":{"token":"t"},"KIND":"Other"}`,
	} {
		fmt.Printf("%s: %s\n", text, request(text))
	}
}

// request makes a request whose credential a plugin with that answer brings, and returns the credential or the fault.
func request(text string) string {
	var got string
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
	defer server.Close()
	self, err := os.Executable()
	if err != nil {
		return err.Error()
	}
	whole := strings.NewReplacer(":K", `:"ExecCredential"`, ":V", `:"client.authentication.k8s.io/v1"`).Replace(text)
	client, err := rest.HTTPClientFor(&rest.Config{Host: server.URL, TLSClientConfig: rest.TLSClientConfig{Insecure: true},
		ExecProvider: &api.ExecConfig{APIVersion: "client.authentication.k8s.io/v1", Command: self, InteractiveMode: api.NeverExecInteractiveMode,
			Env: []api.ExecEnvVar{{Name: answer, Value: whole}}}})
	if err != nil {
		return err.Error()
	}
	response, err := client.Get(server.URL)
	if err != nil {
		for _, known := range []string{"exec plugin didn't return a status field", "exec plugin didn't return a token or cert/key pair", `no kind "Other" is registered`} {
			if strings.Contains(err.Error(), known) {
				return known
			}
		}
		return err.Error()
	}
	response.Body.Close()
	return got
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get k8s.io/client-go@v0.37.2 k8s.io/apimachinery@v0.37.2
quiet go mod tidy
quiet go build -o finding main.go
timeout 60 ./finding >seen 2>/dev/null

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
