package entra

import (
	"errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
)

// idClaims are the claims of an ID token in IDToken, as MSAL decodes them, so that what passes here does not fail there.
// MSAL gives that type no name.
type idClaims struct{ public.AuthResult }

var errIDToken = errors.New("has a malformed ID token")

// readID checks the ID token. A bad one is noted and not an error yet: the refresh token that came with
// it may be the only one that still serves, and has to be kept.
func (a *tokenAnswer) readID(o object) {
	if !o.has("id_token") {
		return
	}
	raw, ok := o.text("id_token")
	switch {
	case !ok:
		a.idErr = errIDToken
	case raw != "":
		if a.claims, a.idErr = parseIDToken(raw); a.idErr == nil {
			a.id = cache.NewSecret(raw)
		}
	}
}

// parseIDToken decodes an ID token: three parts in base64url, of which the first two are JSON objects
// (https://www.rfc-editor.org/rfc/rfc7515#section-7.1). The signature is not checked: the token comes
// straight from the token endpoint over TLS (OpenID Connect Core 1.0, section 3.1.3.7, item 6).
func parseIDToken(raw string) (idClaims, error) {
	parts, err := claims.Parts(raw)
	if err != nil {
		return idClaims{}, errIDToken
	}
	for _, part := range parts[:2] {
		if _, err := parseObject(part); err != nil {
			return idClaims{}, errIDToken
		}
	}
	var c idClaims
	if err := c.IDToken.UnmarshalJSON([]byte(raw)); err != nil || c.IDToken.ExpirationTime < 0 || c.IDToken.ExpirationTime > latestExpiry {
		return idClaims{}, errIDToken
	}
	return c, nil
}

// latestExpiry is the end of the year 9999, the last that RFC 3339 can write.
const latestExpiry = 253402300799
