package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// azResources are what --resource-type stands for in a cloud. A trailing slash is a part of the name.
// https://learn.microsoft.com/cli/azure/manage-clouds-azure-cli: "az cloud show" lists them.
func azResources(cloud string) map[string]string {
	switch cloud {
	case "AzurePublicCloud":
		return map[string]string{
			"aad-graph": "https://graph.windows.net/",
			"arm":       "https://management.core.windows.net/",
			"batch":     "https://batch.core.windows.net/",
			"data-lake": "https://datalake.azure.net/",
			"media":     "https://rest.media.azure.net",
			"ms-graph":  "https://graph.microsoft.com/",
			"oss-rdbms": "https://ossrdbms-aad.database.windows.net",
		}
	case "AzureUSGovernmentCloud":
		return map[string]string{
			"aad-graph": "https://graph.windows.net/",
			"arm":       "https://management.core.usgovcloudapi.net/",
			"batch":     "https://batch.core.usgovcloudapi.net/",
			"media":     "https://rest.media.usgovcloudapi.net",
			"ms-graph":  "https://graph.microsoft.us/",
			"oss-rdbms": "https://ossrdbms-aad.database.usgovcloudapi.net",
		}
	case "AzureChinaCloud":
		return map[string]string{
			"aad-graph": "https://graph.chinacloudapi.cn/",
			"arm":       "https://management.core.chinacloudapi.cn/",
			"batch":     "https://batch.chinacloudapi.cn/",
			"media":     "https://rest.media.chinacloudapi.cn",
			"ms-graph":  "https://microsoftgraph.chinacloudapi.cn",
			"oss-rdbms": "https://ossrdbms-aad.database.chinacloudapi.cn",
		}
	}
	return nil
}

func azResourceTypes() []string {
	return slices.Sorted(maps.Keys(azResources("AzurePublicCloud")))
}

// azScopes settles what the token is for. The flags alone say that: the scopes of the config file and of the
// environment are the cluster's.
func (a *app) azScopes(s settings, auth authority.Authority) ([]string, error) {
	var named []string
	for _, name := range []string{azResource, azResourceType, scope} {
		if _, ok := a.flags[name]; ok {
			named = append(named, "--"+name)
		}
	}
	if len(named) > 1 {
		return nil, usagef("%s both say what the token is for; give one of them", strings.Join(named, " and "))
	}
	words, origin := a.flags[scope], "--"+scope
	if words == "" {
		resource, err := a.azResource(s, auth)
		if err != nil {
			return nil, err
		}
		words, origin = resource+"/.default", "--"+azResource
	}
	scopes, err := scopesOf(settings{mapLayer(origin, map[string]string{scope: words})}, auth)
	if err == nil && len(scopes) == 0 {
		err = usagef("--%s names no resource", scope)
	}
	return scopes, err
}

// azResource is the resource of --resource or of --resource-type, or else Azure Resource Manager. It is taken
// as it is, and a slash at its end stays: to the service it is a part of the name.
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#trailing-slash-and-default
func (a *app) azResource(s settings, auth authority.Authority) (string, error) {
	if resource, ok := a.flags[azResource]; ok {
		switch {
		case !authority.IsScope(resource):
			return "", usagef("--%s is %q, which is neither a URI nor an application ID", azResource, text.Short(resource, 80))
		case strings.HasSuffix(resource, "/.default"):
			return "", usagef("--%s is %q, which is a scope: say --%s", azResource, text.Short(resource, 80), scope)
		}
		return resource, nil
	}
	kind := cmp.Or(a.flags[azResourceType], "arm")
	if !slices.Contains(azResourceTypes(), kind) {
		return "", usagef("--%s is %q, which is none of %s", azResourceType, text.Short(kind, 80), strings.Join(azResourceTypes(), ", "))
	}
	cloud := auth.Environment
	if cloud == "" {
		value, _ := s.get(environment)
		found, _ := authority.Cloud(value)
		cloud = found.Environment
	}
	if cloud == "" {
		return "", &configError{name: authorityHost, what: "is " + auth.Host + ", which is none of Microsoft's clouds: which resource is " + kind + " there?",
			hint: "Give --resource, or the setting environment: the cloud whose resources it is for."}
	}
	resource, ok := azResources(cloud)[kind]
	if !ok {
		return "", usagef("--%s %s: %s has none", azResourceType, kind, cloud)
	}
	return resource, nil
}
