package cli

import (
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// DescribeSession names a session to a person.
func DescribeSession(id cache.SessionID) string {
	return fmt.Sprintf("client %s at %s", text.Short(id.Client, 60), text.Short(id.Authority, 100))
}

// DescribeWhy says why an account serves a call.
func DescribeWhy(why plugin.Why, t config.Target) string {
	_, origin := t.Get(config.Account)
	tenant := plugin.DescribeTenant(t.Request.Tenant)
	return map[plugin.Why]string{
		plugin.WhyNamed:        origin + " names it",
		plugin.WhyChosenHere:   "it was chosen for " + tenant + " with entralogin account set",
		plugin.WhyChosen:       "it was chosen with entralogin account set",
		plugin.WhyOnly:         "nobody else has signed in with this client and authority",
		plugin.WhyOnlyOfTenant: "nobody else has had a token of " + tenant,
	}[why]
}
