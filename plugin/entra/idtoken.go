package entra

import (
	"encoding/json"
	"errors"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
)

// idClaims are the claims of an ID token. Names and types are those that MSAL decodes, so that what passes
// here does not fail there.
type idClaims struct {
	Username         string         `json:"preferred_username"`
	GivenName        string         `json:"given_name"`
	FamilyName       string         `json:"family_name"`
	MiddleName       string         `json:"middle_name"`
	Name             string         `json:"name"`
	ObjectID         string         `json:"oid"`
	TenantID         string         `json:"tid"`
	Subject          string         `json:"sub"`
	UPN              string         `json:"upn"`
	Email            string         `json:"email"`
	AlternativeID    string         `json:"alternative_id"`
	Issuer           string         `json:"iss"`
	Audience         string         `json:"aud"`
	Expires          int64          `json:"exp"`
	IssuedAt         int64          `json:"iat"`
	NotBefore        int64          `json:"nbf"`
	RawToken         string         // a field of MSAL's struct, hence a name
	AdditionalFields map[string]any // likewise
}

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
	if err := json.Unmarshal(parts[1], &c); err != nil || c.Expires < 0 || c.Expires > latestExpiry {
		return idClaims{}, errIDToken
	}
	return c, nil
}

// latestExpiry is the end of the year 9999, the last that RFC 3339 can write.
const latestExpiry = 253402300799
