package git

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
)

func token(life time.Duration) cache.Token {
	return cache.Token{Value: cache.NewSecret("head.body-_~+/=.sig"), Kind: cache.Access, Obtained: start, Expires: start.Add(life), Account: "alice@contoso.example"}
}

var start = time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.FixedZone("", 3600))

// answer is what git gets for tok at start.
func answer(t *testing.T, text string, tok cache.Token) (string, error) {
	t.Helper()
	content, err := mustRead(t, "protocol=https\n"+text).Answer(tok, false, start)
	return string(content), err
}

func TestAnswer(t *testing.T) {
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
			if got, err := answer(t, test.text, token(time.Hour)); err != nil || got != test.want {
				t.Errorf("got %v and\n%swant\n%s", err, got, test.want)
			}
		})
	}
}

func TestAnswerWithoutGoodName(t *testing.T) {
	for _, account := range []string{"", "a:b"} {
		tok := token(time.Hour)
		tok.Account = account
		if got, err := answer(t, "host=dev.azure.com\n", tok); err != nil || !strings.HasPrefix(got, "username=entralogin\n") {
			t.Errorf("%q: got %q and %v", account, got, err)
		}
	}
}

func TestAnswerRefuses(t *testing.T) {
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
				got, err := answer(t, "host=dev.azure.com\n"+capability, tok)
				if err == nil || got != "" || tok.Value.Reveal() != "" && strings.Contains(err.Error(), tok.Value.Reveal()) {
					t.Errorf("got %v and %q", err, got)
				}
			}
		})
	}
}

func TestAnswerLongestToken(t *testing.T) {
	tok := token(time.Hour)
	tok.Value = cache.NewSecret(strings.Repeat("x", 65523))
	for _, capability := range []string{"", "capability[]=authtype\n"} {
		got, err := answer(t, "host=dev.azure.com\n"+capability, tok)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadInput(strings.NewReader(got)); err != nil {
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
			told := expiry(tok, now)
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

// A place says who asks, and the user name in a URL which account is meant, if it is one.
func TestAskerAndAccount(t *testing.T) {
	const user = "host=dev.azure.com\npath=Contoso/x\nusername="
	for name, test := range map[string]struct{ text, asker, account string }{
		"Azure DevOps":             {user + "alice@contoso.example\n", "git, for https://dev.azure.com/contoso", "alice@contoso.example"},
		"the organisation as user": {user + "CONTOSO\n", "git, for https://dev.azure.com/contoso", ""},
		"some other name":          {user + "alice\n", "git, for https://dev.azure.com/contoso", ""},
		"half an account":          {user + "@contoso.example\n", "git, for https://dev.azure.com/contoso", ""},
		"the other half":           {user + "alice@\n", "git, for https://dev.azure.com/contoso", ""},
		"visualstudio.com":         {"host=contoso.visualstudio.com\n", "git, for https://contoso.visualstudio.com", ""},
		"the config's host":        {"host=git.contoso.example\nusername=b@contoso.example\n", "git, for https://git.contoso.example", "b@contoso.example"},
	} {
		in := mustRead(t, "protocol=https\n"+test.text)
		if asker, account := Find(in, hosts()).Asker(), in.Account(); asker != test.asker || account != test.account {
			t.Errorf("%s: got %q and %q", name, asker, account)
		}
	}
}

func TestQuitAndCapability(t *testing.T) {
	if quit := Quit(); !bytes.Equal(quit, []byte("quit=1\n\n")) {
		t.Errorf("got %q", quit)
	}
	if capability := Capability(); !bytes.Equal(capability, []byte("version 0\ncapability authtype\n")) {
		t.Errorf("got %q", capability)
	}
}

// The expiry is in the unit that git reads: seconds since 1970.
func TestExpiryUnit(t *testing.T) {
	tok := cache.Token{Value: cache.NewSecret("x"), Obtained: time.Now(), Expires: time.Now().Add(time.Hour)}
	got, err := mustRead(t, "protocol=https\nhost=dev.azure.com\n").Answer(tok, false, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(got), "password_expiry_utc=")
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if left := time.Until(time.Unix(n, 0)); err != nil || left < 50*time.Minute || left > time.Hour {
		t.Errorf("got %q, in %v", text, left)
	}
}

// A git that loses bearer tokens gets a password, whatever it offers to take.
func TestAnswerBasicThoughOffered(t *testing.T) {
	in := Input{Username: "contoso", Capabilities: []string{"authtype", "state"}}
	token := cache.Token{Value: cache.NewSecret("a.b.c"), Obtained: time.Now(), Expires: time.Now().Add(time.Hour)}
	for basic, want := range map[bool]string{true: "username=contoso\npassword=a.b.c\n", false: "capability[]=authtype\nauthtype=Bearer\n"} {
		if got, err := in.Answer(token, basic, time.Now()); err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("basic %v: %v, %s", basic, err, got)
		}
	}
}
