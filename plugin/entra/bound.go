package entra

import (
	"context"
	"errors"
	"strings"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/pop"
)

// checkBound says what is wrong with an access token that has to be bound to a key: the claim cnf names the key
// (https://www.rfc-editor.org/rfc/rfc7800#section-3). MSAL takes a bearer token here without a word.
func checkBound(kind, access, key string) error {
	if !strings.EqualFold(kind, pop.Type) {
		return errors.New("has a token that is bound to no key, though one was asked for")
	}
	parts, err := claims.Parts(access)
	if err != nil || !pop.Bound(parts[1], key) {
		return errors.New("has a token that is not bound to the key of this machine")
	}
	return nil
}

// bind makes of a sign-in that has just succeeded one for a token that is bound to a key: MSAL asks for one with a refresh
// token alone, so that it takes a request more. The session is kept in any case.
func (s *Service) bind(ctx context.Context, r plugin.Request, signedIn plugin.Grant) (plugin.Grant, error) {
	r.Account = "" // there is one in the new session, which was compared with the one that was asked for
	bound, err := s.Silent().Token(ctx, r, signedIn.Session)
	if merged, failed := signedIn.Session.Merge(bound.Session); failed == nil {
		bound.Session = merged
	}
	needed, ok := errors.AsType[*plugin.InteractionRequiredError](err)
	if !ok {
		return bound, err
	}
	if _, ok := errors.AsType[*Error](err); !ok {
		return bound, &https.AnswerError{Host: s.Authority.Host, What: "has no refresh token, without which there is no token that is bound to a key"}
	}
	return bound, refused(needed.Err)
}
