package entra

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
)

// sameIdentity refuses an answer for somebody else, or of another tenant, than was asked for: none of it is kept.
// An answer that does not say whom it is for is taken.
func (x *exchange) sameIdentity(a tokenAnswer) error {
	refuse := func(what string) error { return &https.AnswerError{Host: x.host, What: what} }
	tenant := a.claims.IDToken.TenantID
	switch asked := x.tenantID(); {
	case x.homeID != "" && a.atHome && !strings.EqualFold(a.homeID, x.homeID):
		return refuse("is for another account than the one that was asked for")
	case tenant != "" && asked != "" && !strings.EqualFold(tenant, asked):
		return refuse("is of another tenant than the one that was asked for")
	}
	for _, e := range x.earlier {
		if was, is := e.IDToken, a.claims.IDToken; strings.EqualFold(was.TenantID, tenant) && (differ(was.Subject, is.Subject) || differ(was.Oid, is.Oid)) {
			return refuse("is for another person than earlier ones of the same account")
		}
	}
	return nil
}

// differ reports whether two claims are there and are not the same.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// tenantID is the GUID of the tenant that was asked for, as far as it is known: of its name, the issuer tells.
func (x *exchange) tenantID() string {
	if authority.IsGUID(x.tenant) {
		return x.tenant
	}
	if u, err := url.Parse(x.endpoints.Issuer); err == nil {
		if first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); authority.IsGUID(first) {
			return first
		}
	}
	return ""
}

// identities are those of ID tokens that an account got before, with which an answer is compared. A person's sub and oid
// differ by tenant and stay within one (OpenID Connect Core 1.0, section 12.2, and
// https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference).
func identities(tokens []cache.IDToken) (earlier []idClaims) {
	for _, t := range tokens {
		if c, err := parseIDToken(t.Value.Reveal()); err == nil && c.IDToken.TenantID != "" {
			earlier = append(earlier, c)
		}
	}
	return earlier
}

// checkID validates the ID token before it is handed out
// (https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation). The signature is not checked: see
// parseIDToken. Whether it has ended, the service's own clock says where the answer tells it.
func (x *exchange) checkID(client string) error {
	a, what := x.answer, ""
	now := a.received
	if date, err := http.ParseTime(a.date); err == nil {
		now = date
	}
	switch c := a.claims.IDToken; {
	case a.id.IsZero():
		what = "has no ID token"
	case c.ExpirationTime == 0:
		what = "has an ID token that does not say when it ends"
	case !strings.EqualFold(c.Audience, client):
		what = "has an ID token for another application"
	case !strings.EqualFold(c.Issuer, strings.ReplaceAll(x.endpoints.Issuer, "{tenantid}", c.TenantID)):
		what = "has an ID token of another issuer"
	case !time.Unix(c.ExpirationTime, 0).After(now):
		what = "has an ID token that has already ended"
	default:
		return nil
	}
	return &https.AnswerError{Host: x.host, What: what}
}
