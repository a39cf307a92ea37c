// Package azcli is the front end of programs that run the Azure CLI for its tokens, as Azure's SDKs do: what
// "az account get-access-token" is asked, and its answer.
//
// https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
package azcli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Version is the Azure CLI whose answers these are: the first with expires_on.
const Version = "2.54.0"

// The flags that say what the token is for.
const (
	Resource     = "resource"
	ResourceType = "resource-type"
	Scope        = "scope"
	Challenge    = "claims-challenge"
)

// Error is a command line that asks for nothing that there is. Its text is clean.
type Error struct{ What string }

func (e *Error) Error() string { return e.What }

// Class is usage.
func (e *Error) Class() failure.Class { return failure.Usage }

func errorf(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Input is what the flags say, "" or none where they were not given.
type Input struct {
	Resource     string // URI or application ID
	ResourceType string // of ResourceTypes
	Scopes       []string
	Challenge    string // claims challenge in base64
}

// Asked is what the token is for. One of Scopes and Type says it.
type Asked struct {
	Scopes []string
	Type   string // of ResourceTypes: which resource it is depends on the cloud
	Claims string // claims request, JSON; "" if there is none
}

// Read reads what the flags say. Without any the token is for Azure Resource Manager. A resource is taken as it
// is, and a slash at its end stays: to the service it is a part of the name. Errors: *Error.
//
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#trailing-slash-and-default
func Read(in Input) (Asked, error) {
	if kind := strings.ToLower(in.ResourceType); kind != "" && !slices.Contains(ResourceTypes(), kind) {
		return Asked{}, errorf("--%s is %q, which is none of %s", ResourceType, text.Short(in.ResourceType, 80), strings.Join(ResourceTypes(), ", "))
	}
	if err := in.checkOne(); err != nil {
		return Asked{}, err
	}
	asked := Asked{Scopes: in.Scopes}
	switch {
	case in.Resource != "" && !authority.IsScope(in.Resource):
		return Asked{}, errorf("--%s is %q, which is neither a URI nor an application ID", Resource, text.Short(in.Resource, 80))
	case strings.HasSuffix(in.Resource, "/.default"):
		return Asked{}, errorf("--%s is %q, which is a scope: say --%s", Resource, text.Short(in.Resource, 80), Scope)
	case in.Resource != "":
		asked.Scopes = []string{in.Resource + "/.default"}
	case len(in.Scopes) == 0:
		asked.Type = strings.ToLower(cmp.Or(in.ResourceType, "arm"))
	}
	if in.Challenge == "" {
		return asked, nil
	}
	var err error
	if asked.Claims, err = claims.Request(in.Challenge); err != nil {
		return Asked{}, errorf("the claims given are no claims challenge: that is a JSON object in base64")
	}
	return asked, nil
}

// LikeAz is what the Azure CLI makes of several flags that say what the token is for: scopes count first, then the
// resource, also an empty one that was given. A type that is none stays, to be refused.
func (in Input) LikeAz(given bool) Input {
	if slices.Contains(ResourceTypes(), strings.ToLower(in.ResourceType)) && (given || len(in.Scopes) > 0) {
		in.ResourceType = ""
	}
	if len(in.Scopes) > 0 {
		in.Resource = ""
	}
	return in
}

// checkOne refuses flags that both say what the token is for.
func (in Input) checkOne() error {
	var given []string
	for name, is := range map[string]bool{Resource: in.Resource != "", ResourceType: in.ResourceType != "", Scope: len(in.Scopes) > 0} {
		if is {
			given = append(given, "--"+name)
		}
	}
	if slices.Sort(given); len(given) > 1 {
		return errorf("%s both say what the token is for; give one of them", strings.Join(given, " and "))
	}
	return nil
}

// ScopesAt returns the scopes that are asked for at an authority. cloud names the resources that a type means:
// "AzurePublicCloud". Errors: *Error.
func (a Asked) ScopesAt(at authority.Authority, cloud string) ([]string, error) {
	words := a.Scopes
	if a.Type != "" {
		resource := resourceOf(a.Type, cloud)
		if resource == "" {
			return nil, errorf("--%s %s: %s has none", ResourceType, a.Type, text.Short(cloud, 40))
		}
		words = []string{resource + "/.default"}
	}
	scopes, wrong := at.Scopes(words)
	switch {
	case wrong != nil:
		return nil, errorf("--%s is %q, which %s", Scope, text.Short(wrong.Scope, 80), wrong.What)
	case len(scopes) == 0:
		return nil, errorf("--%s names no resource", Scope)
	}
	return scopes, nil
}

// Token is what the Azure CLI prints for a token.
type Token struct {
	TokenType    string `json:"tokenType"`
	AccessToken  string `json:"accessToken"`
	ExpiresUnix  int64  `json:"expires_on"` // seconds since 1970
	ExpiresOn    string `json:"expiresOn"`  // the same in local time without a zone
	Tenant       string `json:"tenant"`
	Subscription string `json:"subscription,omitempty"` // left out where the tenant was named
}

// TokenOf is what the Azure CLI prints for a token. tenant is that of the request, for a token that does not say its own.
func TokenOf(token cache.Token, subscription, tenant string) Token {
	end := token.Until().Truncate(time.Second)
	return Token{"Bearer", token.Value.Reveal(), end.Unix(), end.Local().Format("2006-01-02 15:04:05.000000"), cmp.Or(token.Tenant, tenant), subscription}
}
