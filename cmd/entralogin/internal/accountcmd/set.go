package accountcmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// set keeps a choice; without a name it takes it back.
func set(ctx context.Context, f *cli.Factory, names []string) error {
	target, err := f.Resolve(f.Call(config.HomeTenant()))
	if err != nil {
		return err
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return err
	}
	tokens.Store.Locate()
	name, tenant := strings.Join(names, ""), f.Flags[config.TenantID]
	chosen, changes, err := tokens.Choose(ctx, target.Request.SessionID, name, tenant)
	if errors.Is(err, plugin.ErrNobody) {
		r := target.Request
		r.Account = name
		return &cli.NobodyError{Request: r, Err: plugin.WithOthers(tokens.Store, r.SessionID, err)}
	}
	if err != nil {
		return err
	}
	return f.AnswerText(describeChoice(chosen, tenant) + describeChanges(changes))
}

// describeChoice says whom calls without a name use from now on. tenant is "" for all tenants, and chosen is zero
// where a choice was taken back.
func describeChoice(chosen cache.Account, tenant string) string {
	in := "in any tenant"
	if chosen.HomeID != "" {
		in = "in every tenant that has no choice of its own"
	}
	if tenant != "" {
		in = "in " + plugin.DescribeTenant(tenant)
	}
	if chosen.HomeID == "" {
		return fmt.Sprintf("No account is chosen any more, %s.\n", in)
	}
	return fmt.Sprintf("Calls that name no account use %s from now on, %s.\n", text.Short(chosen.Username, 200), in)
}

func describeChanges(changes []plugin.Change) string {
	var b strings.Builder
	for _, change := range changes {
		fmt.Fprintf(&b, "  tenant %s: %s, not %s any more\n", text.Short(change.Tenant, 100), oneOrNone(change.Now), oneOrNone(change.Was))
	}
	return b.String()
}

func oneOrNone(name string) string { return cmp.Or(text.Short(name, 200), "none (several fit)") }
