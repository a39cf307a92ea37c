package agent

import (
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
)

// ResourceWords are the short names of resources: Azure Kubernetes Service, Azure DevOps, Azure Resource Manager of the clouds,
// Azure Container Registry, and Microsoft Graph.
func ResourceWords() []string { return []string{"aks", "devops", "arm", "acr", "graph"} }

// ParseResource reads a resource that a person allows to other machines: a word, an application ID, or a URI as scopes have it,
// with or without /.default, which the answer is without. ok is false for what is none.
func ParseResource(s string) (resource string, ok bool) {
	if word := strings.ToLower(s); slices.Contains(ResourceWords(), word) {
		return word, true
	}
	resource = strings.TrimRight(strings.TrimSuffix(s, "/.default"), "/")
	if authority.IsGUID(authority.BareID(resource)) {
		return resource, true
	}
	scheme, rest, ok := strings.Cut(resource, "://")
	return resource, ok && scheme != "" && rest != "" && authority.IsScope(resource)
}
