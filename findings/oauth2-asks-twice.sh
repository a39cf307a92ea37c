#!/usr/bin/env bash
# golang.org/x/oauth2 polls twice for each poll, and sends a refresh token twice
#
# Versions: golang.org/x/oauth2 v0.38.0 (Go module).
# Needs:    Go. No root.
#
# One would guess that DeviceAccessToken asks the token endpoint once an interval, and that a refresh is one
# request. As long as no token was ever given, each request whose answer is an error is sent again at once: first
# with the client ID in a Basic header, then in the form. "authorization_pending" is such an answer, so a device
# code is polled at twice the agreed pace until the person is done, and a refresh token that is refused has been
# shown two times (to a server that watches for reuse, a theft). oauth2.Endpoint has to carry an AuthStyle; the
# endpoint that golang.org/x/oauth2/microsoft gives for Entra carries none.
#
# Output, which is compared:
#   | AuthStyle of microsoft.AzureADEndpoint is AutoDetect: true
#   | AuthStyle not set, 3 times pending: 8 requests
#   | AuthStyle not set, polls less than 0.5 s after the one before: 4
#   | AuthStyle InParams, 3 times pending: 4 requests
#   | AuthStyle InParams, polls less than 0.5 s after the one before: 0
#   | AuthStyle not set, refused refresh: the token was sent 2 times
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/microsoft"
)

// service grants a token to a code once it said often enough that the person is not done, and refuses each refresh.
// It takes the client ID in the form alone, as Entra does for a public client.
type service struct {
	polls     []time.Time
	refreshes int
}

func newService(pending int) (*service, *httptest.Server) {
	s, mux := &service{}, http.NewServeMux()
	mux.HandleFunc("/device", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"device_code":"d","user_code":"U","verification_uri":"https://example.com","expires_in":60,"interval":1}`)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _, basic := r.BasicAuth()
		switch {
		case r.FormValue("grant_type") == "refresh_token":
			s.refreshes++
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
		case !basic && pending == 0:
			s.polls = append(s.polls, time.Now())
			fmt.Fprint(w, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`)
		default:
			s.polls = append(s.polls, time.Now())
			if !basic {
				pending--
			}
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"authorization_pending"}`)
		}
	})
	return s, httptest.NewServer(mux)
}

func poll(name string, style oauth2.AuthStyle) {
	s, server := newService(3)
	defer server.Close()
	config := oauth2.Config{ClientID: "c", Endpoint: oauth2.Endpoint{
		DeviceAuthURL: server.URL + "/device", TokenURL: server.URL + "/token", AuthStyle: style}}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	code, err := config.DeviceAuth(ctx)
	if err != nil {
		panic(err)
	}
	if _, err := config.DeviceAccessToken(ctx, code); err != nil {
		panic(err)
	}
	hasty := 0
	for i := 1; i < len(s.polls); i++ {
		if s.polls[i].Sub(s.polls[i-1]) < 500*time.Millisecond {
			hasty++
		}
	}
	fmt.Printf("AuthStyle %s, 3 times pending: %d requests\n", name, len(s.polls))
	fmt.Printf("AuthStyle %s, polls less than 0.5 s after the one before: %d\n", name, hasty)
}

func refresh() {
	s, server := newService(0)
	defer server.Close()
	config := oauth2.Config{ClientID: "c", Endpoint: oauth2.Endpoint{TokenURL: server.URL + "/token"}}
	old := &oauth2.Token{RefreshToken: "r", Expiry: time.Now().Add(-time.Hour)}
	if _, err := config.TokenSource(context.Background(), old).Token(); err == nil {
		panic("refreshed")
	}
	fmt.Printf("AuthStyle not set, refused refresh: the token was sent %d times\n", s.refreshes)
}

func main() {
	entra := microsoft.AzureADEndpoint("common")
	fmt.Println("AuthStyle of microsoft.AzureADEndpoint is AutoDetect:", entra.AuthStyle == oauth2.AuthStyleAutoDetect)
	poll("not set", oauth2.AuthStyleAutoDetect)
	poll("InParams", oauth2.AuthStyleInParams)
	refresh()
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get golang.org/x/oauth2@v0.38.0
go build -o finding .
timeout 60 ./finding >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
