package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/broker"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/credential"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/text"
)

// signInWays are how a call gets a token: without a person, and, where one signs in at all, from one.
func signInWays(f *Factory, t config.Target, service *entra.Service, st *cache.Store) (plugin.Source, plugin.Method, error) {
	if t.Machine != "" {
		source, err := machineCall(f, t, service).Source()
		return source, nil, err
	}
	held := broker.Broker{Service: service, Bus: f.Getenv(config.SessionBus), Old: st.Token}
	return plugin.Holders{Source: service.Silent(), By: map[string]plugin.Source{broker.Name: held}},
		ways{f, t, held}.methods(service, st)[t.SignIn.Method], nil
}

// agentOf asks the agents of the person, nil where none is to be asked. Nothing is looked for before it is.
func agentOf(f *Factory, t config.Target, st *cache.Store) (agents plugin.TokenSource, first bool) {
	places, first := AgentPlaces(f, t, st)
	if places == nil {
		return nil, false
	}
	return agentsAt(f, places), first
}

// AgentPlaces are where a call looks for an agent, nil where it looks for none. Where the agent of this machine has the key of
// what is stored, it alone is asked, and first.
func AgentPlaces(f *Factory, t config.Target, st *cache.Store) (places iter.Seq2[agent.Place, error], first bool) {
	if f.Vault != nil {
		return nil, false
	}
	inForce, _ := st.InForce()
	if chosen := t.Place.Storage; chosen != "" && chosen != inForce && (chosen == cache.Agent || inForce == cache.Agent) {
		return nil, false // the agent would go on by its own settings, and nothing would ever move
	}
	if inForce != cache.Agent {
		return anyAgent(f), false
	}
	return agent.FindOwn(ownAgent(f), os.Geteuid()), true
}

// AgentAnswers is agent.Place.Answers. A place is looked at once: one that is silent costs seconds, and many calls may be
// foreseen.
func AgentAnswers(ctx context.Context, f *Factory, p agent.Place) bool {
	where := p.Path + p.Address // of which it has one
	answers, known := f.answering[where]
	if !known {
		if f.answering == nil {
			f.answering = map[string]bool{}
		}
		answers = p.Answers(ctx, os.Geteuid())
		f.answering[where] = answers
	}
	return answers
}

// ownAgent is the environment by which the agent of this machine is found: a kubeconfig moves it nowhere where it can't be
// told whether it has.
func ownAgent(f *Factory) func(string) string {
	if f.Foreign() && !f.Config().UsualBus() {
		if _, err := f.foreign(); err != nil {
			return config.UsualAgents(f.Getenv)
		}
	}
	return f.Getenv
}

// vaultOf has the keys of the storage agent.
func vaultOf(f *Factory) cache.Vault {
	if f.Vault != nil {
		return f.Vault
	}
	return agent.Keys{Getenv: ownAgent(f), UID: os.Geteuid()}
}

// AgentClient asks the agents at anyAgent.
func AgentClient(f *Factory) *agent.Client { return agentsAt(f, anyAgent(f)) }

func agentsAt(f *Factory, places iter.Seq2[agent.Place, error]) *agent.Client {
	return &agent.Client{Places: places, UID: os.Geteuid(), Explain: f.Err.Explain, Warn: f.Err.Warn, Now: f.Now}
}

// anyAgent looks for agents where the environment of this call names them. A kubeconfig names none: where the caller's
// environment can't be read, the usual places are all that there is; else see permit.
func anyAgent(f *Factory) iter.Seq2[agent.Place, error] {
	return func(yield func(agent.Place, error) bool) {
		getenv := f.Getenv
		if f.Foreign() {
			if _, err := f.foreign(); err != nil {
				getenv = config.UsualAgents(f.Getenv)
			}
		}
		agent.Find(getenv, os.Geteuid())(yield)
	}
}

func machineCall(f *Factory, t config.Target, service *entra.Service) credential.Call {
	return credential.Call{Target: t, Service: service, Getenv: f.Getenv, Warn: f.Err.Warn, Explain: f.Err.Explain,
		Environ: func() ([]string, error) { return environOf(f, t) },
		Kept:    func() (cache.AzureProfile, error) { return AzureProfile(f, t.Settings) }}
}

// Machine is a call that signs in without a person, to be looked at: nothing is asked of the sign-in service.
func Machine(f *Factory, t config.Target) credential.Call {
	return machineCall(f, t, &entra.Service{Authority: t.Authority, Trace: f.Err.Trace, Note: f.Err.Warn, Now: f.Now})
}

