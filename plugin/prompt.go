package plugin

import (
	"cmp"
	"fmt"
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
// sentence with page and code (other programs look for it), when the code ends, and a warning against
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
	fmt.Fprintf(&b, "To sign in, use a web browser to open the page %s and enter the code %s to authenticate.\n",
		text.Clean(p.URL), text.Clean(p.UserCode))
	what := "The code"
	if r.PromptTimeout > 0 {
		what = "This prompt"
	}
	fmt.Fprintf(&b, "%s ends at %s, in %s. Continue only if you started this yourself, just now.",
		what, p.Expires.Local().Format("15:04:05"), text.Span(p.Expires.Sub(now)))
	return b.String()
}
