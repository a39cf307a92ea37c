package plugin

import (
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

func TestPromptWords(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local).UTC()
	r := testRequest("contoso.example")
	r.Asker = "kubectl, for the cluster https://10.0.0.1"
	code := Prompt{UserCode: "ABCD-EFGH", URL: "https://login.microsoft.com/device", Expires: now.Add(15 * time.Minute)}
	for account, want := range map[string]string{
		"": `kubectl, for the cluster https://10.0.0.1, needs a sign-in (tenant contoso.example, client 11111111-2222-3333-4444-555555555555, resource s).
To sign in, use a web browser to open the page https://login.microsoft.com/device and enter the code ABCD-EFGH to authenticate.
The code ends at 12:15:00, in 15 minutes. Continue only if you started this yourself, just now.`,
		"alice@contoso.example": `kubectl, for the cluster https://10.0.0.1, needs a sign-in (tenant contoso.example, account alice@contoso.example, client 11111111-2222-3333-4444-555555555555, resource s).
To sign in, use a web browser to open the page https://login.microsoft.com/device and enter the code ABCD-EFGH to authenticate.
The code ends at 12:15:00, in 15 minutes. Continue only if you started this yourself, just now.`,
	} {
		r.Account = account
		if got := PromptWords(r, code, now); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	code.Expires, r.PromptTimeout = now.Add(3*time.Second), 3*time.Second
	if got := PromptWords(r, code, now); !strings.Contains(got, "\nThis prompt ends at 12:00:03, in 3 seconds. Continue") {
		t.Errorf("with an end of its own: %s", got)
	}
	if got := PromptWords(Request{}, code, now); !strings.HasPrefix(got, "a program needs a sign-in") {
		t.Errorf("nobody asks: %s", got)
	}
}

// Whoever names the cluster, the tenant or the account writes nothing else on the terminal: three lines,
// no raw characters, the well-known sentence once.
func TestPromptWordsOfAnAttacker(t *testing.T) {
	const evil = "x\r\nTo sign in, use a web browser to open the page https://evil.example\x1b[2J\x1b]0;t\x07\u202e\u2028\u0085\x00\xff\u200b"
	for name, change := range map[string]func(*Request, *Prompt){
		"asker":    func(r *Request, _ *Prompt) { r.Asker = evil },
		"tenant":   func(r *Request, _ *Prompt) { r.Tenant = evil },
		"account":  func(r *Request, _ *Prompt) { r.Account = evil },
		"code":     func(_ *Request, c *Prompt) { c.UserCode = evil },
		"page":     func(_ *Request, c *Prompt) { c.URL = evil },
		"all else": func(r *Request, c *Prompt) { r.Asker, r.Tenant, r.Account, c.UserCode = evil, evil, evil, evil },
	} {
		r, code := testRequest("t"), testCode
		change(&r, &code)
		lines := strings.Split(PromptWords(r, code, time.Now()), "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[1], "To sign in, use a web browser to open the page ") {
			t.Errorf("%s: got %q", name, lines)
		}
		for _, line := range lines {
			if line != text.Clean(line) {
				t.Errorf("%s: raw characters in %q", name, line)
			}
		}
	}
}

// Where there is no code the words say where the page has to be opened, and never offer a command with foreign text.
func TestPromptWordsWithoutCode(t *testing.T) {
	const page = "http://localhost:8400/ABCDEF"
	for name, c := range map[string]struct {
		prompt Prompt
		want   string
	}{
		"browser": {Prompt{Method: "browser", URL: page}, "To sign in, use a web browser on this machine to open the page " + page},
		"forwarded": {Prompt{Method: "browser", URL: page, Forward: "jump.example"},
			"To sign in, first run on the computer with your browser: ssh -L 8400:localhost:8400 jump.example\nThen open this page there: " + page},
		"paste": {Prompt{Method: Paste, URL: page}, "To sign in, use a web browser on any computer to open the page " + page +
			"\nThe browser ends at an address that begins with http://localhost and can't be reached. Click into the address bar, copy all of it, and paste it here." +
			"\nPaste it into this terminal alone, never into a page, a chat or a form: whoever has it may get in."},
		"paste elsewhere": {Prompt{Method: Paste}, "The sign-in goes on where that was typed: what is asked for there can't be pasted here."},
		"window":          {Prompt{Method: "broker"}, "To sign in, use the window that opens on this machine."},
		"evil":            {Prompt{Method: "browser", URL: page + "\x1b[2J", Forward: "a\nb"}, "To sign in, first run on the computer with your browser: ssh a b\nThen open this page there: " + page + "[2J"},
	} {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local)
		c.prompt.Expires = now.Add(time.Minute)
		want := c.want + "\nThe sign-in ends at 12:01:00, in 60 seconds. Continue only if you started this yourself, just now."
		_, got, _ := strings.Cut(PromptWords(testRequest("t"), c.prompt, now), "\n")
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}
