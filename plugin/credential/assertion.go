package credential

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// longestAssertion bounds an assertion, in bytes.
const longestAssertion = 64 << 10

// assertion is a token of another service that vouches for the application (RFC 7523, section 2.2), with what it says of
// itself in clean words. It is fetched for each exchange and kept nowhere: it lives for minutes, and one that was kept
// would be refused soon (AADSTS700024).
type assertion struct {
	token                     cache.Secret
	issuer, subject, audience string
}

// String says what the service compares. It is no secret.
func (a assertion) String() string {
	return fmt.Sprintf("iss %s | sub %s | aud %s", a.issuer, a.subject, a.audience)
}

// flaw is what is wrong with an assertion: "is empty". It holds no part of it but its issuer.
type flaw struct{ what, hint string }

// readAssertion looks at what is about to be sent: whatever is no token for this purpose stays here. flaw is nil if it is
// in order.
func readAssertion(content string, now time.Time) (assertion, *flaw) {
	content = strings.TrimSpace(content)
	const hint = "A token that another service issued for this application is needed: entralogin help machines"
	switch {
	case content == "":
		return assertion{}, &flaw{"is empty", hint}
	case len(content) > longestAssertion:
		return assertion{}, &flaw{"is larger than 64 KiB, and so is no token", hint}
	}
	a := assertion{token: cache.NewSecret(content)}
	c, err := claims.Read(a.token)
	if err != nil {
		return assertion{}, &flaw{"is no JSON Web Token: three parts with dots between", hint}
	}
	// The three that the service compares: https://www.rfc-editor.org/rfc/rfc7523#section-3
	a.issuer, a.subject, a.audience = text.Short(c.Issuer, 300), text.Short(c.Subject, 300), text.Short(strings.Join(c.Audience, ", "), 300)
	for _, claim := range []struct{ name, value string }{{"iss", a.issuer}, {"sub", a.subject}, {"aud", a.audience}} {
		if claim.value == "" {
			return assertion{}, &flaw{"has no claim " + claim.name + ": it does not say who issued it, for whom or for what", hint}
		}
	}
	if !c.Expires.IsZero() && !c.Expires.After(now) {
		return assertion{}, &flaw{fmt.Sprintf("ended %s ago, by this machine's clock (%s UTC)", text.Span(now.Sub(c.Expires)), now.UTC().Format(time.DateTime)),
			fmt.Sprintf("Its issuer, %s, has to issue a new one. If the clock is wrong, set it.", text.Short(a.issuer, 100))}
	}
	return a, nil
}

// AssertionError says that the token service does not take an assertion, with what it compares with the federated
// credentials of the application. These are no secret.
type AssertionError struct {
	Issuer, Subject, Audience string // as the assertion has them, in clean words
	Client                    string // the application
	Err                       *entra.Error
}

func (e *AssertionError) Error() string { return e.Err.Error() }
func (e *AssertionError) Unwrap() error { return e.Err }

// refused says what an assertion has where the service refuses it as that, and not the application or its permissions:
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
func (a assertion) refused(client string, err error) error {
	refusal, ok := errors.AsType[*entra.Error](err)
	if !ok || failure.Of(err) != failure.Refused || !slices.Contains([]int{70021, 700211, 700212, 700213, 7002138, 700024, 700027, 7000272, 50027, 50166, 501661}, refusal.AADSTS) {
		return err
	}
	return &AssertionError{Issuer: a.issuer, Subject: a.subject, Audience: a.audience, Client: client, Err: refusal}
}
