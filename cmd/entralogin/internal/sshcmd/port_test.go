//go:build unix

package sshcmd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// listeners are an agent that counts who comes, and a relay to it with a key.
func listeners(t *testing.T) (address, key string, agents *atomic.Int32) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	port, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	agents = new(atomic.Int32)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		agents.Add(1)
		body, err := io.ReadAll(req.Body)
		fmt.Fprintf(w, "%s %s %s %v", req.Method, req.URL, body, err)
	})}
	go server.Serve(l)
	t.Cleanup(func() { port.Close(); server.Close() })
	key = newKey().Reveal()
	go (&relay{key: cache.NewSecret(key), socket: socket}).serve(port)
	return port.Addr().String(), key, agents
}

// A relay passes on what shows the key, whole and in both directions, and nothing else.
func TestRelay(t *testing.T) {
	t.Parallel()
	address, key, agents := listeners(t)
	body := strings.Repeat("x", 50_000)
	for name, c := range map[string]struct {
		header, value string
		status        int
	}{
		"the key": {"Authorization", "Bearer " + key, 200}, "no key": {"X-Nothing", "1", 403}, "another one": {"Authorization", "Bearer " + newKey().Reveal(), 403},
		"its beginning": {"Authorization", "Bearer " + key[:32], 403}, "more than it": {"Authorization", "Bearer " + key + "0", 403},
		"another scheme": {"Authorization", "Basic " + key, 403}, "without one": {"Authorization", key, 403}, "another header": {"X-Key", "Bearer " + key, 403},
		"in capitals": {"Authorization", "Bearer " + strings.ToUpper(key) + "A", 403}, "empty": {"Authorization", "Bearer ", 403},
	} {
		before := agents.Load()
		req, err := http.NewRequest(http.MethodPost, "http://"+address+"/v1/token", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(c.header, c.value)
		req.Close = true
		resp, err := http.DefaultClient.Do(req)
		if err != nil && c.status != 200 && agents.Load() == before {
			continue // it was cut off while it wrote: a refusal reads no body
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || err != nil || (c.status == 200) != (agents.Load() == before+1) {
			t.Errorf("%s: HTTP %d, %v, and the agent was asked %d times", name, resp.StatusCode, err, agents.Load()-before)
		}
		if c.status == 200 && string(got) != "POST /v1/token "+body+" <nil>" {
			t.Errorf("%s: %.60s", name, got)
		}
	}
}

// What is no request of HTTP, or has a head without end, gets nothing.
func TestRelayNonsense(t *testing.T) {
	t.Parallel()
	address, key, agents := listeners(t)
	for name, sent := range map[string]string{
		"no HTTP": "hello\r\n\r\n", "binary": "\x16\x03\x01\x00\x00", "a long head": "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 10_000) + "\r\nAuthorization: Bearer " + key + "\r\n\r\n",
		"a head cut short": "GET / HTTP/1.1\r\nAuthorization: Bearer " + key,
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, sent) // fails where it was refused before its end
		conn.(*net.TCPConn).CloseWrite()
		if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
			t.Errorf("%s: HTTP %d", name, resp.StatusCode)
		}
		conn.Close()
	}
	if n := agents.Load(); n != 0 {
		t.Errorf("the agent was asked %d times", n)
	}
}

func TestRemotePort(t *testing.T) {
	t.Parallel()
	seen := map[int64]bool{}
	for range 100 {
		port := remotePort()
		if port < 10_000 || port >= 32_000 {
			t.Fatalf("the port %d", port)
		}
		seen[port] = true
	}
	if len(seen) < 50 {
		t.Errorf("%d ports of 100 are different", len(seen))
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]int{"exit 7": 7, "exit 255": 255, "kill -9 $$": 137, "kill -15 $$": 143} {
		err := exec.Command("sh", "-c", command).Run()
		ended, ok := errors.AsType[*exec.ExitError](err)
		if !ok || exitCode(ended) != want {
			t.Errorf("%s: %v, want %d", command, err, want)
		}
	}
}
