package kubecheck

import (
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
)

// graphResource is Microsoft Graph.
const graphResource = "00000003-0000-0000-c000-000000000000"

// isAKS reports whether the token is for AKS, whose API servers take tokens of either version and look groups up
// themselves.
func isAKS(asked cache.Key) bool {
	return strings.EqualFold(authority.BareID(authority.Resource(asked.Scopes)), authority.AKSServer)
}

// CheckClaims says what an API server will read in a token that was asked for like this. The command again gets a new
// one.
func CheckClaims(c claims.Claims, asked cache.Key, again string) []check.Finding {
	found := []check.Finding{checkAudience(check.Token, c, asked, again), checkIssuer(check.Token, c, asked)}
	if authority.IsGUID(asked.Tenant) && c.Tenant != "" && !strings.EqualFold(asked.Tenant, c.Tenant) {
		found = append(found, check.Token.Warn("the tenant (tid) is %s, another one than was asked for: %s", name(c.Tenant), name(asked.Tenant)).Or("%s", again))
	}
	if c.Client != "" && asked.Client != "" && !strings.EqualFold(c.Client, asked.Client) {
		found = append(found, check.Token.Warn("the client (azp or appid) is %s, another one than was asked for: %s", name(c.Client), name(asked.Client)).Or("%s", again))
	}
	return append(found, checkUser(c, asked, again), checkGroups(c, asked))
}

func checkAudience(topic check.Topic, c claims.Claims, asked cache.Key, again string) check.Finding {
	aud, want := name(strings.Join(c.Audience, " ")), authority.Resource(asked.Scopes)
	switch {
	case c.IsFor(graphResource) || strings.HasPrefix(aud, "https://graph.microsoft."):
		return topic.Warn("the audience (aud) is Microsoft Graph: nobody else can verify such a token").Or(serverIDWords)
	case asked.Kind == cache.ID && aud != "" && !c.IsFor(asked.Client):
		return topic.Warn("the audience (aud) of the ID token is %s, not the client %s", aud, name(asked.Client)).Or("%s", again)
	case asked.Kind == cache.ID:
		want = asked.Client
	}
	return topic.Audience(c, want, again, serverIDWords)
}

const serverIDWords = "--server-id has to be the application ID that the API server expects: on AKS " + authority.AKSServer +
	", elsewhere what stands in its --oidc-client-id or in audiences of its authentication configuration"

func checkIssuer(topic check.Topic, c claims.Claims, asked cache.Key) check.Finding {
	issuer, version := name(c.Issuer), name(c.Version)
	if c.V1() && !isAKS(asked) {
		return topic.Warn("the issuer (iss) is %s, version %s: an API server whose issuer URL ends in /v2.0 refuses it", issuer, version).Or(versionWords)
	}
	return topic.Good("the issuer (iss) is %s, version %s", issuer, version)
}

const versionWords = `in the registration of the server application set "requestedAccessTokenVersion": 2 under api of its manifest, ` +
	`or have the API server trust the issuer https://sts.windows.net/TENANT-ID/`

func checkUser(c claims.Claims, asked cache.Key, again string) check.Finding {
	switch {
	case c.User != "":
		return check.Token.Good("the user is %s (%s), object ID %s", name(c.User), c.UserClaim, name(c.Object))
	case c.Object != "" && !asked.Person():
		return check.Token.Good("it names no user, as no application's does, and the object ID %s: the API server has to take the name from oid or sub", name(c.Object))
	case c.Object != "":
		return check.Token.Warn("it names no user, only the object ID %s: an API server that takes the name from upn or email refuses it", name(c.Object)).
			Or("add upn or email as an optional claim to the server application, or have the API server take the name from oid or sub")
	}
	return check.Token.Warn("it names no user").Or("%s", again)
}

func checkGroups(c claims.Claims, asked cache.Key) check.Finding {
	switch {
	case c.Overage && isAKS(asked):
		return check.Token.Good("the groups are too many to be named (more than 200); AKS looks them up in Microsoft Graph")
	case c.Overage:
		return check.Token.Warn("the groups are too many to be named (more than 200; claim _claim_names): the API server sees none of them, and role bindings to groups do not apply, or it refuses the token").
			Or(overageWords)
	case !c.HasGroups || c.Groups == 0:
		return check.Token.Good("it names no groups: only role bindings to the user apply")
	case c.Groups == 1:
		return check.Token.Good("it names 1 group, by its object ID")
	}
	return check.Token.Good("it names %d groups, by their object IDs", c.Groups)
}

const overageWords = `in the registration of the server application have only "groups assigned to the application" put into tokens, ` +
	`and assign the ones that the role bindings name; or bind roles to the user`
