//go:build unix

package agent

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

// env is an environment.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

// found are the places, and errors in front of their words.
func found(getenv func(string) string, uid int, dir string) (all []string) {
	for p, err := range find(getenv, uid, dir) {
		switch {
		case err != nil:
			all = append(all, "error: "+err.Error())
		case p.Address != "":
			all = append(all, p.Address+" "+p.Key.Reveal())
		default:
			all = append(all, p.Path)
		}
	}
	return all
}

func TestFolder(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{"": "/tmp/entralogin-agent-7", "run": "/tmp/entralogin-agent-7", "/run/user/7": "/run/user/7/entralogin"} {
		if got := Folder(env("XDG_RUNTIME_DIR="+value), 7); got != want {
			t.Errorf("%q: %q", value, got)
		}
	}
}

// A folder that is not one's own alone is none.
func TestMakeFolder(t *testing.T) {
	t.Parallel()
	dir, uid := folder(t), os.Geteuid()
	path := func(name string) string { return filepath.Join(dir, name) }
	for range 2 {
		if err := MakeFolder(path("new"), uid); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Lstat(path("new")); err != nil || info.Mode() != os.ModeDir|0o700 {
		t.Errorf("%v, %v", info, err)
	}
	err := errors.Join(os.Symlink(path("new"), path("link")), os.Mkdir(path("open"), 0o700), os.Chmod(path("open"), 0o710), os.WriteFile(path("file"), nil, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for name, why := range map[string]string{"link": "a link", "open": "open to others", "file": "no folder", "no/such": "can't be made"} {
		if err := MakeFolder(path(name), uid); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := MakeFolder(path("new"), uid+1); err == nil || !strings.Contains(err.Error(), "belongs to the user") {
		t.Error(err)
	}
}

// The variables come first, then this machine's own agent, then what ssh forwards, the newest first.
func TestFindOrder(t *testing.T) {
	t.Parallel()
	dir, uid := folder(t), os.Geteuid()
	for i, name := range []string{"entralogin-a-1.sock", "entralogin-b-2.sock", "entralogin-c-3.sock", "other.sock"} {
		path := filepath.Join(dir, name)
		listen(t, path)
		at := time.Now().Add(time.Duration([]int{-2, -1, -3, 0}[i]) * time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "entralogin-file-1.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	strays := []string{in("entralogin-b-2.sock"), in("entralogin-a-1.sock"), in("entralogin-c-3.sock")}
	const run, own = "XDG_RUNTIME_DIR=/run/user/7", "/run/user/7/entralogin/agent.sock"
	for _, c := range []struct {
		env  []string
		want []string
	}{
		{[]string{run}, append([]string{own}, strays...)},
		{[]string{run, "ENTRALOGIN_AGENT=/a/s", "LC_ENTRALOGIN_AGENT=/b/s"}, append([]string{"/a/s", "/b/s", own}, strays...)},
		{[]string{run, "ENTRALOGIN_AGENT=/a/s", "LC_ENTRALOGIN_AGENT=/a/s"}, append([]string{"/a/s", own}, strays...)},
		{[]string{run, "ENTRALOGIN_AGENT=" + strays[2]}, []string{strays[2], own, strays[0], strays[1]}},
		{[]string{run, "ENTRALOGIN_AGENT=" + own}, append([]string{own}, strays...)},
		{[]string{run, "ENTRALOGIN_AGENT=none"}, []string{"error: ENTRALOGIN_AGENT=none: none is looked for"}},
		{[]string{run, "LC_ENTRALOGIN_AGENT=none"}, []string{"error: LC_ENTRALOGIN_AGENT=none: none is looked for"}},
		{[]string{run, "ENTRALOGIN_AGENT=http://127.0.0.1:99", "ENTRALOGIN_AGENT_KEY=k"}, append([]string{"127.0.0.1:99 k", own}, strays...)},
		{[]string{run, "LC_ENTRALOGIN_AGENT=http://[::1]:99/", "LC_ENTRALOGIN_AGENT_KEY=k", "ENTRALOGIN_AGENT_KEY=x"}, append([]string{"[::1]:99 k", own}, strays...)},
	} {
		if got := found(env(c.env...), uid, dir); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q\nwant %q", c.env, got, c.want)
		}
	}
	if got := found(env(run), uid+1, dir); !slices.Equal(got, []string{own}) {
		t.Errorf("another user would try %q", got)
	}
	if got := found(env(), 7, folder(t)); runtime.GOOS == "linux" && !slices.Equal(got, []string{"/tmp/entralogin-agent-7/agent.sock", own}) {
		t.Errorf("without the variable: %q", got)
	}
}

// Only a port of this machine with a key is an address, and no word shows what stands where a secret may.
func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	for value, keyed := range map[string]bool{
		"relative/s": true, "https://127.0.0.1:9": true, "http://localhost:9": true, "http://10.0.0.1:9": true, "http://127.0.0.1": true, "http://127.0.0.1:0": true,
		"http://127.0.0.1:99999": true, "http://u:p@127.0.0.1:9": true, "http://127.0.0.1:9/x": true, "http://127.0.0.1:9?x": true, "http://127.0.0.1.evil.example:9": true,
		"http://127.0.0.1:9": false, "ftp://127.0.0.1:9": true, "\x1b[2J": true,
	} {
		_, err := named(value, Variable, cache.NewSecret(map[bool]string{true: "k", false: ""}[keyed]))
		if err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// What is dead, no socket, linked, open to others or another's is never asked, and costs no wait: each is tried once. Dead
// sockets that ssh left behind are removed, unless sshd may have made them just now.
func TestPassedOver(t *testing.T) {
	t.Parallel()
	dir, uid := folder(t), os.Geteuid()
	in := func(name string) string { return filepath.Join(dir, "entralogin-"+name+".sock") }
	old := time.Now().Add(-time.Hour)
	for i := range 100 {
		path := in(fmt.Sprintf("dead-%d", i))
		listen(t, path).Close()
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	listen(t, in("newborn")).Close()
	live := serve(t, filepath.Join(dir, "live"), gives(encoded(t, request().Key, given())))
	listen(t, in("open"))
	err := errors.Join(os.Chmod(in("open"), 0o660), os.Symlink(live.path, in("link")), syscall.Mkfifo(in("fifo"), 0o600), os.WriteFile(in("file"), nil, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	tried := func(a *asking, names ...string) {
		places := a.Places
		a.Places = func(yield func(Place, error) bool) {
			for _, name := range names {
				if !yield(Place{Path: in(name), Origin: "a test"}, nil) {
					return
				}
			}
			if places != nil {
				places(yield)
			}
		}
	}
	a := ask()
	a.Places = find(env("XDG_RUNTIME_DIR="+dir), uid, dir)
	tried(a, "link", "fifo", "file", "open", "none")
	if _, err := a.Token(t.Context(), request()); !errors.Is(err, plugin.ErrNoAgent) || len(live.heard()) > 0 {
		t.Errorf("%v, %q", err, live.heard())
	}
	said := strings.Join(a.explained, "\n")
	for _, why := range []string{"it is a link", "it is no socket", "it is open to others (mode 0660)", "there is none", "nobody listens there: it was left behind, and is removed"} {
		if !strings.Contains(said, why) {
			t.Errorf("%q is not said:\n%s", why, said)
		}
	}
	left, err := filepath.Glob(in("*"))
	if want := []string{in("fifo"), in("file"), in("link"), in("newborn"), in("open")}; runtime.GOOS == "linux" && (err != nil || !slices.Equal(left, want)) {
		t.Errorf("left %q", left)
	}
	if len(a.explained) > 5+102 {
		t.Errorf("%d attempts", len(a.explained))
	}
	if _, err := Dial(t.Context(), Place{Path: live.path}, uid+1); err == nil || !strings.Contains(err.Error(), "belongs to the user") {
		t.Errorf("another's socket: %v", err)
	}
	if _, err := Dial(t.Context(), Place{Path: "/" + strings.Repeat("a", LongestPath)}, uid); err == nil || !strings.Contains(err.Error(), "104 bytes") {
		t.Errorf("a long path: %v", err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), Place{Path: live.path}, uid); err == nil || !strings.Contains(err.Error(), "sticky") {
		t.Errorf("in a folder that is open to others: %v", err)
	}
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	if conn, err := Dial(t.Context(), Place{Path: live.path}, uid); err != nil {
		t.Error(err)
	} else {
		conn.Close()
	}
}

// A dead socket that a variable names is passed over for the next live one: tmux outlives the session that it was begun in.
func TestDeadOneThatIsNamed(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	dead := filepath.Join(dir, "entralogin-me-1.sock")
	listen(t, dead).Close()
	live := serve(t, filepath.Join(dir, "entralogin-me-2.sock"), gives(encoded(t, request().Key, given())))
	a := ask()
	a.Places = find(env(Variable+"="+dead, "XDG_RUNTIME_DIR="+dir), os.Geteuid(), dir)
	if _, err := a.Token(t.Context(), request()); err != nil || len(live.heard()) != 1 || !strings.Contains(strings.Join(a.explained, "\n"), "nobody listens there") {
		t.Errorf("%v, %q", err, a.explained)
	}
}

// Over a port the key goes along, and nothing else is asked or followed.
func TestPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	head := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		buf := make([]byte, 4096)
		n, _ := conn.Read(buf)
		head <- string(buf[:n])
		line := encoded(t, request().Key, given())
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(line), line)
		io.Copy(io.Discard, conn)
	}()
	a := ask()
	a.Places = find(env(Variable+"=http://"+l.Addr().String(), KeyVariable+"=the-key", "HTTP_PROXY=http://127.0.0.1:1"), os.Geteuid(), folder(t))
	if _, err := a.Token(t.Context(), request()); err != nil {
		t.Fatal(err)
	}
	if got := <-head; !strings.Contains(got, "\r\nAuthorization: Bearer the-key\r\n") {
		t.Errorf("%q", got)
	}
}
