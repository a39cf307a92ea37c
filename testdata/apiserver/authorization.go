package apiserver

import (
	"context"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/component-helpers/auth/rbac/validation"
)

// groupAuthorizer allows what the rules of one of the user's groups cover. Like RBAC it can't say no: what nobody
// allows is denied.
func groupAuthorizer(roles map[string][]rbacv1.PolicyRule) authorizer.Authorizer {
	return authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
		rules := everybody()
		for _, group := range a.GetUser().GetGroups() {
			rules = append(rules, roles[group]...)
		}
		if ok, _ := validation.Covers(rules, []rbacv1.PolicyRule{asRule(a)}); ok {
			return authorizer.DecisionAllow, "", nil
		}
		return authorizer.DecisionNoOpinion, "", nil
	})
}

// asRule is the rule that allows a request and nothing else.
func asRule(a authorizer.Attributes) rbacv1.PolicyRule {
	rule := rbacv1.PolicyRule{Verbs: []string{a.GetVerb()}}
	if !a.IsResourceRequest() {
		rule.NonResourceURLs = []string{a.GetPath()}
		return rule
	}
	resource := a.GetResource()
	if sub := a.GetSubresource(); sub != "" {
		resource += "/" + sub
	}
	rule.APIGroups, rule.Resources = []string{a.GetAPIGroup()}, []string{resource}
	if name := a.GetName(); name != "" {
		rule.ResourceNames = []string{name}
	}
	return rule
}

// everybody may find out what there is and who they are.
func everybody() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		{Verbs: []string{"get"}, NonResourceURLs: []string{"/version", "/api", "/api/*", "/apis", "/apis/*", "/openapi/*"}},
		{Verbs: []string{"create"}, APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"selfsubjectreviews"}},
		{Verbs: []string{"create"}, APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"selfsubjectaccessreviews"}},
	}
}

// Reader may read what the server has.
func Reader() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{{Verbs: []string{"get", "list", "watch"}, APIGroups: []string{""}, Resources: []string{"namespaces", "secrets"}}}
}
