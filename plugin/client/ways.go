package client

import (
	"context"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
)

// way is the way to sign in that the settings name. No browser is opened: what happens on the screen is the program's
// matter, and its Prompt has the address.
func (c *Client) way(service *entra.Service, st *cache.Store) plugin.Method {
	browser := entra.Browser{Service: service, Port: c.target.SignIn.Port}
	code := plugin.Auto{DeviceCode: service.DeviceCode(), Store: st}
	auto := code
	auto.Next = func(context.Context) plugin.Method { return browser }
	return map[string]plugin.Method{config.Auto: auto, plugin.DeviceCode: code, browser.Name(): browser}[c.target.SignIn.Method]
}
