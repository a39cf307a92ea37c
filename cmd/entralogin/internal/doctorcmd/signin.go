package doctorcmd

import (
	"context"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// waysToSignIn says by which way the next sign-in goes: what a machine has for it; or, of people, whether the tenant is
// known to refuse device codes, and whether a browser can be opened for the person, or a broker be asked.
func waysToSignIn(ctx context.Context, c *call) []check.Finding {
	if !c.complete {
		return nil
	}
	if c.target.Machine != "" {
		return diagnose.Machine(ctx, c.f, c.f.Explainer(), aboutSignIn, c.target)
	}
	r, in := c.target.Request, c.target.SignIn
	var found []check.Finding
	byBrowser := in.Method == "browser"
	refused, ok := c.store.RefusedWay(cache.WayID{SessionID: r.SessionID, Tenant: r.Tenant, Method: plugin.DeviceCode})
	if ok && in.Method == config.Auto {
		byBrowser = true
		found = append(found, aboutSignIn.Warn("%s refused device codes on %s (%s): the next sign-in goes another way",
			plugin.DescribeTenant(r.Tenant), refused.When.Local().Format("Jan 2"), text.Short(refused.Why, 80)).
			Or("nothing has to be done (entralogin help signin); to ask for a device code all the same: %s", c.login()))
	}
	why := browser.Opener{Env: c.f.Getenv, Command: in.Browser.Text}.Here()
	switch {
	case why == "":
		found = append(found, aboutSignIn.Good("a browser can be opened here"))
	case byBrowser:
		found = append(found, aboutSignIn.Warn("no browser can be opened here: %s", why).
			Or("open the page of the sign-in by hand, from another computer through ssh, or name a browser with --%s (entralogin help signin)", config.Browser))
	default:
		found = append(found, aboutSignIn.Good("no browser can be opened here, which a device code does not need: %s", why))
	}
	switch err := (broker.Broker{Bus: c.f.Getenv(config.SessionBus)}).Here(ctx); {
	case err == nil:
		found = append(found, aboutSignIn.Good("the identity broker of this machine can be asked (--%s %s)", config.Login, broker.Name))
	case in.Method == broker.Name:
		found = append(found, aboutSignIn.Warn("%v, and the next sign-in would be by it", err).
			Or("choose another way with --%s, or where the setting stands (entralogin help signin)", config.Login))
	}
	return found
}
