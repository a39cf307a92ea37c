package ask

import (
	"strings"
	"testing"
	"unicode"

	"github.com/entralogin/entralogin/plugin/agent/server"
)

// hostile has in each of its texts what is to fool a person, or a program that shows it.
func hostile() server.Question {
	const evil = "a\nTenant: yours\r\x1b[2J\u202e\u200b<b>x</b> &lt;i&gt; \\n %s `id` $(id) \""
	return server.Question{Host: evil, Resource: evil, Tenant: evil, Account: evil, Claims: evil, SignIn: true}
}

// render is a whole question in one text.
func render(q server.Question, safe func(string) string) string {
	return strings.Join(append([]string{title(q, safe)}, details(q, safe)...), "\n")
}

func TestQuestion(t *testing.T) {
	q := server.Question{Host: "build1 (ssh)", Resource: "Azure DevOps", Tenant: "contoso.example", Account: "alice@contoso.example", Claims: "git, dev.azure.com"}
	const want = `May build1 (ssh) have a token for Azure DevOps?
Tenant: contoso.example
Account: alice@contoso.example
It claims to be: "git, dev.azure.com" (not checked)
A yes lets it act as you there, for about an hour at a time.`
	if got := render(q, asIs); got != want {
		t.Errorf("got\n%s", got)
	}
	q = server.Question{Resource: "AKS", Tenant: "t", SignIn: true}
	const signIn = `May an unknown program have a token for AKS?
Tenant: t
Account: the one that signs in
A yes begins a sign-in on this machine first.
A yes lets it act as you there, for about an hour at a time.`
	if got := render(q, asIs); got != signIn {
		t.Errorf("got\n%s", got)
	}
}

// No text of the other side makes a line of its own, ends its quotes, or is read as anything but text.
func TestHostileQuestion(t *testing.T) {
	lines := len(strings.Split(render(server.Question{Account: "a", Claims: "b", SignIn: true}, asIs), "\n"))
	for name, safe := range map[string]func(string) string{"as it is": asIs, "inert": inert, "escaped": escaped} {
		got := render(hostile(), safe)
		if n := len(strings.Split(got, "\n")); n != lines {
			t.Errorf("%s: %d lines, not %d:\n%s", name, n, lines, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%s: %q", name, got[i:])
		}
		if strings.Count(got, `"`) != 2 {
			t.Errorf("%s: the quotes are not ours:\n%s", name, got)
		}
	}
	if got := render(hostile(), inert); strings.ContainsAny(got, "<>&\\%`$") {
		t.Error(got)
	}
	if got := render(hostile(), escaped); strings.ContainsAny(got, "<>") || strings.Contains(got, "&lt;i&gt;") || !strings.Contains(got, "&lt;b&gt;") {
		t.Error(got)
	}
}

func TestLongTextsAreCut(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	q := server.Question{Host: long, Resource: long, Tenant: long, Account: long, Claims: long}
	if got := render(q, asIs); len(got) > 6*(longestValue+60) || !strings.Contains(got, "x...") {
		t.Errorf("%d bytes", len(got))
	}
	if got := shown("code\x1b[2J\n" + long); len(got) != longestText || !strings.HasPrefix(got, "code[2J\n") || !strings.HasSuffix(got, "...") {
		t.Errorf("%d bytes: %.20q", len(got), got)
	}
}