// ways are the ways to sign in of a call.
type ways struct {
	f    *Factory
	t    config.Target
	held broker.Broker
}

// methods are those by their names, as settings have them. auto goes on with the broker, or else the browser,
// where the tenant refuses device codes.
func (w ways) methods(service *entra.Service, st *cache.Store) map[string]plugin.Method {
	page := entra.Browser{Service: service, Port: w.t.SignIn.Port, Forward: w.forward, Open: w.open}
	code := plugin.Auto{DeviceCode: service.DeviceCode(), Store: st, Now: w.f.Now}
	auto := code
	auto.Next = func(ctx context.Context) plugin.Method {
		if !w.opener().Elsewhere() && w.held.Here(ctx) == nil { // its window opens on this machine
			return brokerFirst{w.held, page, w.f.Err.Warn, w.f.Explainer().how(page.Name())}
		}
		return page
	}
	auto.Skip, auto.GoOn = w.saySkipped, w.goOn
	return map[string]plugin.Method{
		config.Auto:       auto,
		plugin.DeviceCode: code,
		"browser":         page,
		broker.Name:       w.held,
		plugin.Paste:      entra.Paste{Service: service, Ask: w.f.Err.AskSecret}, // by login --paste alone
	}
}

// brokerFirst has the broker sign in, and another way where it can't: it is there on a machine that is not enrolled, too.
type brokerFirst struct {
	broker.Broker
	otherwise plugin.Method
	warn      func(string)
	how       string // the other way in words
}

func (b brokerFirst) Grant(ctx context.Context, r plugin.Request, ui plugin.UI) (plugin.Grant, error) {
	g, err := b.Broker.Grant(ctx, r, ui)
	unfit, ok := errors.AsType[*broker.Error](err)
	if !ok || ctx.Err() != nil {
		return g, err
	}
	b.warn(fmt.Sprintf("%s; signing in %s", unfit.Error(), b.how))
	return b.otherwise.Grant(ctx, r, ui)
}

// forward is the name of this machine, for a person whose browser is elsewhere; "" where it is here.
func (w ways) forward() string { return w.machine(w.opener()) }

func (w ways) machine(o browser.Opener) string {
	if !o.Elsewhere() {
		return ""
	}
	name, err := os.Hostname()
	if o.InContainer() && o.Env("SSH_CONNECTION") == "" { // nobody has reached it by its name
		name = ""
		w.f.Err.Warn("this is a container: a browser reaches it only where it has the network of its HOST (--network=host), or where its port is forwarded into it (kubectl port-forward, an editor); publishing the port is not enough. Where neither can be had, paste: entralogin help signin")
	}
	if odd := func(r rune) bool { return !text.IsAlphanumeric(r) && r != '.' && r != '-' }; err != nil || name == "" || strings.HasPrefix(name, "-") || strings.ContainsFunc(name, odd) {
		return "HOST"
	}
	return name
}

// saySkipped says why a sign-in begins with no device code.
func (w ways) saySkipped(r plugin.Request, refused cache.RefusedWay, next plugin.Method) {
	tenant, named := strings.CutPrefix(plugin.DescribeTenant(r.Tenant), "the ")
	if !named {
		tenant = "organisation"
	}
	x := w.f.Explainer()
	w.f.Err.Warn(fmt.Sprintf("the %s refused device codes on %s (%s); signing in %s. To ask for a device code all the same: %s",
		tenant, refused.When.Local().Format("Jan 2"), text.Short(refused.Why, 80), x.how(next.Name()), x.LoginCommand(again(r))))
}

// longestQuestion bounds how long a person is waited for who was asked whether to go on: others may wait for the
// sign-in meanwhile.
const longestQuestion = 2 * time.Minute

// goOn asks the person at the terminal of this very process whether to go on with another way.
func (w ways) goOn(ctx context.Context, refused *plugin.RefusedError, next plugin.Method) bool {
	if !w.f.Err.CanAsk(w.f.In) {
		return false
	}
	limit := longestQuestion
	if own := refused.Request.PromptTimeout; own > 0 {
		limit = min(own, limit)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	why := refused.Text
	if service, ok := errors.AsType[*entra.Error](refused); ok {
		why = service.Why()
	}
	return w.f.Err.Confirm(ctx, w.f.In, fmt.Sprintf("%s. Go on %s? [Y/n]", why, w.f.Explainer().how(next.Name())))
}
