package accountcmd

import (
	"cmp"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

// personRow is an account as whoami tells it. The names are part of the command's interface.
type personRow struct {
	Account    string       `json:"account"`
	Name       string       `json:"name,omitempty"`
	HomeTenant string       `json:"homeTenantId,omitempty"`
	Tenants    []string     `json:"tenantIds"`
	Client     string       `json:"clientId"`
	Authority  string       `json:"authority"`
	Used       bool         `json:"used"` // by a call with these settings
	Because    string       `json:"because,omitempty"`
	SignedIn   time.Time    `json:"signedIn,omitzero"`
	KeptBy     string       `json:"keptBy,omitempty"`
	Tokens     []claimedRow `json:"tokens"`
}

// claimedRow is a token with its claims.
type claimedRow struct {
	tokenRow
	Opaque    bool     `json:"opaque"` // its claims can't be read
	Resources []string `json:"resources,omitempty"`
	User      string   `json:"user,omitempty"`
	Granted   []string `json:"grantedScopes,omitempty"`
	Roles     []string `json:"roles,omitempty"`
	Directory []string `json:"directoryRoles,omitempty"`
	Groups    *int     `json:"groups,omitempty"` // how many are named; none: the token says nothing of groups
	Overage   bool     `json:"groupsOverage"`    // too many to be named
}

// claimed cleans everything: it came from a service.
func (p person) claimed(now time.Time) personRow {
	base := p.row("", now)
	row := personRow{Account: cmp.Or(base.Account, base.HomeID), Tenants: base.Tenants, Client: base.Client, Authority: base.Authority,
		SignedIn: base.SignedIn, KeptBy: base.KeptBy, Name: nameIn(p.session, p.account.HomeID), Tokens: []claimedRow{}}
	if _, home, ok := strings.Cut(p.account.HomeID, "."); ok {
		row.HomeTenant = foreign(home)
	}
	for _, t := range p.distinctTokens() {
		row.Tokens = append(row.Tokens, claimedOf(t, now))
	}
	return row
}

// claimedOf reads what stands in a token.
func claimedOf(t cache.Stored, now time.Time) claimedRow {
	row := claimedRow{tokenRow: rowOfToken(t, now)}
	read, err := claims.Read(t.Token.Value)
	if err != nil {
		row.Opaque = true
		return row
	}
	row.Resources, row.User, row.Granted = foreignAll(read.Audience), foreign(read.User), foreignAll(read.Scopes)
	row.Roles, row.Directory, row.Overage = foreignAll(read.Roles), foreignAll(read.Directory), read.Overage
	if read.HasGroups {
		row.Groups = &read.Groups
	}
	return row
}

func foreign(s string) string { return text.Redact(s, 200) }

// foreignAll cleans a list of names, and leaves out what is too much for anybody to read.
func foreignAll(list []string) []string {
	const most = 100
	var clean []string
	for _, s := range list[:min(len(list), most)] {
		if s = foreign(s); s != "" {
			clean = append(clean, s)
		}
	}
	if len(list) > most {
		clean = append(clean, "...")
	}
	return clean
}

// nameIn is a person's name by the newest of the ID tokens that are kept, before all of those of the home tenant;
// "" where none has it.
func nameIn(session cache.Session, homeID string) string {
	_, home, _ := strings.Cut(homeID, ".")
	name, atHome, latest := "", false, time.Time{}
	for _, token := range session.IDTokens(homeID) {
		read, err := claims.Read(token.Value)
		here := strings.EqualFold(token.Tenant, home) || strings.EqualFold(read.Tenant, home)
		if err != nil || read.Name == "" || atHome && !here || atHome == here && !read.Expires.After(latest) {
			continue
		}
		name, atHome, latest = read.Name, here, read.Expires
	}
	return foreign(name)
}
