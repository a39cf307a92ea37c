package git

import (
	"bytes"
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

var _ plugin.FrontEnd = (*Helper)(nil)

func token(life time.Duration) cache.Token {
	return cache.Token{Value: cache.NewSecret("head.body-_~+/=.sig"), Kind: cache.Access, Obtained: start, Expires: start.Add(life), Account: "alice@contoso.example"}
}

var start = time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.FixedZone("", 3600))

func helper(t *testing.T, text string) *Helper {
	in := mustRead(t, "protocol=https\n"+text)
	return &Helper{Input: in, Place: Find(in, hosts()), Now: func() time.Time { return start }}
}

func TestReply(t *testing.T) {
	const end = "1772600707" // a minute before start plus one hour
	bearer := "capability[]=authtype\nauthtype=Bearer\ncredential=head.body-_~+/=.sig\nephemeral=1\n\n"
	basic := func(user string) string {
		return "username=" + user + "\npassword=head.body-_~+/=.sig\npassword_expiry_utc=" + end + "\n\n"
	}
	for name, test := range map[string]struct{ text, want string }{
		"authtype":                      {"host=dev.azure.com\ncapability[]=authtype\n", bearer},
		"authtype and state":            {"host=dev.azure.com\ncapability[]=authtype\ncapability[]=state\nusername=bob\n", bearer},
		"state alone":                   {"host=dev.azure.com\ncapability[]=state\nusername=bob\n", basic("bob")},
		"authtype withdrawn":            {"host=dev.azure.com\ncapability[]=authtype\ncapability[]=\nusername=bob\n", basic("bob")},
		"an unknown capability":         {"host=dev.azure.com\ncapability[]=Authtype\nusername=bob\n", basic("bob")},
		"no capability":                 {"host=dev.azure.com\n", basic("alice@contoso.example")},
		"the user name is kept":         {"host=dev.azure.com\nusername=Contoso\n", basic("Contoso")},
		"an empty user name":            {"host=dev.azure.com\nusername=\n", basic("alice@contoso.example")},
		"a user name with a colon":      {"host=dev.azure.com\nusername=a:b\n", basic("alice@contoso.example")},
		"a user name that looks like =": {"host=dev.azure.com\nusername=a=b\n", basic("a=b")},
	} {
		t.Run(name, func(t *testing.T) {
			var out writes
			if err := helper(t, test.text).Reply(t.Context(), &out, token(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if out.String() != test.want || out.n != 1 {
				t.Errorf("got %d writes\n%swant\n%s", out.n, out.String(), test.want)
			}
		})
	}
}

// writes counts them.
type writes struct {
	bytes.Buffer
	n int
}

func (w *writes) Write(p []byte) (int, error) {
	w.n++
	return w.Buffer.Write(p)
}
func (w *writes) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func TestReplyWithoutGoodName(t *testing.T) {
	for _, account := range []string{"", "a:b"} {
		tok := token(time.Hour)
		tok.Account = account
		var out bytes.Buffer
		if err := helper(t, "host=dev.azure.com\n").Reply(t.Context(), &out, tok); err != nil || !strings.HasPrefix(out.String(), "username=entralogin\n") {
			t.Errorf("%q: got %q and %v", account, out.String(), err)
		}
	}
}

func TestReplyRefuses(t *testing.T) {
	for name, change := range map[string]func(*cache.Token){
		"no token":          func(t *cache.Token) { t.Value = cache.Secret{} },
		"newline":           func(t *cache.Token) { t.Value = cache.NewSecret("a\nhost=evil.example") },
		"CR":                func(t *cache.Token) { t.Value = cache.NewSecret("a\r") },
		"NUL":               func(t *cache.Token) { t.Value = cache.NewSecret("a\x00b") },
		"blank":             func(t *cache.Token) { t.Value = cache.NewSecret("a b") },
		"no ASCII":          func(t *cache.Token) { t.Value = cache.NewSecret("a\u00e4") },
		"too long":          func(t *cache.Token) { t.Value = cache.NewSecret(strings.Repeat("x", 65524)) },
		"newline in a name": func(t *cache.Token) { t.Account = "alice\nquit=1" },
		"CR in a name":      func(t *cache.Token) { t.Account = "alice\r" },
		"a long name":       func(t *cache.Token) { t.Account = strings.Repeat("x", 65526) },
	} {
		t.Run(name, func(t *testing.T) {
			tok := token(time.Hour)
			change(&tok)
			for _, capability := range []string{"", "capability[]=authtype\n"} {
				if capability != "" && tok.Account != token(0).Account {
					continue // a bearer token needs no name
				}
				var out bytes.Buffer
				err := helper(t, "host=dev.azure.com\n"+capability).Reply(t.Context(), &out, tok)
				if err == nil || out.Len() > 0 || tok.Value.Reveal() != "" && strings.Contains(err.Error(), tok.Value.Reveal()) {
					t.Errorf("got %v and %q", err, out.String())
				}
			}
		})
	}
}

func TestReplyLongestToken(t *testing.T) {
	tok := token(time.Hour)
	tok.Value = cache.NewSecret(strings.Repeat("x", 65523))
	for _, capability := range []string{"", "capability[]=authtype\n"} {
		var out bytes.Buffer
		if err := helper(t, "host=dev.azure.com\n"+capability).Reply(t.Context(), &out, tok); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadInput(&out); err != nil {
			t.Errorf("what was written can't be read: %v", err)
		}
	}
}

// The expiry is told before the token's end, but not as long before as to be over when the token is good.
func TestExpiry(t *testing.T) {
	for _, life := range []time.Duration{2 * time.Second, 10 * time.Second, 5 * time.Minute, 10 * time.Minute, time.Hour, 28 * time.Hour, 1<<63 - 1} {
		tok := token(life)
		for _, left := range []time.Duration{time.Second, 30 * time.Second, 2 * time.Minute, tok.Until().Sub(start)} {
			now := tok.Until().Add(-left)
			if now.Before(start) {
				continue
			}
			h := Helper{Now: func() time.Time { return now }}
			told := h.expiry(tok)
			if told.After(tok.Until()) {
				t.Errorf("life %v, left %v: told %v after the end", life, left, told.Sub(tok.Until()))
			}
			if told.Unix() < now.Unix() {
				t.Errorf("life %v, left %v: git throws the token away", life, left)
			}
			if early := tok.Until().Sub(told); early > time.Minute || early > life/20 {
				t.Errorf("life %v, left %v: told %v early", life, left, early)
			}
			if left > tok.Margin() && tok.Fresh(told) {
				t.Errorf("life %v, left %v: still fresh when git is told that it is over", life, left)
			}
		}
	}
}

func TestRequest(t *testing.T) {
	const user = "host=dev.azure.com\npath=Contoso/x\nusername="
	for name, test := range map[string]struct {
		text     string
		asker    string
		settings map[string]string
	}{
		"Azure DevOps": {user + "alice@contoso.example\n", "git, for https://dev.azure.com/contoso",
			map[string]string{"tenant-id": contoso, "scope": azureDevOps, "client-id": "c1", "account": "alice@contoso.example"}},
		"the organisation as user": {user + "CONTOSO\n", "git, for https://dev.azure.com/contoso",
			map[string]string{"tenant-id": contoso, "scope": azureDevOps, "client-id": "c1"}},
		"some other name": {user + "alice\n", "git, for https://dev.azure.com/contoso",
			map[string]string{"tenant-id": contoso, "scope": azureDevOps, "client-id": "c1"}},
		"half an account": {user + "@contoso.example\n", "git, for https://dev.azure.com/contoso",
			map[string]string{"tenant-id": contoso, "scope": azureDevOps, "client-id": "c1"}},
		"the other half": {user + "alice@\n", "git, for https://dev.azure.com/contoso",
			map[string]string{"tenant-id": contoso, "scope": azureDevOps, "client-id": "c1"}},
		"visualstudio.com": {"host=contoso.visualstudio.com\n", "git, for https://contoso.visualstudio.com",
			map[string]string{"tenant-id": contoso, "scope": azureDevOps}},
		"the config's account": {"host=git.contoso.example\nusername=x\n", "git, for https://git.contoso.example",
			map[string]string{"tenant-id": contoso, "scope": inhouse, "client-id": "c0", "account": "a0@contoso.example"}},
		"the URL's account counts more": {"host=git.contoso.example\nusername=b@contoso.example\n", "git, for https://git.contoso.example",
			map[string]string{"tenant-id": contoso, "scope": inhouse, "client-id": "c0", "account": "b@contoso.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := helper(t, test.text)
			h.Tenant = contoso
			h.Resolve = func(settings map[string]string) (plugin.Request, error) {
				if !maps.Equal(settings, test.settings) {
					t.Errorf("got the settings %v", settings)
				}
				return plugin.Request{Unattended: "CI is set"}, nil
			}
			r, err := h.Request()
			if err != nil || r.Asker != test.asker || r.Unattended != "CI is set" {
				t.Errorf("got %+v and %v", r, err)
			}
		})
	}
	refused := errors.New("no")
	h := helper(t, user+"\n")
	h.Resolve = func(map[string]string) (plugin.Request, error) { return plugin.Request{}, refused }
	if _, err := h.Request(); err != refused {
		t.Errorf("got %v", err)
	}
}

func TestQuitAndCapability(t *testing.T) {
	var quit, capability writes
	if Quit(&quit) != nil || quit.String() != "quit=1\n\n" || quit.n != 1 {
		t.Errorf("got %q", quit.String())
	}
	if Capability(&capability) != nil || capability.String() != "version 0\ncapability authtype\n" || capability.n != 1 {
		t.Errorf("got %q", capability.String())
	}
	broken := errors.New("broken")
	h := helper(t, "host=dev.azure.com\n")
	if Quit(failing{broken}) == nil || Capability(failing{broken}) == nil || !errors.Is(h.Reply(t.Context(), failing{broken}, token(time.Hour)), broken) {
		t.Error("a failed write is no error")
	}
}

type failing struct{ error }

func (f failing) Write([]byte) (int, error) { return 0, f.error }

// The expiry is in the unit that git reads: seconds since 1970.
func TestExpiryUnit(t *testing.T) {
	var out bytes.Buffer
	h := helper(t, "host=dev.azure.com\n")
	h.Now = nil
	tok := cache.Token{Value: cache.NewSecret("x"), Obtained: time.Now(), Expires: time.Now().Add(time.Hour)}
	if err := h.Reply(t.Context(), &out, tok); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(out.String(), "password_expiry_utc=")
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if left := time.Until(time.Unix(n, 0)); err != nil || left < 50*time.Minute || left > time.Hour {
		t.Errorf("got %q, in %v", text, left)
	}
}

// A git that loses bearer tokens gets a password, whatever it offers to take.
func TestReplyBasicThoughOffered(t *testing.T) {
	in := Input{Username: "contoso", Capabilities: []string{"authtype", "state"}}
	token := cache.Token{Value: cache.NewSecret("a.b.c"), Obtained: time.Now(), Expires: time.Now().Add(time.Hour)}
	for basic, want := range map[bool]string{true: "username=contoso\npassword=a.b.c\n", false: "capability[]=authtype\nauthtype=Bearer\n"} {
		var out strings.Builder
		if err := (&Helper{Input: in, Basic: basic}).Reply(t.Context(), &out, token); err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("basic %v: %v, %s", basic, err, out.String())
		}
	}
}
