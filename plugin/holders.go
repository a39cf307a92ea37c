package plugin

import (
	"context"
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// Holders renews a session where it is: most stand in our cache, and some are kept by another program of this machine.
type Holders struct {
	Source                   // renews with the refresh tokens of our cache
	By     map[string]Source // the others, by the name that cache.Session.Holder has for them
}

// Token asks whoever holds the session of the account that r means.
func (h Holders) Token(ctx context.Context, r Request, s cache.Session) (Grant, error) {
	account, err := ChooseAccount(s, r.Account, r.Tenant)
	name := s.Holder(account.HomeID)
	if err != nil || name == "" {
		return h.Source.Token(ctx, r, s)
	}
	if h.By[name] == nil {
		return Grant{}, &InteractionRequiredError{Err: fmt.Errorf("the session of %s is kept by %q, which is not known here",
			text.Short(account.Username, 200), text.Short(name, 40))}
	}
	return h.By[name].Token(ctx, r, s)
}
