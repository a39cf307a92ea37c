package azcmd

import (
	"cmp"
	"context"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/azcli"
)

// Ask gets a token as the program run as az does, for another program that programs run in its way; it asks nobody. Errors:
// those of the settings, of plugin.Cached.Token and *cli.UsageError.
func Ask(ctx context.Context, f *cli.Factory, in azcli.Input, asker string) (cli.Handed, error) {
	c := &tokenCall{common: &commonFlags{program: true}, in: in, asker: asker}
	asked, err := azcli.Read(c.in)
	if err != nil {
		return cli.Handed{}, asUsage(err)
	}
	call, err := c.settings(f)
	if err != nil {
		return cli.Handed{}, err
	}
	h := cli.Handed{}
	if h.Target, err = f.Resolve(call); err != nil {
		return h, err
	}
	if h.Request, err = c.request(f, h.Target, asked); err != nil {
		return h, err
	}
	h.Request.Unattended = cmp.Or(h.Request.Unattended, asker+" does not show what that asks")
	if h.Tokens, err = f.Tokens(h.Target); err != nil {
		return h, err
	}
	h.Token, err = h.Tokens.Token(ctx, h.Request)
	return h, err
}
