package plugin

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// Resource is what the token is for: an application ID or its URI, or a scope that names none; "" for a token of the
// application itself.
func (r Request) Resource() string {
	if r.Kind == cache.ID || len(r.Scopes) == 0 {
		return ""
	}
	scope := r.Scopes[0]
	return cmp.Or(scope[:max(strings.LastIndex(scope, "/"), 0)], scope)
}

// DescribeTenant names the tenant of a request to a person: "the tenant contoso.example". Three names are those of none:
// https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints
func DescribeTenant(tenant string) string {
	switch strings.ToLower(tenant) {
	case "organizations", "common":
		return "any tenant"
	case "consumers":
		return "personal accounts"
	}
	return "the tenant " + text.Clean(tenant)
}

// PromptWords is what a person reads who is asked to sign in: who asks and for what, the well-known
// sentence with page and code (other programs look for it), when that ends, and a warning against
// codes that somebody else sent. They are our own words: the message that the service sends along is
// never shown, since whoever can change it could put anything on the terminal.
func PromptWords(r Request, p Prompt, now time.Time) string {
	var b strings.Builder
	asker := cmp.Or(text.Clean(r.Asker), "a program")
	if strings.Contains(asker, ", ") {
		asker += ","
	}
	fmt.Fprintf(&b, "%s needs a sign-in (%s", asker, strings.TrimPrefix(DescribeTenant(r.Tenant), "the "))
	if r.Account != "" {
		fmt.Fprintf(&b, ", account %s", text.Clean(r.Account))
	}
	if r.Client != "" {
		fmt.Fprintf(&b, ", client %s", text.Short(r.Client, 100))
	}
	if resource := r.Resource(); resource != "" {
		fmt.Fprintf(&b, ", resource %s", text.Short(resource, 200))
	}
	b.WriteString(")")
	if r.Why != "" {
		b.WriteString(": " + text.Clean(r.Why))
	}
	b.WriteString(".\n")
	b.WriteString(p.words())
	what := "The " + what(p.UserCode)
	if r.PromptTimeout > 0 {
		what = "This prompt"
	}
	fmt.Fprintf(&b, "%s ends at %s, in %s. Continue only if you started this yourself, just now.",
		what, p.Expires.Local().Format("15:04:05"), text.Span(p.Expires.Sub(now)))
	return b.String()
}

// words are the lines that tell the person what to do.
func (p Prompt) words() string {
	page := text.Clean(p.URL)
	switch {
	case p.UserCode != "":
		return fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.\n", page, text.Clean(p.UserCode))
	case p.Method == Paste && page == "":
		return "The sign-in goes on where that was typed: what is asked for there can't be pasted here.\n"
	case p.Method == Paste:
		return fmt.Sprintf("To sign in, use a web browser on any computer to open the page %s\n", page) +
			"The browser ends at an address that begins with http://localhost and can't be reached. Click into the address bar, copy all of it, and paste it here.\n" +
			"Paste it into this terminal alone, never into a page, a chat or a form: whoever has it may get in.\n"
	case page == "":
		return "To sign in, use the window that opens on this machine.\n"
	case p.Forward != "":
		return fmt.Sprintf("To sign in, first run on the computer with your browser: %s\nThen open this page there: %s\n", p.forwarding(), page)
	}
	return fmt.Sprintf("To sign in, use a web browser on this machine to open the page %s\n", page)
}

// forwarding is the command that brings the browser of another computer to the page: it stands in the way of the
// redirect alone, and so both ends have the same port (https://man.openbsd.org/ssh#L).
func (p Prompt) forwarding() string {
	u, err := url.Parse(p.URL)
	if err != nil {
		return "ssh " + text.Clean(p.Forward)
	}
	return fmt.Sprintf("ssh -L %s:localhost:%[1]s %s", u.Port(), text.Clean(p.Forward))
}

// what names the thing that a prompt shows.
func what(userCode string) string {
	if userCode != "" {
		return "code"
	}
	return "sign-in"
}
