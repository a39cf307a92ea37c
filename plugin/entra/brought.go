package entra

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// Brought is what another program of this machine obtained in our place. It spoke to the token endpoint, and it keeps
// what renews the tokens.
type Brought struct {
	By         string // who brought it, for people
	Holder     string // under which name it keeps the session, as in cache.Session.Holder
	Access, ID cache.Secret
	ClientInfo string // as the token endpoint writes it, or ""
	Scope      string // as the token endpoint writes it, or ""
	Life       time.Duration
	HomeID     string // whom it is for by that program's own words, or ""
	Username   string // likewise
	Person     bool   // a person was asked
}

// Check refuses a request that may not go out.
func (s *Service) Check(r plugin.Request) error { return s.check(r) }

// Accept checks tokens that were brought, as it does those of the token endpoint. session is the stored one, and homeID
// the account of it that was asked for; both may be zero. Of the Session of the Grant, the account is all.
func (s *Service) Accept(ctx context.Context, r plugin.Request, session cache.Session, homeID string, b Brought) (plugin.Grant, error) {
	if err := s.check(r); err != nil {
		return plugin.Grant{}, err
	}
	x := s.exchange(r)
	x.homeID, x.earlier = homeID, identities(session.IDTokens(homeID))
	if err := x.findIssuer(ctx, r); err != nil {
		return plugin.Grant{}, err
	}
	if _, err := x.granted(reply{status: http.StatusOK, body: b.answer(), at: s.now()}); err != nil {
		return plugin.Grant{}, b.blame(err)
	}
	x.answer.said = b.Username
	g, err := x.grant(r, &memory{kept: x.accountAlone(b.Holder)}, text.Short(b.Username, 200))
	if err == nil && b.Person {
		err = x.answer.wrongAccount(r.Account)
	}
	if err != nil {
		g.Token = cache.Token{}
	}
	return g, b.sort(b.blame(err))
}

// findIssuer learns what an ID token, or the name of a tenant, is compared with. Nothing else needs a request.
func (x *exchange) findIssuer(ctx context.Context, r plugin.Request) error {
	if r.Kind != cache.ID && authority.IsGUID(r.Tenant) {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+x.host, nil)
	if err != nil {
		return errUnknownRequest
	}
	_, err = x.discover(req)
	return err
}

// answer is what was brought in the words of the token endpoint.
func (b Brought) answer() []byte {
	v := map[string]any{"token_type": "Bearer", "access_token": b.Access.Reveal(), "expires_in": int64(b.Life / time.Second),
		"scope": b.Scope, "client_info": b.ClientInfo}
	if !b.ID.IsZero() {
		v["id_token"] = b.ID.Reveal()
	}
	if uid, utid, ok := strings.Cut(b.HomeID, "."); ok && b.ClientInfo == "" {
		v["client_info"] = base64.RawURLEncoding.EncodeToString(marshal(map[string]string{"uid": uid, "utid": utid}))
	}
	return marshal(v)
}

// blame has an answer that makes no sense be that of whoever brought it.
func (b Brought) blame(err error) error {
	if bad, ok := errors.AsType[*https.AnswerError](err); ok {
		bad.Host = b.By
	}
	return err
}

func (b Brought) sort(err error) error {
	if b.Person {
		return refused(err)
	}
	return silentError(err)
}

// accountAlone is a session with the account of the answer, as MSAL writes one, and nothing that renews it.
func (x *exchange) accountAlone(holder string) cache.Session {
	homeID, realm := x.answer.homeID, strings.ToLower(x.tenant)
	uid, _, ok := strings.Cut(homeID, ".")
	if !ok {
		return cache.Session{}
	}
	entry := map[string]string{"home_account_id": homeID, "environment": x.host, "realm": realm, "local_account_id": uid,
		"authority_type": "MSSTS", "username": x.answer.username()}
	key := strings.ToLower(homeID + "-" + x.host + "-" + realm)
	session, err := cache.NewSession(marshal(map[string]any{"Account": map[string]any{key: entry}}))
	if err != nil {
		return cache.Session{}
	}
	return session.NoteHolder(homeID, holder)
}

// Refusal is an error of the token service that came by way of another program: fields are those of an OAuth error
// answer (RFC 6749, section 5.2), as far as they are known. person says that a person was asked.
func (s *Service) Refusal(fields map[string]string, person bool) error {
	e, _ := parseError(reply{status: http.StatusBadRequest, body: marshal(fields), at: s.now()})
	if e.When.IsZero() {
		e.When = s.now()
	}
	return Brought{Person: person}.sort(e)
}
