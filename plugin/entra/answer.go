package entra

import (
	"cmp"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/claims"
)

// tokenAnswer is a checked answer of the token endpoint (https://www.rfc-editor.org/rfc/rfc6749#section-5.1
// and OpenID Connect Core 1.0, section 3.1.3.3).
type tokenAnswer struct {
	access   cache.Secret
	refresh  cache.Secret // zero if there is none
	id       cache.Secret // zero if there is none or idErr is set
	idErr    error        // what is wrong with the ID token
	claims   idClaims     // of the ID token
	homeID   string       // "<uid>.<utid>", or "" if the answer does not say who it is for
	atHome   bool         // homeID is from client_info; else the ID token's, which may name another in each tenant
	scopes   []string     // nil: as asked for
	received time.Time
	date     string // by the service's clock, as it came
	life     time.Duration
	unbound  error  // why the access token is not bound to the key that was asked for
	said     string // who signed in, by the words of whoever brought the answer; "" for one of the token endpoint
}

// parseToken checks an answer of status 200. key is the thumbprint of the key to which the access token has to be bound, ""
// for a bearer token. Errors show nothing of it.
func parseToken(rep reply, key string) (tokenAnswer, error) {
	a := tokenAnswer{received: rep.at, date: rep.header.Get("Date")}
	o, err := parseObject(rep.body)
	if err != nil {
		return a, errNoJSON
	}
	kind, _ := o.text("token_type")
	if key == "" && !strings.EqualFold(kind, "Bearer") {
		return a, errors.New("has a token that is no bearer token")
	}
	access, _ := o.text("access_token")
	if !authority.IsVisible(access) {
		return a, errors.New("has no access token, or a malformed one")
	}
	a.access = cache.NewSecret(access)
	if key != "" { // noted alone, as in readID: a refresh token may have come with it
		a.unbound = checkBound(kind, access, key)
	}
	seconds, ok := o.number("expires_in")
	if !ok || seconds < 1 || seconds > longestSeconds {
		return a, errors.New("does not say how long the token lives, or something impossible")
	}
	a.life = duration(seconds)
	if o.has("refresh_token") {
		refresh, _ := o.text("refresh_token")
		if !authority.IsVisible(refresh) {
			return a, errors.New("has a malformed refresh token")
		}
		a.refresh = cache.NewSecret(refresh)
	}
	if scope, _ := o.text("scope"); scope != "" {
		a.scopes = strings.Fields(scope)
	}
	a.readID(o)
	a.homeID, a.atHome = homeID(o, a.claims)
	return a, nil
}

// homeID says whom an answer is for: as client_info does, or else the ID token.
func homeID(o object, c idClaims) (id string, atHome bool) {
	var uid, utid string
	if info, _ := o.text("client_info"); info != "" {
		if b, err := claims.Decode(strings.TrimRight(info, "=")); err == nil {
			if o, err := parseObject(b); err == nil {
				uid, _ = o.text("uid")
				utid, _ = o.text("utid")
			}
		}
	}
	if authority.IsVisible(uid) && authority.IsVisible(utid) {
		return uid + "." + utid, true
	}
	if t := c.IDToken; authority.IsVisible(t.Oid) && authority.IsVisible(t.TenantID) {
		return t.Oid + "." + t.TenantID, false
	}
	return "", false
}

// view is what MSAL gets to see of the answer: no more than it needs, in the form that it understands.
//
//   - Without scope MSAL takes the scopes as granted; with it, it would throw the refresh token away where
//     one of them is missing, as .default may be.
//   - Without client_info it would file the refresh token under no account.
//   - Without foci a refresh token keeps the one key that it has always had.
func (a tokenAnswer) view() []byte {
	v := map[string]any{
		"token_type":   "Bearer",
		"access_token": a.access.Reveal(),
		"expires_in":   int64(a.life.Seconds()),
	}
	if !a.refresh.IsZero() {
		v["refresh_token"] = a.refresh.Reveal()
	}
	if !a.id.IsZero() {
		v["id_token"] = a.id.Reveal()
	}
	if i := strings.LastIndexByte(a.homeID, '.'); i >= 0 {
		info := marshal(map[string]string{"uid": a.homeID[:i], "utid": a.homeID[i+1:]})
		v["client_info"] = base64.RawURLEncoding.EncodeToString(info)
	}
	return marshal(v)
}

// username is who the ID token says signed in, or whoever brought it, or "".
func (a tokenAnswer) username() string {
	return cmp.Or(a.claims.IDToken.PreferredUsername, a.claims.IDToken.UPN, a.said)
}

// missing returns the scopes that were asked for and not granted. .default asks for whatever there is, and OpenID's own
// scopes are never in question. The service writes a scope with or without its resource. The answer says nothing of
// them where it has no scope: "OPTIONAL, if identical to the scope requested by the client; otherwise, REQUIRED"
// (https://www.rfc-editor.org/rfc/rfc6749#section-5.1).
func (a tokenAnswer) missing(asked []string) (missing []string, all bool) {
	all = true
	for _, scope := range asked {
		switch name := scopeName(scope); {
		case a.scopes == nil, name == ".default":
			return nil, false
		case authority.OfSignIn(name):
		case slices.ContainsFunc(a.scopes, func(s string) bool { return scopeName(s) == name }):
			all = false
		default:
			missing = append(missing, scope)
		}
	}
	return missing, all && len(missing) > 0
}

// scopeName cuts the resource off a scope.
func scopeName(scope string) string {
	return strings.ToLower(scope[strings.LastIndexByte(scope, '/')+1:])
}
