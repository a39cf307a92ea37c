package accountcmd

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// writePeople writes a paragraph for each account, and last what is to be said of a call.
func writePeople(out *bytes.Buffer, rows []personRow, last string, now time.Time) error {
	for i, r := range rows {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := r.write(out, now); err != nil {
			return err
		}
	}
	if last != "" {
		fmt.Fprintf(out, "\n%s\n", foreign(last))
	}
	return nil
}

func (r personRow) write(out *bytes.Buffer, now time.Time) error {
	who := r.Account
	if r.Name != "" {
		who += " (" + r.Name + ")"
	}
	fmt.Fprintln(out, who)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(table, "  %s\t%s\n", name, value)
		}
	}
	if r.Used {
		line("Used by calls", "yes: "+r.Because)
	}
	line("Home tenant", r.HomeTenant)
	line("Tenants", strings.Join(r.Tenants, ", "))
	line("Client", r.Client)
	line("Authority", r.Authority)
	line("Signed in", describeAge(r.SignedIn, now))
	if len(r.Tokens) == 0 {
		line("Tokens", "none is stored: the next call gets one without a prompt, if the session is still good")
	}
	for _, t := range r.Tokens {
		t.lines(line, now)
	}
	return table.Flush()
}

// lines say what a token is for, until when, and what stands in it.
func (t claimedRow) lines(line func(name, value string), now time.Time) {
	title := "Access token"
	if t.Kind == string(cache.ID) {
		title = "ID token"
	}
	ends := "ends in " + text.Span(t.Expires.Sub(now))
	if t.Expired {
		ends = "has ended"
	}
	line(title, fmt.Sprintf("for %s, tenant %s, %s", cmp.Or(strings.Join(t.Resources, ", "), strings.Join(t.Scopes, " "), "nobody"), t.Tenant, ends))
	if t.Opaque {
		line("  claims", "opaque: it can't be read here")
		return
	}
	line("  user", t.User)
	line("  scopes", strings.Join(t.Granted, " "))
	line("  roles", strings.Join(t.Roles, ", "))
	line("  directory roles", describeDirectory(t.Directory))
	line("  groups", t.describeGroups())
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

// describeDirectory gives the IDs of the tenant's own roles as the token does: Microsoft adds new ones now and
// then. https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
func describeDirectory(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return strings.Join(ids, ", ") + " (the Entra portal names them: Roles & admins, Template ID)"
}
