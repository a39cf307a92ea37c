package client

import (
	"context"
	"os"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/credential"
	"github.com/entralogin/entralogin/plugin/entra"
)

// ways are how a token is had: without a person, and, where one signs in at all, from one.
func (c *Client) ways(service *entra.Service, st *cache.Store) (plugin.Source, plugin.Method, error) {
	if c.target.Machine != "" {
		source, err := credential.Call{Target: c.target, Service: service, Getenv: os.Getenv, Warn: c.warn, Explain: func(string) {},
			Environ: func() ([]string, error) { return os.Environ(), nil }}.Source()
		return source, nil, err
	}
	held := broker.Broker{Service: service, Bus: os.Getenv(config.SessionBus), Old: st.Token}
	return plugin.Holders{Source: service.Silent(), By: map[string]plugin.Source{broker.Name: held}}, c.way(service, st, held), nil
}

// way is the way to sign in that the settings name. No browser is opened: what happens on the screen is the program's
// matter, and its Prompt has the address.
func (c *Client) way(service *entra.Service, st *cache.Store, held broker.Broker) plugin.Method {
	browser := entra.Browser{Service: service, Port: c.target.SignIn.Port}
	code := plugin.Auto{DeviceCode: service.DeviceCode(), Store: st}
	auto := code
	auto.Next = func(ctx context.Context) plugin.Method {
		if held.Here(ctx) == nil {
			return held
		}
		return browser
	}
	return map[string]plugin.Method{config.Auto: auto, plugin.DeviceCode: code, browser.Name(): browser, broker.Name: held}[c.target.SignIn.Method]
}
