//go:build proxy && unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tinyproxy starts Debian's tinyproxy in front of the stand's own proxy, which knows the way to the hosts. It
// fails where there is no tinyproxy: a proxy that other people wrote is what these tests are about.
func (s *netStand) tinyproxy(lines string) (address, logFile string) {
	s.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	address = listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	listener.Close()
	folder := s.t.TempDir()
	logFile = filepath.Join(folder, "log")
	config := fmt.Sprintf("Listen 127.0.0.1\nPort %s\nTimeout 60\nLogFile %q\nLogLevel Info\nMaxClients 20\nConnectPort 443\n%s\n", port, logFile, lines)
	if err := os.WriteFile(filepath.Join(folder, "conf"), []byte(config), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command("tinyproxy", "-d", "-c", filepath.Join(folder, "conf"))
	if err := cmd.Start(); err != nil {
		s.t.Fatal("tinyproxy is needed: ", err)
	}
	s.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return address, logFile
		}
		if time.Now().After(deadline) {
			s.t.Fatal(err)
		}
	}
}

// upstream leads tinyproxy to the stand's proxy, which wants no password of it.
func (s *netStand) upstream() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
	return "Upstream http " + s.proxy
}

// A real proxy, with and without a password: it sees and notes the hosts, and nothing of what goes to them.
func TestTinyproxy(t *testing.T) {
	for name, test := range map[string]struct{ auth, user string }{
		"open":          {"", ""},
		"with password": {"\nBasicAuth me hunter2-word", "me:hunter2-word@"},
	} {
		s := newNetStand(t)
		address, logFile := s.tinyproxy(s.upstream() + test.auth)
		s.set("HTTPS_PROXY", "http://"+test.user+address)
		var said strings.Builder
		for _, host := range []string{farLogin, farGraph, farGit} {
			code, stdout, stderr := s.far(s.farCalls()[host]...)
			said.WriteString(stderr)
			if code != 0 || stdout == "" {
				t.Errorf("%s, %s: exit code %d: %s", name, host, code, stderr)
			}
		}
		noted := readDoc(t, logFile)
		asked := 0
		for line := range strings.Lines(noted) {
			_, request, ok := strings.Cut(line, "Request (file descriptor ")
			if !ok {
				continue
			}
			asked++
			_, request, _ = strings.Cut(strings.TrimSpace(request), "): ")
			if !slices.Contains([]string{"CONNECT " + farLogin + ":443 HTTP/1.1", "CONNECT " + farGraph + ":443 HTTP/1.1", "CONNECT " + farGit + ":443 HTTP/1.1"}, request) {
				t.Errorf("%s: the proxy noted %q", name, request)
			}
		}
		_, raw := s.connects()
		if asked < 3 || strings.Count(raw, "CONNECT ") < 3 {
			t.Errorf("%s: only %d requests: %s", name, asked, noted)
		}
		for _, secret := range append(s.sim.Secrets(), "/oauth2/", "/me", "Bearer", "hunter2-word") {
			if strings.Contains(noted+raw, secret) {
				t.Errorf("%s: %q was noted", name, secret)
			}
		}
		if strings.Contains(said.String(), "hunter2-word") {
			t.Errorf("%s: the password was shown: %s", name, said.String())
		}
	}
}

// What tinyproxy itself answers where it opens no way.
func TestTinyproxyRefuses(t *testing.T) {
	s := newNetStand(t)
	s.signIn()
	for name, test := range map[string]struct{ lines, user, words string }{
		"no password":    {s.upstream() + "\nBasicAuth me hunter2-word", "", "wants a user name and a password (407)"},
		"wrong password": {s.upstream() + "\nBasicAuth me hunter2-word", "me:hunter3-word@", "does not accept the user name and password (40"},
		"not allowed":    {s.upstream() + "\nAllow 127.0.0.2", "", "does not let this machine through to HOST (403)"},
		"no way":         {"Upstream http 127.0.0.1:1", "", "could not reach HOST (50"},
	} {
		address, _ := s.tinyproxy(test.lines)
		s.set("HTTPS_PROXY", "http://"+test.user+address)
		for host, args := range s.farCalls() {
			code, _, stderr := s.far(args...)
			if words := strings.ReplaceAll(test.words, "HOST", host); code != 6 || !strings.Contains(stderr, words) || !strings.Contains(stderr, address) ||
				strings.Contains(stderr, "-word") {
				t.Errorf("%s, %s: exit code %d, no %q: %s", name, host, code, words, stderr)
			}
		}
	}
}
