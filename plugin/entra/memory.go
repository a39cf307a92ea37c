package entra

import (
	"context"

	msal "github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"

	"github.com/entralogin/entralogin/cache"
)

// memory is what MSAL takes for its cache. It lies in memory alone, so keeping a new refresh token can't
// fail here; whoever asked for the token stores it.
type memory struct {
	session  cache.Session
	answered func() bool   // whether the service has granted a token
	kept     cache.Session // the new entries
	err      error         // what is wrong with the session
}

// Replace gives MSAL the session. Once the service has answered it gives an empty one, so that what MSAL
// exports then is what the answer brought and nothing that might be older than what is stored by now.
func (m *memory) Replace(_ context.Context, u msal.Unmarshaler, _ msal.ReplaceHints) error {
	if m.answered() {
		return u.Unmarshal([]byte("{}"))
	}
	if err := u.Unmarshal(m.session.Reveal()); err != nil {
		m.err = errSession
		return errSession
	}
	return nil
}

// Export takes MSAL's new entries, without the access token.
func (m *memory) Export(_ context.Context, u msal.Marshaler, _ msal.ExportHints) error {
	blob, err := u.Marshal()
	if err != nil {
		return err
	}
	m.kept, err = cache.NewSession(blob)
	return err
}
