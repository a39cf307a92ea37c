package credential

import (
	"fmt"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// kept is the secret or the assertion that az login was given; ok is false where none is meant. It is read here, for a
// token of the service, and not before.
func (c Call) kept() (secret cache.Secret, ok bool, err error) {
	if given := c.Target.Secret(config.AzureGiven); !given.IsZero() {
		return given, true, nil
	}
	name, _ := c.Target.Get(config.AzureLogin)
	if name == "" {
		return cache.Secret{}, false, nil
	}
	p, err := c.Kept()
	if err != nil {
		return cache.Secret{}, true, err
	}
	l, _ := p.Login(name)
	switch {
	case !l.Until.IsZero() && l.Secret.IsZero():
		return cache.Secret{}, true, &plugin.MachineError{
			What: fmt.Sprintf("the federated token that az login was given has ended, %s ago (AADSTS700024)", text.Span(c.now().Sub(l.Until).Round(time.Second))),
			Hint: "Your turn: have its issuer issue a new one, and run az login --service-principal --federated-token again."}
	case l.Secret.IsZero():
		return cache.Secret{}, true, &plugin.MachineError{What: "what az login was given for " + text.Short(name, 100) + " is not stored any more",
			Hint: "Your turn: run az login again."}
	}
	c.explain("the credential is what az login was given")
	return l.Secret, true, nil
}
