package doctorcmd

import (
	"context"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/https"
)

// machineCall is a call with which no person signs in.
type machineCall struct{ *call }

// settle says who signs in with the settings, and settles the rest. err is why they are not whole.
func (c machineCall) settle(target config.Target, err error) []check.Finding {
	if c.target = target; err != nil {
		return []check.Finding{c.fail(check.Settings, err)}
	}
	c.complete = true
	if _, err := https.Roots(c.authority.CAFile); err != nil {
		return []check.Finding{c.fail(check.Settings, err)}
	}
	return []check.Finding{check.Settings.Good("no person signs in with these settings (--%s %s)", config.Login, target.Machine)}
}

// answers asks the service beside the machine that a managed identity is had from, whether it is there.
func (c machineCall) answers(ctx context.Context) []check.Finding {
	if !c.complete || c.target.Machine == "" {
		return nil
	}
	place, asked, err := cli.Machine(c.f, c.target).Answers(ctx)
	switch {
	case !asked:
		return nil
	case err != nil:
		return []check.Finding{c.fail(aboutIdentity, err)}
	}
	return []check.Finding{aboutIdentity.Good("%s answers, which has tokens of managed identities", place)}
}
