// Package claims reads what stands in a token, and in an answer that asks for another one, and says whether a token can be passed
// on. It checks no signature: that is for the resource which the token is for.
package claims

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
)

// Claims are what an API server reads of a token. They are as they came: text of them is not clean yet, and
// the signature has not been looked at.
//
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type Claims struct {
	Audience  []string
	Issuer    string
	Subject   string // sub
	Version   string // "1.0" or "2.0"
	Tenant    string
	Client    string // azp or appid: the application that asked
	User      string // upn, preferred_username, unique_name or email, the first that is there
	UserClaim string // which of them
	Object    string // oid
	Expires   time.Time
	NotBefore time.Time
	Groups    int
	HasGroups bool // the claim groups is there
	Overage   bool // the groups were too many to be named

	Name      string   // of the person, for people
	Roles     []string // of the application that the token is for
	Directory []string // wids: IDs of the tenant's own roles
	Scopes    []string // scp
}

// Read decodes a token. An error holds nothing of it.
func Read(token cache.Secret) (Claims, error) {
	parts, err := Parts(token.Reveal())
	var raw map[string]any
	if err != nil || json.Unmarshal(parts[1], &raw) != nil || raw == nil {
		return Claims{}, errNoJWT
	}
	c := Claims{Audience: words(raw["aud"]), Issuer: str(raw["iss"]), Subject: str(raw["sub"]), Version: str(raw["ver"]), Tenant: str(raw["tid"]),
		Object: str(raw["oid"]), Expires: moment(raw["exp"]), NotBefore: moment(raw["nbf"])}
	c.Client, _ = first(raw, "azp", "appid")
	c.User, c.UserClaim = first(raw, "upn", "preferred_username", "unique_name", "email")
	c.Name, c.Roles, c.Directory = str(raw["name"]), words(raw["roles"]), words(raw["wids"])
	c.Scopes = strings.Fields(str(raw["scp"]))
	if groups, ok := raw["groups"].([]any); ok {
		c.HasGroups, c.Groups = true, len(groups)
	}
	sources, _ := raw["_claim_names"].(map[string]any)
	c.Overage = sources["groups"] != nil || raw["hasgroups"] == true || raw["hasgroups"] == "true"
	return c, nil
}

func str(value any) string {
	s, _ := value.(string)
	return s
}

// first returns the first claim that is there, and its name.
func first(raw map[string]any, names ...string) (value, name string) {
	for _, name := range names {
		if s := str(raw[name]); s != "" {
			return s, name
		}
	}
	return "", ""
}

func words(value any) []string {
	switch value := value.(type) {
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, v := range value {
			all = append(all, str(v))
		}
		return all
	}
	return nil
}

// moment reads a NumericDate (https://www.rfc-editor.org/rfc/rfc7519#section-2), up to the year 9999.
func moment(value any) time.Time {
	const latest = 253402300799
	seconds, ok := value.(float64)
	if !ok || seconds <= 0 || seconds > latest {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// V1 reports whether the token has the form of the v1.0 endpoint: its issuer is sts.windows.net.
func (c Claims) V1() bool {
	return c.Version == "1.0" || strings.Contains(c.Issuer, "://sts.windows.net/") || strings.Contains(c.Issuer, "://sts.chinacloudapi.cn/")
}

// IsFor reports whether a resource is among those that the token is for, in whichever form of its ID.
func (c Claims) IsFor(resource string) bool {
	return slices.ContainsFunc(c.Audience, func(aud string) bool { return strings.EqualFold(authority.BareID(aud), authority.BareID(resource)) })
}
