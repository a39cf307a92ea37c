package ask

import (
	"strings"

	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/text"
)

// The longest texts that are shown, in characters: of a value in a question, and of what Show shows.
const (
	longestValue = 80
	longestText  = 1000
)

// title is the question itself. safe makes foreign text harmless where it is shown.
func title(q server.Question, safe func(string) string) string {
	return "May " + safe(host(q)) + " have a token for " + safe(value(q.Resource)) + "?"
}

// details are the lines under it: whose token it is, what the other side says of itself, and what a yes does.
func details(q server.Question, safe func(string) string) []string {
	lines := []string{"Tenant: " + safe(value(q.Tenant))}
	switch {
	case q.Account != "":
		lines = append(lines, "Account: "+safe(value(q.Account)))
	case q.SignIn:
		lines = append(lines, "Account: the one that signs in")
	}
	if q.Claims != "" {
		lines = append(lines, `It claims to be: "`+safe(value(q.Claims))+`" (not checked)`)
	}
	if q.SignIn {
		lines = append(lines, "A yes begins a sign-in on this machine first.")
	}
	return append(lines, "A yes lets it act as you there, for about an hour at a time.")
}

// value makes a text fit to stand in a line of the question: the quotes are ours alone.
func value(s string) string {
	return strings.ReplaceAll(text.Short(strings.TrimSpace(s), longestValue), `"`, "'")
}

func host(q server.Question) string {
	if name := value(q.Host); name != "" {
		return name
	}
	return "an unknown program"
}

// asIs is for a place where no character has a meaning.
func asIs(s string) string { return s }

// inert takes the meaning off what a program may read as markup, an escape or a command: askpass programs are often
// scripts that hand the text on to others.
func inert(s string) string {
	return strings.NewReplacer("<", "(", ">", ")", "&", "+", `\`, "/", "%", "_", "`", "'", "$", "_").Replace(s)
}

// escaped is for a place that reads markup:
// https://specifications.freedesktop.org/notification-spec/latest/markup.html
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// shown is a text of several lines for Show.
func shown(s string) string {
	s = text.CleanLines(s)
	if all := []rune(s); len(all) > longestText {
		s = string(all[:longestText-3]) + "..."
	}
	return s
}
