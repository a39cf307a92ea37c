package config

import (
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
)

// What az login was given stands in no file of settings: these two are in the layer of AzureLayer alone.
const (
	// AzureLogin is the name of a login whose secret or assertion the cache keeps.
	AzureLogin = "az-login"
	// AzureGiven is the secret or assertion itself, before it is kept.
	AzureGiven = "az-login-secret"
)

// saysWhom are the settings of which each says who signs in.
func saysWhom() []string {
	return slices.Concat([]string{Login, ClientID, Account, ClientSecret, ClientSecretFile, ClientSecretKeyring, ClientCertificate,
		IdentityObjectID, IdentityResourceID}, Assertions())
}

// AzureLoginCounts reports whether a call as az that says nothing else means a login that az login was given, and which
// setting keeps it from that: flags and variables that say who signs in, or where, and another profile than it was given
// under.
func (s Settled) AzureLoginCounts(l cache.AzureLogin) (instead string, counts bool) {
	said := s.Of(ByFlag, ByGit, ByEnv)
	for _, name := range saysWhom() {
		if _, origin := said.Get(name); origin != "" {
			return origin, false
		}
	}
	if said.Has(AuthorityHost, Environment) {
		if a, err := (Settled{Settings: said, File: s.File}).FindAuthority(); err != nil || a.Host != l.Authority {
			_, origin := said.FirstWith(AuthorityHost, Environment).Get(AuthorityHost)
			return origin, false
		}
	}
	return Profile, s.Named == l.Profile
}

// AzureChoiceCounts reports whether what was chosen for a person counts for the settings: they have to be of the same
// application and profile, as that is whose accounts were chosen from.
func (s Settled) AzureChoiceCounts(c cache.AzureChoice) bool {
	client, _ := s.Get(ClientID)
	a, err := s.FindAuthority()
	return err == nil && a.Host == c.Authority && strings.EqualFold(client, c.Client) && s.Named == c.Profile
}

// AzureChoiceLayer is the layer of what was chosen for a person.
func AzureChoiceLayer(c cache.AzureChoice) Layer {
	return NewLayer(ByAzure, "az login", map[string]string{TenantID: c.Tenant, Account: c.Account})
}

// AzureGivenLayer is the layer of a login whose secret or assertion is not kept yet.
func AzureGivenLayer(l cache.AzureLogin) Layer {
	layer := AzureLayer(l)
	if !l.Secret.IsZero() {
		layer.Values[AzureGiven] = Value{l.Secret.Reveal(), "az login"}
	}
	return layer
}

// AzureLayer is the layer of a login. It holds no secret: that is read where a token is asked of the service.
func AzureLayer(l cache.AzureLogin) Layer {
	values := map[string]string{TenantID: l.Tenant, ClientID: l.Client, AuthorityHost: "https://" + l.Authority}
	switch l.Kind {
	case cache.AzureSecret:
		values[Login], values[AzureLogin] = ServicePrincipal, l.Name
	case cache.AzureCertificate:
		values[Login], values[ClientCertificate] = ServicePrincipal, l.Certificate
		if l.SendsChain {
			values[SendCertificateChain] = "true"
		}
	case cache.AzureAssertion:
		values[Login], values[AzureLogin] = Federated, l.Name
	case cache.AzureIdentity:
		values[Login] = ManagedIdentity
		kind, id, _ := strings.Cut(l.Identity, ":")
		if name := map[string]string{"client": ClientID, "object": IdentityObjectID, "resource": IdentityResourceID}[kind]; name != "" {
			values[name] = id
		}
	}
	return NewLayer(ByAzure, "az login", values)
}
