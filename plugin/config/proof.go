package config

import (
	"slices"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/pop"
)

// WithProof settles whether requests are signed with proof of possession, and for which cluster: pop-enabled and
// pop-claims, as Azure/kubelogin has them. Of other calls than those for clusters they say nothing: a config file that has
// them serves git, too. Errors: *Error.
func (t Target) WithProof() (Target, error) {
	enabled, err := t.truth(PoPEnabled, false)
	if err != nil {
		return t, err
	}
	said, on := t.Get(PoPEnabled)
	claims, origin := t.Get(PoPClaims)
	switch {
	case !enabled && (claims == "" || said != ""):
		return t, nil
	case !enabled:
		return t, Bad(PoPClaims, "", origin, "stands without %s: give both of them, or neither", PoPEnabled)
	case claims == "":
		return t, Bad(PoPEnabled, "", on, "needs the cluster's ID in Azure beside it: --%s u=ID", PoPClaims)
	case t.Request.Kind == cache.ID:
		return t, Bad(PoPEnabled, "", on, "is for access tokens: an ID token is bound to no key")
	case slices.Contains([]string{ManagedIdentity, AzureCLI, AzureDeveloper}, t.Machine):
		return t, Bad(PoPEnabled, "", on, "can't be had with --%[1]s %[2]s, which brings bearer tokens alone: sign in as an application (--%[1]s %[3]s) or as a person",
			Login, t.Machine, ServicePrincipal)
	}
	if t.Proof, err = pop.ParseClaims(claims); err != nil {
		return t, Bad(PoPClaims, claims, origin, "%v", err)
	}
	t.Late = "a token that is bound to a key is renewed when it is stale"
	return t, nil
}
