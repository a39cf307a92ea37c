//go:build linux || darwin

package route

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// talker is an agent that says to each request what it was told to.
type talker struct {
	net.Listener
	asked chan string
}

// listen has an agent listen, and say that to whoever asks. The answer comes in several pieces where it has a pause.
func listen(t *testing.T, path string, says ...string) *talker {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	a := &talker{l, make(chan string, 10)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			blob := make([]byte, 4096)
			n, _ := conn.Read(blob)
			a.asked <- string(blob[:n])
			for _, part := range says {
				io.WriteString(conn, part)
			}
			conn.Close()
		}
	}()
	return a
}

const head = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"

// asked is a call whose token an agent has, which says what says makes of the token.
func asked(t *testing.T, says func(c *call) []string) (*call, *talker) {
	t.Helper()
	c := settled(t)
	dir, err := os.MkdirTemp("", "ela") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Mkdir(filepath.Join(dir, "entralogin"), 0o700); err != nil {
		t.Fatal(err)
	}
	c.environment["XDG_RUNTIME_DIR"] = dir
	c.route.Token, c.route.Socket, c.route.Request = "", filepath.Join(dir, "entralogin", "agent.sock"), "{}"
	c.keep(t)
	return c, listen(t, c.route.Socket, says(c)...)
}

func whole(c *call) []string { return []string{head + token(c.now, c.now.Add(time.Hour))} }

// The agent has the answer, in as many pieces as it likes.
func TestAsk(t *testing.T) {
	for name, says := range map[string]func(*call) []string{
		"at once":         whole,
		"in a newer HTTP": func(c *call) []string { return []string{strings.Replace(whole(c)[0], "HTTP/1.0", "HTTP/1.1", 1)} },
		"byte by byte":    func(c *call) []string { return strings.Split(whole(c)[0], "") },
		"with much header": func(c *call) []string {
			return []string{"HTTP/1.0 200 OK\r\nX: ", strings.Repeat("x", 20000), "\r\n\r\n" + token(c.now, c.now.Add(time.Hour))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, a := asked(t, says)
			if answer, ok := Answer(c.question(), c.now); !ok || string(answer) != c.wanted() {
				t.Errorf("%q, %v", answer, ok)
			}
			want := "POST /v1/token HTTP/1.0\r\nHost: agent\r\nEntralogin-Cache: " + c.path("cache") + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
			if got := <-a.asked; got != want {
				t.Errorf("it was asked %q", got)
			}
		})
	}
}

// Whatever an agent says but one fresh token of the very form is for the rest of the program.
func TestNoAnswerOfAgent(t *testing.T) {
	line := func(c *call) string { return token(c.now, c.now.Add(time.Hour)) }
	for name, says := range map[string]func(*call) []string{
		"nothing":        func(*call) []string { return nil },
		"garbage":        func(*call) []string { return []string{"SSH-2.0-OpenSSH\r\n"} },
		"no header":      func(c *call) []string { return []string{line(c)} },
		"a header alone": func(*call) []string { return []string{head} },
		"half a header":  func(*call) []string { return []string{head[:len(head)-2]} },
		"locked": func(*call) []string {
			return []string{"HTTP/1.0 403 Forbidden\r\n\r\n", `{"error":{"code":"locked"}}` + "\n"}
		},
		"an error with 200": func(*call) []string { return []string{head, `{"error":{"code":"locked"}}` + "\n"} },
		"a token with 403":  func(c *call) []string { return []string{"HTTP/1.0 403 Forbidden\r\n\r\n", line(c)} },
		"another HTTP":      func(c *call) []string { return []string{"HTTP/2.0 200 OK\r\n\r\n", line(c)} },
		"a note first":      func(c *call) []string { return []string{head, `{"waiting":"the person"}` + "\n", line(c)} },
		"two tokens":        func(c *call) []string { return []string{head, line(c), line(c)} },
		"more":              func(c *call) []string { return []string{head, line(c), " "} },
		"cut off":           func(c *call) []string { return []string{head, line(c)[:len(line(c))-1]} },
		"chunks": func(c *call) []string {
			return []string{head, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(line(c)), line(c))}
		},
		"another account's": func(c *call) []string { return []string{head, strings.Replace(line(c), "alice", "bob", 1)} },
		"another authority": func(c *call) []string {
			return []string{head, strings.Replace(line(c), "login.example", "login.other", 1)}
		},
		"a token that ends":   func(c *call) []string { return []string{head, token(c.now, c.now.Add(4*time.Second))} },
		"a stale token":       func(c *call) []string { return []string{head, token(c.now.Add(-time.Hour), c.now.Add(time.Minute))} },
		"a token of tomorrow": func(c *call) []string { return []string{head, token(c.now.Add(time.Hour), c.now.Add(2*time.Hour))} },
		"a quote in it":       func(c *call) []string { return []string{head, strings.Replace(line(c), secretToken, `a"b`, 1)} },
		"an empty token":      func(c *call) []string { return []string{head, strings.Replace(line(c), secretToken, "", 1)} },
		"too much": func(c *call) []string {
			return []string{"HTTP/1.0 200 OK\r\nX: ", strings.Repeat("x", mostAnswer), "\r\n\r\n", line(c)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, a := asked(t, says)
			if name == "a token that ends" {
				c.now = c.now.Add(4 * time.Second)
			}
			if answer, ok := Answer(c.question(), c.now); ok || answer != nil {
				t.Errorf("%q", answer)
			}
			if got := <-a.asked; got != post(c.path("cache"), c.route.Request) {
				t.Errorf("it was asked %q", got)
			}
		})
	}
}

