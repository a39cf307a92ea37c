//go:build linux || darwin

package route

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// call is a question that was settled: a folder with a cache, a config file and a token, and what a program would see.
type call struct {
	dir         string
	environment map[string]string
	args        []string
	in          string
	now         time.Time
	route       Route
}

const (
	secretToken = "eyJhbGciOiJub25lIn0.e30."
	before      = `{"version":1,"authority":"login.example","kind":"access",`
	between     = `","username":"alice@contoso.example"`
)

func (c *call) question() Question {
	q := Question{Program: c.path("program"), Args: c.args, Input: []byte(c.in), Whole: true,
		Lookup: func(name string) (string, bool) { value, ok := c.environment[name]; return value, ok }}
	for name, value := range c.environment {
		q.Environ = append(q.Environ, name+"="+value)
	}
	return q
}

func (c *call) path(names ...string) string {
	return filepath.Join(append([]string{c.dir}, names...)...)
}

// token is a token file.
func token(obtained, expires time.Time) string {
	return fmt.Sprintf("%s\"expires\":%q,\"obtained\":\"%s%s,\"token\":%q}\n", before, expires.UTC().Format(time.RFC3339Nano), obtained.UTC().Format(time.RFC3339Nano), between, secretToken)
}

func (c *call) write(t *testing.T, path, content string) {
	t.Helper()
	os.Remove(path)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// keep writes the route of the question.
func (c *call) keep(t *testing.T) {
	t.Helper()
	c.route.Question = c.question().Text()
	path, ok := c.question().Place()
	if !ok {
		t.Fatal("there is no place")
	}
	c.write(t, path, string(c.route.Encode()))
}

// keepAnyway writes the route of a question that is to have none.
func keepAnyway(t *testing.T, c *call) {
	t.Helper()
	q := c.question()
	c.route.Question = q.Text()
	c.write(t, c.path("cache", Folder, q.name(q.Text())), string(c.route.Encode()))
}

func settled(t *testing.T) *call {
	t.Helper()
	c := &call{dir: t.TempDir(), args: []string{"entralogin", "get-token"}, now: time.Now()}
	c.environment = map[string]string{"ENTRALOGIN_CACHE_DIR": c.path("cache"), "ENTRALOGIN_TENANT_ID": "contoso.example", "COLOR": "x"}
	for _, dir := range []string{"cache", "cache/routes", "cache/tokens"} {
		if err := os.Mkdir(c.path(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c.write(t, c.path("config"), "tenant-id: x\n")
	c.write(t, c.path("cache/tokens/t"), token(c.now, c.now.Add(time.Hour)))
	identity, ok := Identify(c.path("config"))
	if !ok || identity == "" {
		t.Fatal(identity, ok)
	}
	c.route = Route{
		Variables: []Variable{{"ENTRALOGIN_TENANT_ID", "contoso.example", true}, {"ENTRALOGIN_ACCOUNT", "", false}},
		Files:     []File{{c.path("config"), identity}, {c.path("cache/storage"), ""}},
		Token:     "t", Before: before, Between: between,
		Answer: []Piece{{Text: "<"}, {Slot: Token}, {Text: ">"}, {Slot: ReportedUnix}, {Text: "\n"}},
		Until:  c.now.Add(time.Hour).Truncate(time.Second),
	}
	c.keep(t)
	return c
}

func (c *call) wanted() string {
	return fmt.Sprintf("<%s>%d\n", secretToken, c.now.Add(time.Hour-time.Minute).Unix())
}

// What was settled is answered while nothing is otherwise.
func TestAnswer(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *call){
		"an account in the ExecCredential": func(t *testing.T, c *call) {
			c.environment["KUBERNETES_EXEC_INFO"] = `{"spec":{"cluster":{"server":"https://a","config":{"account":"alice@contoso.example"}}}}`
			c.keep(t)
		},
		"nothing is otherwise":              func(*testing.T, *call) {},
		"a variable that was not looked at": func(_ *testing.T, c *call) { c.environment["COLOR"] = "y" },
		"a new token of the same key": func(t *testing.T, c *call) {
			c.write(t, c.path("cache/tokens/t"), token(c.now, c.now.Add(time.Hour)))
		},
		"a token that is not due": func(t *testing.T, c *call) { c.route.Ahead = true; c.keep(t) },
	} {
		t.Run(name, func(t *testing.T) {
			c := settled(t)
			change(t, c)
			if answer, ok := Answer(c.question(), c.now); !ok || string(answer) != c.wanted() {
				t.Errorf("%q, %v", answer, ok)
			}
		})
	}
}

// An answer that has to be signed is none yet. It names the request in the place of the token, and the end that comes first.
func TestSigned(t *testing.T) {
	c := settled(t)
	c.route.Key, c.route.Cluster = "k", "c"
	c.keep(t)
	if _, ok := Answer(c.question(), c.now); ok {
		t.Error("the token itself is the answer")
	}
	f, ok := Find(c.question(), c.now)
	if !ok || f.Access != secretToken || f.Cluster != "c" {
		t.Fatalf("%+v, %v", f, ok)
	}
	for _, end := range []time.Duration{10 * time.Minute, 2 * time.Hour} {
		want := fmt.Sprintf("<a.request>%d\n", c.now.Add(min(end, time.Hour-time.Minute)).Unix())
		if answer, ok := f.RenderSigned("a.request", c.now.Add(end)); !ok || string(answer) != want {
			t.Errorf("%q, want %q", answer, want)
		}
	}
	if err := os.Mkdir(c.path("cache/keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]bool{0o600: true, 0o640: false} {
		c.write(t, c.path("cache/keys/k"), "the key")
		if err := os.Chmod(c.path("cache/keys/k"), mode); err != nil {
			t.Fatal(err)
		}
		if content, ok := f.ReadKey(); ok != want || want && string(content) != "the key" {
			t.Errorf("%v: %q, %v", mode, content, ok)
		}
	}
	f.Before = `"kid":"abc",`
	if !f.Bound("abc") || f.Bound("ab") || f.Bound("bc") {
		t.Error("the key's thumbprint is not compared as a whole")
	}
	c.route.Key = "../tokens/t"
	c.keep(t)
	if _, ok := Find(c.question(), c.now); ok {
		t.Error("the key leads out of its folder")
	}
}

// Whatever is otherwise is for the rest of the program.
func TestNoAnswer(t *testing.T) {
	file := func(path string, change func(string) error) func(*testing.T, *call) {
		return func(t *testing.T, c *call) {
			if path == "ROUTE" {
				c.keep(t)
				path, _ := c.question().Place()
				if err := change(path); err != nil {
					t.Fatal(err)
				}
			} else if err := change(c.path(path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	aside := func(path string) (string, error) { return path + ".aside", os.Rename(path, path+".aside") }
	changes := map[string]func(*testing.T, *call){
		"a token that lies elsewhere": func(t *testing.T, c *call) {
			c.write(t, c.path("t"), token(c.now, c.now.Add(time.Hour)))
			c.route.Token = "../../t"
			c.keep(t)
		},
		"tokens that lie elsewhere": func(t *testing.T, c *call) {
			if err := errors.Join(os.Rename(c.path("cache/tokens"), c.path("tokens")), os.Symlink(c.path("tokens"), c.path("cache/tokens"))); err != nil {
				t.Fatal(err)
			}
		},
		"a proxy with a password": func(t *testing.T, c *call) {
			c.environment["KUBERNETES_EXEC_INFO"] = `{"spec":{"cluster":{"proxy-url":"http://alice:hunter2@proxy"}}}`
			keepAnyway(t, c)
		},
		"a cluster with a password": func(t *testing.T, c *call) {
			c.environment["KUBERNETES_EXEC_INFO"] = `{"spec":{"cluster":{"server":"https://a/","x":"https://alice:hunter2@server"}}}`
			keepAnyway(t, c)
		},
		"a token without a name":  func(t *testing.T, c *call) { c.route.Token = ""; c.keep(t) },
		"another argument":        func(_ *testing.T, c *call) { c.args = append(c.args, "--x") },
		"arguments joined":        func(_ *testing.T, c *call) { c.args = []string{"entralogin", "get", "-token"} },
		"another program's name":  func(_ *testing.T, c *call) { c.args = []string{"az", "get-token"} },
		"another ExecCredential":  func(_ *testing.T, c *call) { c.environment["KUBERNETES_EXEC_INFO"] = "{}" },
		"standard input":          func(_ *testing.T, c *call) { c.in = "host=x\n" },
		"a folder in an argument": func(t *testing.T, c *call) { c.args = append(c.args, "--cache-dir="+c.path("cache")) },
		"a variable":              func(_ *testing.T, c *call) { c.environment["ENTRALOGIN_TENANT_ID"] = "fabrikam.example" },
		"a variable is gone":      func(_ *testing.T, c *call) { delete(c.environment, "ENTRALOGIN_TENANT_ID") },
		"a variable has come":     func(_ *testing.T, c *call) { c.environment["ENTRALOGIN_ACCOUNT"] = "" },
		"a secret":                func(_ *testing.T, c *call) { c.environment["AAD_SERVICE_PRINCIPAL_CLIENT_SECRET"] = "hunter2" },
		"Terraform's secret":      func(_ *testing.T, c *call) { c.environment["ARM_CLIENT_SECRET"] = "hunter2" },
		"a secret in an argument": func(t *testing.T, c *call) { c.args = append(c.args, "--client-secret", "hunter2"); keepAnyway(t, c) },
		"int128's secret": func(t *testing.T, c *call) {
			c.args = append(c.args, "--oidc-client-secret=hunter2")
			keepAnyway(t, c)
		},
		"a program's arguments": func(t *testing.T, c *call) {
			c.args = append(c.args, "--assertion-command", "issue --key hunter2")
			keepAnyway(t, c)
		},
		"a program's arguments in a variable": func(t *testing.T, c *call) {
			c.environment["ENTRALOGIN_ASSERTION_COMMAND"] = "issue --key hunter2"
			keepAnyway(t, c)
		},
		"a password joined": func(t *testing.T, c *call) {
			c.args = append(c.args, "--client-certificate-password=hunter2")
			keepAnyway(t, c)
		},
		"no cache":              func(_ *testing.T, c *call) { delete(c.environment, "ENTRALOGIN_CACHE_DIR") },
		"a relative cache":      func(_ *testing.T, c *call) { c.environment["ENTRALOGIN_CACHE_DIR"] = "cache" },
		"a file has come":       func(t *testing.T, c *call) { c.write(t, c.path("cache/storage"), "x") },
		"a file is gone":        file("config", os.Remove),
		"another file":          func(t *testing.T, c *call) { c.write(t, c.path("config"), "tenant-id: x\n") },
		"a file's mode":         file("config", func(path string) error { return os.Chmod(path, 0o640) }),
		"a file's content":      file("config", func(path string) error { return os.WriteFile(path, []byte("tenant-id: y\n"), 0o600) }),
		"a file's time":         file("config", func(path string) error { return os.Chtimes(path, time.Now(), time.Now().Add(-time.Hour)) }),
		"a route of tomorrow":   func(_ *testing.T, c *call) { c.now = c.now.Add(2 * time.Hour) },
		"a token that ends":     func(_ *testing.T, c *call) { c.now = c.now.Add(time.Hour - 5*time.Minute) },
		"a token of the future": func(_ *testing.T, c *call) { c.now = c.now.Add(-6 * time.Minute) },
		"a token that is due":   func(t *testing.T, c *call) { c.route.Ahead = true; c.keep(t); c.now = c.now.Add(40 * time.Minute) },
		"no token":              file("cache/tokens/t", os.Remove),
		"another key's token": func(t *testing.T, c *call) {
			c.write(t, c.path("cache/tokens/t"), strings.Replace(token(c.now, c.now.Add(time.Hour)), "login.example", "login.other", 1))
		},
		"another account's token": func(t *testing.T, c *call) {
			c.write(t, c.path("cache/tokens/t"), strings.Replace(token(c.now, c.now.Add(time.Hour)), "alice", "bob", 1))
		},
		"a token with an escape": func(t *testing.T, c *call) {
			c.write(t, c.path("cache/tokens/t"), strings.Replace(token(c.now, c.now.Add(time.Hour)), secretToken, `a\n`, 1))
		},
		"an empty token": func(t *testing.T, c *call) {
			c.write(t, c.path("cache/tokens/t"), strings.Replace(token(c.now, c.now.Add(time.Hour)), secretToken, "", 1))
		},
		"a token file cut off": func(t *testing.T, c *call) {
			content := token(c.now, c.now.Add(time.Hour))
			c.write(t, c.path("cache/tokens/t"), content[:len(content)-1])
		},
		"a token file with more": func(t *testing.T, c *call) {
			c.write(t, c.path("cache/tokens/t"), token(c.now, c.now.Add(time.Hour))+" ")
		},
		"a sealed token": func(t *testing.T, c *call) {
			c.write(t, c.path("cache/tokens/t"), `{"version":1,"sealed":"keyctl","key":"k","data":"AAAA"}`+"\n")
		},
		"a token outside of the folder": func(t *testing.T, c *call) {
			c.write(t, c.path("cache/t"), token(c.now, c.now.Add(time.Hour)))
			c.route.Token = "../t"
			c.keep(t)
		},
		"a token at a path": func(t *testing.T, c *call) { c.route.Token = c.path("cache/tokens/t"); c.keep(t) },
		"tokens elsewhere": file("cache/tokens", func(path string) error {
			to, err := aside(path)
			return errors.Join(err, os.Symlink(to, path))
		}),
		"routes elsewhere": file("cache/routes", func(path string) error {
			to, err := aside(path)
			return errors.Join(err, os.Symlink(to, path))
		}),
		"an unknown slot": func(t *testing.T, c *call) { c.route.Answer = append(c.route.Answer, Piece{Slot: "x"}); c.keep(t) },
	}
	for _, path := range []string{"ROUTE", "cache/tokens/t"} {
		for name, change := range map[string]func(string) error{
			"others may read":  func(path string) error { return os.Chmod(path, 0o604) },
			"the group writes": func(path string) error { return os.Chmod(path, 0o620) },
			"two names":        func(path string) error { return os.Link(path, path+"2") },
			"a link":           func(path string) error { to, err := aside(path); return errors.Join(err, os.Symlink(to, path)) },
			"a folder":         func(path string) error { _, err := aside(path); return errors.Join(err, os.Mkdir(path, 0o700)) },
			"a pipe":           func(path string) error { _, err := aside(path); return errors.Join(err, syscall.Mkfifo(path, 0o600)) },
			"empty":            func(path string) error { return os.Truncate(path, 0) },
			"large":            func(path string) error { return os.Truncate(path, maxFile+1) },
			"zeros":            func(path string) error { return os.WriteFile(path, make([]byte, 500), 0o600) },
		} {
			changes[name+", "+filepath.Base(path)] = file(path, change)
		}
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			c := settled(t)
			change(t, c)
			if answer, ok := Answer(c.question(), c.now); ok || answer != nil {
				t.Errorf("%q", answer)
			}
		})
	}
}

// Another user's file is nobody's to read. Only root can make one.
func TestStranger(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	for _, path := range []string{"cache/tokens/t", "ROUTE"} {
		c := settled(t)
		if path == "ROUTE" {
			path, _ = c.question().Place()
		} else {
			path = c.path(path)
		}
		if err := os.Chown(path, 12345, -1); err != nil {
			t.Fatal(err)
		}
		if _, ok := Answer(c.question(), c.now); ok {
			t.Errorf("%s of another user is read", path)
		}
	}
}

// A route that was cut off, lengthened or changed in any byte is none, or says something else than it did.
func TestDecode(t *testing.T) {
	r := settled(t).route
	r.Key, r.Cluster = "k", "/subscriptions/c"
	r.Socket, r.Request = "/run/agent.sock", "{}"
	blob := r.Encode()
	if got, ok := Decode(blob); !ok || !reflect.DeepEqual(got, r) {
		t.Fatalf("%+v, want %+v", got, r)
	}
	for n := range blob {
		if _, ok := Decode(blob[:n]); ok {
			t.Errorf("the first %d bytes are a route", n)
		}
		other := slices.Clone(blob)
		other[n] ^= 1
		if got, ok := Decode(other); ok && reflect.DeepEqual(got, r) {
			t.Errorf("byte %d makes no difference", n)
		}
	}
	if _, ok := Decode(append(blob, '0')); ok {
		t.Error("more is a route, too")
	}
	for _, huge := range []string{"99999999:", "1:9,", "0:,12:999999999999,", "-1:,"} {
		if _, ok := Decode([]byte(magic + huge)); ok {
			t.Errorf("%q is a route", huge)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(magic))
	f.Add(Route{Question: []byte("a\x00"), Variables: []Variable{{"A", "b", true}}, Files: []File{{"/x", ""}}, Answer: []Piece{{"a", ""}, {"", Token}}}.Encode())
	f.Add(Route{Question: []byte("a\x00"), Answer: []Piece{{"", Token}, {"", ReportedUTC}}, Until: time.Unix(1_700_000_000, 0), Key: "k", Cluster: "/subscriptions/c"}.Encode())
	f.Add(Route{Question: []byte("a\x00"), Until: time.Unix(1_700_000_000, 0), Socket: "/run/agent.sock", Request: "{}"}.Encode())
	f.Fuzz(func(t *testing.T, blob []byte) {
		r, ok := Decode(blob)
		if !ok {
			return
		}
		if again, ok := Decode(r.Encode()); !ok || !reflect.DeepEqual(again, r) {
			t.Errorf("%+v became %+v", r, again)
		}
	})
}

// A form is taken from an answer only where each part of it that comes of the token can be told.
func TestPieces(t *testing.T) {
	l := Life{Obtained: time.Unix(1_700_000_000, 0), Expires: time.Unix(1_700_003_600, 0)}
	for name, test := range map[string]struct {
		answer string
		slots  []Slot
		ok     bool
	}{
		"a token":            {"a=tok b\n", []Slot{Token}, true},
		"alone":              {"tok", []Slot{Token}, true},
		"with its end":       {"tok 1700003540", []Slot{Token, ReportedUnix}, true},
		"in words":           {"tok 2023-11-14T23:12:20Z", []Slot{Token, ReportedUTC}, true},
		"none":               {"a=to\n", []Slot{Token}, false},
		"two":                {"tok tok", []Slot{Token}, false},
		"two that overlap":   {"aaa", []Slot{Token}, false},
		"no end":             {"tok", []Slot{Token, ReportedUnix}, false},
		"two ends":           {"tok 1700003540 1700003540", []Slot{Token, ReportedUnix}, false},
		"ends on both sides": {"1700003540 tok 1700003540", []Slot{Token, ReportedUnix}, false},
		"an unknown slot":    {"tok", []Slot{"x"}, false},
	} {
		value := "tok"
		if name == "two that overlap" {
			value = "aa"
		}
		pieces, ok := Pieces(test.answer, value, l, test.slots...)
		if ok != test.ok {
			t.Errorf("%s: %v %v", name, pieces, ok)
		}
		if !ok {
			continue
		}
		if got, ok := render(pieces, value, l); !ok || string(got) != test.answer {
			t.Errorf("%s: rendered as %q", name, got)
		}
		later := Life{Obtained: l.Obtained.Add(time.Hour), Expires: l.Expires.Add(time.Hour)}
		if got, ok := render(pieces, "other", later); !ok || bytes.Contains(got, []byte(value)) || bytes.Contains(got, []byte("1700003540")) {
			t.Errorf("%s: another token is rendered as %q", name, got)
		}
	}
}

// What was looked at is all there, and what changed meanwhile or can't be named spoils it.
func TestTrace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	seen := func(spoil func(*Trace)) bool {
		trace := NewTrace(func(name string) (string, bool) {
			value, set := map[string]string{"A": "v", "SYSTEM_ACCESSTOKEN": "t", "GCM_AZREPOS_WIF_ASSERTION": "eyJ"}[name]
			return value, set
		})
		trace.Lookup("A")
		trace.Lookup("B")
		trace.Lookup(execInfo)
		trace.File(path)
		trace.File(filepath.Join(dir, "token"))
		spoil(trace)
		variables, files, ok := trace.Seen(filepath.Join(dir, "token"))
		if ok && (!slices.Contains(variables, Variable{"A", "v", true}) || !slices.Contains(variables, Variable{"B", "", false}) ||
			!slices.ContainsFunc(variables, func(v Variable) bool { return v.Name == "HOME" }) ||
			slices.ContainsFunc(variables, func(v Variable) bool { return v.Name == execInfo }) || len(files) != 1 || files[0].Path != path) {
			t.Errorf("%v, %v", variables, files)
		}
		return ok
	}
	if !seen(func(*Trace) {}) {
		t.Error("nothing was wrong")
	}
	for name, spoil := range map[string]func(*Trace){
		"said":         func(trace *Trace) { trace.Spoil() },
		"a secret":     func(trace *Trace) { trace.Lookup("SYSTEM_ACCESSTOKEN") },
		"an assertion": func(trace *Trace) { trace.Lookup("GCM_AZREPOS_WIF_ASSERTION") },
		"relative":     func(trace *Trace) { trace.File("f") },
		"unreadable":   func(trace *Trace) { trace.File(path + "\x00") },
		"changed": func(trace *Trace) {
			if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			trace.File(path)
		},
	} {
		if seen(spoil) {
			t.Errorf("%s: is a trace all the same", name)
		}
	}
	var none *Trace
	none.File(path)
	none.Spoil()
	if _, _, ok := none.Seen(path); ok {
		t.Error("no trace has seen something")
	}
}

func TestReadsInput(t *testing.T) {
	for line, want := range map[string]bool{
		"entralogin git-credential get": true, "/usr/bin/git-credential-entralogin get": true, "git-credential-entralogin --account a get": true,
		"entralogin git-credential --account a get": true, "entralogin get": false, "entralogin git-credential store": false,
		"git-credential-entralogin erase": false, "entralogin get-token": false, "az get": false, "get": false,
	} {
		if got := ReadsInput(strings.Fields(line)); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

// What git passes on of a secret is nowhere kept.
func TestSecretInput(t *testing.T) {
	for input, want := range map[string]bool{
		"protocol=https\nhost=x\n": true, "host=password=\npassword_expiry_utc=1\n": true,
		"host=x\npassword=hunter2\n": false, "password=hunter2\n": false, "host=x\ncredential=hunter2\n": false, "host=x\noauth_refresh_token=r\n": false,
		"url=https://alice:hunter2@x/\n": false, "path=a?url=b\n": true,
	} {
		c := settled(t)
		c.args, c.in = []string{"git-credential-entralogin", "get"}, input
		if _, ok := c.question().Place(); ok != want {
			t.Errorf("%q: %v", input, ok)
		}
	}
	q := settled(t).question()
	q.Args, q.Whole = []string{"git-credential-entralogin", "get"}, false
	if _, ok := q.Place(); ok {
		t.Error("half of a question has a place")
	}
}

// What stands in for functions of larger packages does what they do.
func TestIndex(t *testing.T) {
	for _, test := range []struct {
		s, part string
		want    int
	}{{"abc", "c", 2}, {"abc", "", 0}, {"", "a", -1}, {"aab", "ab", 1}, {"ab", "abc", -1}} {
		if got := index(test.s, test.part); got != test.want {
			t.Errorf("%q in %q: %d", test.part, test.s, got)
		}
	}
	if got := decimal(-1234567890123); got != "-1234567890123" {
		t.Error(got)
	}
}
