package accountcmd

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// facts are lines with a name each. A fact without a value is left out.
type facts [][]string

func (f facts) with(name, value string) facts {
	if value == "" {
		return f
	}
	return append(f, []string{name, value})
}

// writePeople writes a paragraph for each account, and last what is to be said of a call, in width columns.
func writePeople(out *bytes.Buffer, rows []personRow, last string, now time.Time, width int) {
	for i, r := range rows {
		if i > 0 {
			fmt.Fprintln(out)
		}
		r.write(out, now, width)
	}
	if last != "" {
		fmt.Fprintf(out, "\n%s\n", strings.Join(text.Fold(text.Redact(last, 1000), width), "\n"))
	}
}

// write writes what is known of the account, and below each token what stands in it.
func (r personRow) write(out *bytes.Buffer, now time.Time, width int) {
	const narrow = 60
	margin := "  "
	if width > 0 && width < narrow {
		margin = "" // an ID needs the room
	}
	who := r.Account
	if r.Name != "" {
		who += " (" + r.Name + ")"
	}
	fmt.Fprintln(out, strings.Join(text.Fold(who, width), "\n"))
	table := facts{}
	if r.Used {
		table = table.with("Used by calls", "yes: "+r.Because)
	}
	table = table.with("Home tenant", r.HomeTenant).with("Tenants", strings.Join(r.Tenants, ", ")).
		with("Client", r.Client).with("Authority", r.Authority).with("Signed in", describeAge(r.SignedIn, now)).
		with("Session", describeKeeper(r.KeptBy))
	if len(r.Tokens) == 0 {
		table = table.with("Tokens", "none is stored: the next call gets one without a prompt, if the session is still good")
	}
	for _, token := range r.Tokens {
		table = append(table, []string{token.title(), token.describeUse(now)})
		for _, claim := range token.claims() {
			table = append(table, []string{"  " + claim[0], claim[1]})
		}
	}
	if width > 0 {
		width = max(width-len(margin), 1)
	}
	for line := range strings.Lines(text.Facts(table, width)) {
		out.WriteString(margin + line)
	}
}

func (t claimedRow) title() string {
	switch t.Kind {
	case string(cache.ID):
		return "ID token"
	case string(cache.Registry):
		return "Registry token"
	}
	return "Access token"
}

// describeUse says what a token is for, and until when.
func (t claimedRow) describeUse(now time.Time) string {
	ends := "ends in " + text.Span(t.Expires.Sub(now))
	if t.Expired {
		ends = "has ended"
	}
	if t.Kind == string(cache.Registry) {
		t.Resources = nil // what a registry writes into its token is its own matter
	}
	return fmt.Sprintf("for %s, tenant %s, %s", cmp.Or(strings.Join(t.Resources, ", "), strings.Join(t.Scopes, " "), "nobody"), t.Tenant, ends)
}

// claims are what stands in a token.
func (t claimedRow) claims() facts {
	if t.Opaque {
		return facts{{"claims", "opaque: it can't be read here"}}
	}
	return facts{}.with("user", t.User).with("scopes", strings.Join(t.Granted, " ")).with("roles", strings.Join(t.Roles, ", ")).
		with("directory roles", describeDirectory(t.Directory)).with("groups", t.describeGroups())
}

func (t claimedRow) describeGroups() string {
	switch {
	case t.Overage:
		return "too many for a token: none is named, and the resource has to ask Graph for them"
	case t.Groups == nil:
		return ""
	case *t.Groups == 1:
		return "1 is named"
	}
	return fmt.Sprintf("%d are named", *t.Groups)
}

// describeDirectory gives the IDs of the tenant's own roles as they stand in the token: Microsoft adds new ones
// now and then. https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
func describeDirectory(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return strings.Join(ids, ", ") + " (the Entra portal names them: Roles & admins, Template ID)"
}