// An agent that says nothing, or a byte now and then, is not waited for beyond the end.
func TestSlowAgent(t *testing.T) {
	for name, says := range map[string][]string{"silent": nil, "half": {"HTTP/1.0 200 OK\r\n"}} {
		t.Run(name, func(t *testing.T) {
			c, _ := asked(t, whole)
			os.Remove(c.route.Socket)
			l, err := net.Listen("unix", c.route.Socket)
			if err := errors.Join(err, os.Chmod(c.route.Socket, 0o600)); err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			over := make(chan bool)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				for _, part := range says {
					io.WriteString(conn, part)
				}
				<-over
			}()
			if _, ok := ask(c.route.Socket, c.route.Request, time.Now().Add(20*time.Millisecond)); ok {
				t.Error("it has answered")
			}
			close(over)
			if _, ok := ask(c.route.Socket, c.route.Request, time.Now()); ok {
				t.Error("it is asked though no time is left")
			}
		})
	}
}

// A socket that may be somebody else's is not asked.
func TestForeignSocket(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, c *call) error{
		"dead": func(t *testing.T, c *call) error {
			a := listen(t, c.route.Socket+"2")
			a.Listener.(*net.UnixListener).SetUnlinkOnClose(false)
			return errors.Join(a.Close(), os.Rename(c.route.Socket+"2", c.route.Socket))
		},
		"gone":              func(_ *testing.T, c *call) error { return os.Remove(c.route.Socket) },
		"for the group":     func(_ *testing.T, c *call) error { return os.Chmod(c.route.Socket, 0o620) },
		"for all":           func(_ *testing.T, c *call) error { return os.Chmod(c.route.Socket, 0o666) },
		"in an open folder": func(_ *testing.T, c *call) error { return os.Chmod(filepath.Dir(c.route.Socket), 0o701) },
		"a file": func(_ *testing.T, c *call) error {
			return errors.Join(os.Remove(c.route.Socket), os.WriteFile(c.route.Socket, nil, 0o600))
		},
		"a pipe": func(_ *testing.T, c *call) error {
			return errors.Join(os.Remove(c.route.Socket), syscall.Mkfifo(c.route.Socket, 0o600))
		},
		"a link": func(_ *testing.T, c *call) error {
			return errors.Join(os.Rename(c.route.Socket, c.route.Socket+"2"), os.Symlink(c.route.Socket+"2", c.route.Socket))
		},
		"in a linked folder": func(t *testing.T, c *call) error {
			dir := filepath.Dir(c.route.Socket)
			t.Cleanup(func() { os.RemoveAll(dir + "2") })
			return errors.Join(os.Rename(dir, dir+"2"), os.Symlink(dir+"2", dir))
		},
		"by a relative path": func(t *testing.T, c *call) error { c.route.Socket = "agent.sock"; c.keep(t); return nil },
		"at the root":        func(t *testing.T, c *call) error { c.route.Socket = "/agent.sock"; c.keep(t); return nil },
		"of another program": func(t *testing.T, c *call) error {
			dir := filepath.Dir(filepath.Dir(c.route.Socket))
			c.route.Socket = filepath.Join(dir, "docker.sock")
			c.keep(t)
			return errors.Join(os.Chmod(dir, 0o700), os.Rename(filepath.Join(dir, "entralogin", "agent.sock"), c.route.Socket))
		},
		"for others": func(t *testing.T, c *call) error {
			before := c.route.Socket
			c.route.Socket = filepath.Join(filepath.Dir(before), "forward.sock")
			c.keep(t)
			return os.Rename(before, c.route.Socket)
		},
		"in another runtime folder": func(t *testing.T, c *call) error { c.environment["XDG_RUNTIME_DIR"] = c.dir; return nil },
		"without a runtime folder":  func(t *testing.T, c *call) error { delete(c.environment, "XDG_RUNTIME_DIR"); return nil },
		"of a folder with two lines": func(t *testing.T, c *call) error {
			dir := c.path("cache\r\nEntralogin-Cache: ")
			c.environment["ENTRALOGIN_CACHE_DIR"] = dir + "x"
			err := os.MkdirAll(filepath.Join(dir+"x", Folder), 0o700)
			c.keep(t)
			return err
		},
		"with a file": func(t *testing.T, c *call) error { c.route.Token = "t"; c.keep(t); return nil },
		"with a key":  func(t *testing.T, c *call) error { c.route.Key = "k"; c.keep(t); return nil },
		"by a long path": func(t *testing.T, c *call) error {
			c.route.Socket = filepath.Dir(c.route.Socket) + "/" + strings.Repeat("x", 200)
			c.keep(t)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, a := asked(t, whole)
			if err := change(t, c); err != nil {
				t.Fatal(err)
			}
			if answer, ok := Answer(c.question(), c.now); ok || answer != nil {
				t.Errorf("%q", answer)
			}
			if n := len(a.asked); n != 0 {
				t.Errorf("it was asked %d times", n)
			}
		})
	}
}

