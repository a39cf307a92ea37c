package entratest

import (
	"slices"
	"strings"
)

// granted is what a scope parameter comes to.
type granted struct {
	audience string   // the aud claim
	scp      []string // permissions, without their resource
	answer   []string // the scope field of the answer, in the form that was asked for
	openid   bool
	offline  bool
}

// grantScopes resolves a scope parameter: permissions of one resource, and OpenID's own scopes. What is asked for by
// name is granted as far as it is consented to; .default grants everything that is. (Entra also adds what was
// consented to earlier to a request by name. Here it does not, so that a token can be had that lacks a permission.)
func (s *Server) grantScopes(asked, clientID string) (granted, *OAuthError) {
	var g granted
	var resourceName string
	var names []string
	found := false
	for _, scope := range strings.Fields(asked) {
		switch scope {
		case "openid", "profile", "email":
			g.openid = g.openid || scope == "openid"
			continue
		case "offline_access":
			g.offline = true
			continue
		}
		prefix, name := splitScope(scope)
		if found && prefix != resourceName {
			return g, describe("invalid_scope", 28000, "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope %s is not valid.", asked)
		}
		found, resourceName = true, prefix
		names = append(names, name)
	}
	if len(strings.Fields(asked)) == 0 {
		return g, describe("invalid_request", 900144, "The request body must contain the following parameter: 'scope'.")
	}
	if slices.Contains(names, ".default") && len(names) > 1 {
		return g, describe("invalid_scope", 70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. .default scope can't be combined with resource-specific scopes.")
	}
	audience, consented, ok := s.resource(resourceName, clientID)
	if !ok {
		return g, describe("invalid_resource", 500011, "The resource principal named %s was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant.", resourceName)
	}
	g.audience = audience
	return g, g.fill(resourceName, names, consented, clientID)
}

func (g *granted) fill(resourceName string, names, consented []string, clientID string) *OAuthError {
	full := func(name string) string {
		if resourceName == "" {
			return name
		}
		return resourceName + "/" + name
	}
	if g.audience == graphURL || len(names) == 0 {
		g.answer = append(g.answer, "profile", "openid", "email")
		g.scp = append(g.scp, "profile", "openid", "email")
	}
	if slices.Equal(names, []string{".default"}) {
		for _, name := range consented {
			g.answer, g.scp = append(g.answer, full(name)), append(g.scp, name)
		}
		g.answer = append(g.answer, full(".default"))
		return nil
	}
	for _, name := range names {
		i := slices.IndexFunc(consented, func(c string) bool { return strings.EqualFold(c, name) })
		if i < 0 {
			e := describe("invalid_grant", 65001, "The user or administrator has not consented to use the application with ID '%s'. Send an interactive authorization request for this user and resource.", clientID)
			e.Suberror = "consent_required"
			return e
		}
		g.answer, g.scp = append(g.answer, full(name)), append(g.scp, consented[i])
	}
	return nil
}

// splitScope cuts at the last slash: the resource may end in one, as in https://management.core.windows.net//.default.
// A scope without a resource is Graph's.
func splitScope(scope string) (resource, name string) {
	i := strings.LastIndexByte(scope, '/')
	if i < 0 {
		return "", scope
	}
	return scope[:i], scope[i+1:]
}

// resource returns the audience and the consented permissions of a resource, by its ID or one of its URIs.
func (s *Server) resource(name, clientID string) (audience string, consented []string, ok bool) {
	bare := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "api://"), "/"))
	switch bare {
	case "", graphURL, graphID, s.URL, "https://graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn":
		return graphURL, []string{"User.Read", "User.ReadBasic.All", readGroups}, true
	case ServerID, aksServerID, arcServerID:
		return bare, []string{"user.read"}, true
	case azureDevOpsID:
		return bare, []string{"user_impersonation", "vso.code_full"}, true
	case strings.ToLower(strings.TrimPrefix(ExchangeAudience, "api://")): // of a managed identity that vouches for an application
		return ExchangeAudience, nil, true
	case registryAudience, azureManageURL, azureARMURL, azureStorageURL, azureVaultURL, databricksID:
		return name, []string{"user_impersonation"}, true
	case strings.ToLower(clientID):
		return bare, []string{"access_as_user"}, true
	}
	return "", nil, false
}

// malformedScope is what the device code endpoint checks; consent is checked when the tokens are issued.
func malformedScope(scope string) bool {
	return strings.ContainsFunc(scope, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
}
