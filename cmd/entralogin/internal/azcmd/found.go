package azcmd

import (
	"context"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/azcli"
)

// found are the subscriptions of a sign-in.
type found struct {
	user         map[string]any
	tenant       string // of the one that counts
	subscription string // which that is; "" is the tenant itself
}

// find lists the subscriptions of a sign-in. Where there are none the tenant stands for them, if that is allowed.
func (in signedIn) find(_ context.Context, f *cli.Factory, anyTenant bool, user string) (found, error) {
	tenant, err := in.tenant()
	if err != nil {
		return found{}, err
	}
	if !anyTenant {
		return found{}, asAz("No subscriptions found for "+user+".", "If this is expected, use '--allow-no-subscriptions' to have tenant level access.")
	}
	return found{user: map[string]any{"name": user, "type": "user"}, tenant: tenant}, nil
}

func (c *loginCall) answer(f *cli.Factory, in found) error {
	content, err := azcli.Write(c.common.format, map[string]any{"id": in.tenant})
	if err != nil {
		return err
	}
	return f.Answer(content)
}
