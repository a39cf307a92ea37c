package cli

import (
	"context"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
)

// ways are the methods of signing in by their names, as settings have them.
func (f *Factory) ways(t config.Target, service *entra.Service) map[string]plugin.Method {
	device := service.DeviceCode()
	open := func(ctx context.Context, page string) error { return f.opener(t.SignIn).Open(ctx, page) }
	return map[string]plugin.Method{
		config.Auto:       device,
		plugin.DeviceCode: device,
		"browser":         entra.Browser{Service: service, Port: t.SignIn.Port, Open: open},
	}
}
