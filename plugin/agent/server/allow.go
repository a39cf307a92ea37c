package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Allow is what a person has allowed. The zero value allows the resources of DefaultResources, in all tenants. Its fields
// are what ParseAllow makes.
type Allow struct {
	Resources []string // words (ResourceWords), application IDs, URIs; empty: DefaultResources
	Tenants   []string // GUIDs and domains; empty: all
}

// AllowError says what is no resource, or no tenant.
type AllowError struct{ What string }

func (e *AllowError) Error() string { return e.What }

// Class is configuration.
func (e *AllowError) Class() failure.Class { return failure.Config }

// DefaultResources are allowed where a person says nothing.
func DefaultResources() []string { return []string{"aks", "devops", "arm"} }

// The resources of four of the words, by application ID: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
const (
	devOps = "499b84ac-1321-427f-aa17-267ca6975798"
	arm    = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
	acr    = "6a0ec4d3-30cb-4a83-91c0-ae56bc0e3d26"
	graph  = "00000003-0000-0000-c000-000000000000"
)

// ResourceWords are the short names of resources, each with its application ID and its name for people.
func ResourceWords() [][3]string {
	return [][3]string{{"aks", authority.AKSServer, "Azure Kubernetes Service"}, {"devops", devOps, "Azure DevOps"},
		{"arm", arm, "Azure Resource Manager"}, {"acr", acr, "Azure Container Registry"}, {"graph", graph, "Microsoft Graph"}}
}

// ParseAllow reads what a person wrote: words, and resources as scopes have them, with or without /.default. Errors:
// *AllowError.
func ParseAllow(resources, tenants []string) (a Allow, err error) {
	for _, word := range resources {
		r, ok := parseResource(word)
		if !ok {
			return Allow{}, &AllowError{fmt.Sprintf("%q is no resource: it is one of %s, an application ID, or a URI such as https://vault.azure.net",
				text.Short(word, 80), wordList())}
		}
		a.Resources = append(a.Resources, r)
	}
	for _, tenant := range tenants {
		if !authority.IsTenant(tenant) {
			return Allow{}, &AllowError{fmt.Sprintf("%q is no tenant: it is a GUID, or a domain", text.Short(tenant, 80))}
		}
		a.Tenants = append(a.Tenants, tenant)
	}
	return a, nil
}

func wordList() string {
	var words []string
	for _, w := range ResourceWords() {
		words = append(words, w[0])
	}
	return strings.Join(words, ", ")
}

// parseResource reads one: a word, or what stands in front of the permission of a scope.
func parseResource(s string) (string, bool) {
	for _, w := range ResourceWords() {
		if strings.EqualFold(s, w[0]) {
			return w[0], true
		}
	}
	r := strings.TrimRight(strings.TrimSuffix(s, "/.default"), "/")
	if bare := authority.BareID(r); authority.IsGUID(bare) {
		return r, true
	}
	scheme, rest, ok := strings.Cut(r, "://")
	return r, ok && scheme != "" && rest != "" && authority.IsScope(r)
}

// resources are those that are allowed.
func (a Allow) resources() []string {
	if len(a.Resources) == 0 {
		return DefaultResources()
	}
	return a.Resources
}

// Resource reports whether a resource is allowed, as a scope names it, of the sign-in service known.
func (a Allow) Resource(known authority.Authority, resource string) bool {
	return slices.ContainsFunc(a.resources(), func(allowed string) bool { return isResource(known, resource, allowed) })
}

// isResource reports whether a resource is the one of an entry: named as it is there, or, of a service that is known,
// by any of its own names. Only names that can be read in one way count as those.
func isResource(known authority.Authority, resource, allowed string) bool {
	for _, w := range ResourceWords() {
		if allowed == w[0] {
			allowed = w[1]
		}
	}
	r := strings.TrimRight(resource, "/")
	if strings.EqualFold(authority.BareID(r), authority.BareID(allowed)) {
		return true
	}
	return isPlainResource(r) && known.SameResource(r, allowed)
}

// isPlainResource reports whether r is "", which is Graph's, an application ID, or an https URI of nothing but a host. Of
// others it is not sure that the service reads them as is done here.
func isPlainResource(r string) bool {
	host, isURI := strings.CutPrefix(strings.ToLower(r), "https://")
	host, port, hasPort := strings.Cut(host, ":")
	if hasPort && (port == "" || strings.Trim(port, "0123456789") != "") {
		return false
	}
	return r == "" || authority.IsGUID(authority.BareID(r)) || isURI && (authority.IsDomain(host) || hasPort && isLoopback(host))
}

// isLoopback reports whether a host is this machine, where simulators are.
func isLoopback(host string) bool { return host == "127.0.0.1" || host == "localhost" }

// Tenant reports whether a tenant is allowed, by the name that the request has for it.
func (a Allow) Tenant(tenant string) bool {
	return len(a.Tenants) == 0 || slices.ContainsFunc(a.Tenants, func(t string) bool { return strings.EqualFold(t, tenant) })
}

// ResourceOf is the one resource that all scopes are of. Errors: *AllowError for none, several, and for scopes of the
// sign-in itself, such as offline_access, which no resource has.
func ResourceOf(scopes []string) (string, error) {
	if len(scopes) == 0 {
		return "", &AllowError{"no scope is asked for"}
	}
	for _, scope := range scopes {
		permission := scope[strings.LastIndex(scope, "/")+1:]
		switch {
		case !authority.IsScope(scope) || permission == "":
			return "", &AllowError{fmt.Sprintf("%q is no scope", text.Short(scope, 80))}
		case authority.OfSignIn(permission):
			return "", &AllowError{fmt.Sprintf("%q is a scope of the sign-in itself", text.Short(scope, 80))}
		case !strings.EqualFold(authority.Resource(scopes[:1]), authority.Resource([]string{scope})):
			return "", &AllowError{"the scopes are of several resources"}
		}
	}
	return authority.Resource(scopes[:1]), nil
}

// DescribeResource names a resource to a person: "Azure DevOps", or as it is, cleaned and cut.
func DescribeResource(known authority.Authority, resource string) string {
	for _, w := range ResourceWords() {
		if isResource(known, resource, w[0]) {
			return w[2]
		}
	}
	if s, ok := known.ServiceOf(resource); ok && isPlainResource(resource) {
		return s.Name + " (" + text.Short(resource, 60) + ")"
	}
	return text.Short(resource, 80)
}
