package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
)

// writePeople writes a paragraph for each account, and last what is to be said of a call.
func (a *app) writePeople(rows []personRow, last string) error {
	var out bytes.Buffer
	for i, r := range rows {
		if i > 0 {
			fmt.Fprintln(&out)
		}
		if err := r.write(&out, a.now()); err != nil {
			return err
		}
	}
	if last != "" {
		fmt.Fprintf(&out, "\n%s\n", foreign(last))
	}
	_, err := a.stdout.Write(out.Bytes())
	return outputError(err)
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
	line("Signed in", age(r.SignedIn, now))
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
	if t.Kind == "id" {
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
	line("  directory roles", directoryWords(t.Directory))
	line("  groups", t.groupWords())
}

func (t claimedRow) groupWords() string {
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

// directoryWords names the tenant's roles that are well known, and gives the IDs of others:
// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
func directoryWords(ids []string) string {
	known := map[string]string{
		"62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
		"f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
		"fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
		"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
		"158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
		"e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
		"194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
		"88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
		"b79fbf4d-3ef9-4689-8143-76b194e85509": "no administrator",
	}
	var words []string
	for _, id := range ids {
		words = append(words, cmp.Or(known[strings.ToLower(id)], id))
	}
	return strings.Join(words, ", ")
}
