package config

import (
	"slices"
	"strings"

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
		return t, &Error{Name: PoPClaims, Origin: origin, Slip: strings.HasPrefix(origin, "--"), What: "stands without " + PoPEnabled, Hint: "Give both of them, or neither."}
	case claims == "":
		return t, &Error{Name: PoPEnabled, Origin: on, Slip: strings.HasPrefix(on, "--"), What: "needs the cluster's name beside it",
			Hint: "Give --" + PoPClaims + " u=ID, with the ID of the cluster in Azure Resource Manager."}
	case t.Request.Kind == cache.ID:
		return t, &Error{Name: PoPEnabled, Origin: on, Slip: strings.HasPrefix(on, "--"), What: "is for access tokens: an ID token is bound to no key"}
	case slices.Contains([]string{ManagedIdentity, AzureCLI, AzureDeveloper}, t.Machine):
		return t, &Error{Name: PoPEnabled, Origin: on, Slip: strings.HasPrefix(on, "--"), What: "can't be had with --" + Login + " " + t.Machine + ", which brings bearer tokens alone",
			Hint: "Sign in as an application (--" + Login + " " + ServicePrincipal + ") or as a person."}
	}
	cluster, ignored, err := pop.ParseClaims(claims)
	if err != nil {
		return t, Bad(PoPClaims, claims, origin, "%v", err)
	}
	if len(ignored) > 0 {
		t.Decided = append(t.Decided, "of "+PoPClaims+" nothing counts but u: "+strings.Join(ignored, ", "))
	}
	t.Proof = cluster
	t.Late = "a token that is bound to a key is renewed when it is stale"
	return t, nil
}