// Another user's socket is not asked. Only root can give one away.
func TestStrangersSocket(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a socket away")
	}
	for _, folder := range []bool{false, true} {
		c, a := asked(t, whole)
		path := c.route.Socket
		if folder {
			path = filepath.Dir(path)
		}
		if err := os.Chown(path, 12345, -1); err != nil {
			t.Fatal(err)
		}
		if _, ok := Answer(c.question(), c.now); ok || len(a.asked) > 0 {
			t.Errorf("%s of another user is asked", path)
		}
	}
}

// Whatever is taken for an answer is one line with one token.
func FuzzAnswerOfAgent(f *testing.F) {
	now := time.Unix(1_700_000_000, 0)
	for _, body := range []string{"", "{}", token(now, now.Add(time.Hour)), token(now, now) + "\n", token(now, now)[1:], before + expiresMark + "x" + obtainedMark} {
		f.Add(head + body)
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		body, ok := bodyOf(answer)
		if !ok {
			return
		}
		text, life, ok := Route{Before: before, Between: between}.parse(body)
		if !ok {
			return
		}
		if strings.Count(body, "\n") != 1 || strings.ContainsAny(text, " \r\n\"\\") || text == "" || !strings.HasSuffix(answer, body) {
			t.Errorf("%q, %+v of %q", text, life, answer)
		}
	})
}

// The agent of this machine is looked for where package agent has it listen.
func TestWhereAgentListens(t *testing.T) {
	user := fmt.Sprint(os.Geteuid())
	for _, test := range []struct {
		runtime string
		socket  string
		want    bool
	}{
		{"/run/user/1", "/run/user/1/entralogin/agent.sock", true},
		{"/run/user/1//", "/run/user/1/entralogin/agent.sock", true},
		{"/run/user/1", "/run/user/" + user + "/entralogin/agent.sock", false},
		{"/run/user/1", "/run/user/1/entralogin/forward.sock", false},
		{"", "/run/user/" + user + "/entralogin/agent.sock", true},
		{"", "/tmp/entralogin-agent-" + user + "/agent.sock", true},
		{"x", "/tmp/entralogin-agent-" + user + "/agent.sock", true},
		{"x", "/run/user/" + user + "/entralogin/agent.sock", false},
		{"", "/run/user/" + user + "0/entralogin/agent.sock", false},
		{"", "", false},
	} {
		q := Question{Lookup: func(string) (string, bool) { return test.runtime, true }}
		if got := q.mayAsk(test.socket, "/cache"); got != test.want {
			t.Errorf("%q, %q: %v", test.runtime, test.socket, got)
		}
	}
}
