package cli

import (
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
)

// ways are the methods of signing in by their names, as settings have them.
func ways(t config.Target, service *entra.Service, b broker.Broker) map[string]plugin.Method {
	device := service.DeviceCode()
	return map[string]plugin.Method{
		config.Auto:       device,
		plugin.DeviceCode: device,
		"browser":         entra.Browser{Service: service, Port: t.SignIn.Port},
		broker.Name:       b,
	}
}
