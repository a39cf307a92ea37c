package git

import "github.com/entralogin/entralogin/plugin/authority"

const (
	nobody   = "00000000-0000-0000-0000-000000000000" // no tenant
	personal = "organizations"                        // where personal accounts sign in for Azure DevOps
)

// isTenant reports whether s names one tenant: a GUID, but not the empty one, or a domain name. Names such
// as common stand for no tenant.
func isTenant(s string) bool {
	return authority.IsGUID(s) && s != nobody || authority.IsDomain(s)
}
