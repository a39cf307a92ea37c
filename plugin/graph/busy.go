package graph

import (
	"context"

	"github.com/entralogin/entralogin/plugin/https"
)

// wait waits before the next try, or says that there is none.
func (c *caller) wait(ctx context.Context, resp *response, try int) error {
	e := newError(resp)
	return c.patience.Wait(ctx, https.Busy{Host: resp.host, Status: resp.status, Header: resp.header, Words: e.status(), More: e.support()}, try)
}
