package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// How long a sign-in that failed is not tried again: with a person near, and in the background, where a
// poller would prompt all night.
const (
	memoryAtTerminal  = 30 * time.Second
	memoryWithoutTerm = 5 * time.Minute
)

// store opens the cache folder. That reads and writes nothing.
func (a *app) store(s settings) (*cache.Store, error) {
	st, err := a.cacheFolder(s)
	if err != nil {
		return nil, err
	}
	want, err := storageOf(s)
	if err != nil {
		return nil, err
	}
	if want == cache.Memory {
		return st, st.OpenMemory()
	}
	return st, nil
}

func (a *app) cacheFolder(s settings) (*cache.Store, error) {
	st := &cache.Store{Now: a.now, Note: func(content string) { a.say("%s", content) }, Runtime: a.getenv("XDG_RUNTIME_DIR")}
	dir, origin := s.get(cacheDir)
	switch {
	case dir == "":
		if home := a.cacheHome(); home != "" {
			st.Dir, st.Ours = filepath.Join(home, "entralogin"), true
		}
		return st, nil
	case origin == "--"+cacheDir:
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, usagef("--%s: %w", cacheDir, err)
		}
		dir = abs
	case !filepath.IsAbs(dir):
		return nil, &configError{name: cacheDir, origin: origin, what: fmt.Sprintf("is %q, which is no absolute path", text.Short(dir, 80))}
	}
	st.Dir = dir
	return st, nil
}

// cached wires the cache between the front ends and the token service. Nothing of the service is made
// before it is needed: a warm call reads no certificate.
func (a *app) cached(st *cache.Store, s settings, auth authority.Authority) *plugin.Cached {
	l := &lazyService{make: func() (*entra.Service, error) { return a.service(st, auth) }}
	c := &plugin.Cached{
		Store:   st,
		Silent:  silent{l},
		SignIn:  func(show func(plugin.Code) error) plugin.Source { return person{l, a, show} },
		Prompt:  func(r plugin.Request, code plugin.Code) { a.showPrompt(s, r, code) },
		Screen:  a.screen,
		Warn:    func(text string) { a.say("%s", text) },
		Explain: a.explain,
		Settle:  func(ctx context.Context) error { return settle(ctx, st, s) },
		Now:     a.now,
	}
	c.BeforeWait = func(ctx context.Context) (context.Context, func()) {
		c.Memory = memoryWithoutTerm
		if hasTerminal() {
			c.Memory = memoryAtTerminal
		}
		return untilSignal(ctx)
	}
	return c
}

// service makes the token service with its trusted certificates.
func (a *app) service(st *cache.Store, auth authority.Authority) (*entra.Service, error) {
	roots, err := https.Roots(auth.CAFile)
	if err != nil {
		return nil, err
	}
	auth.Roots = roots
	return &entra.Service{Authority: auth, Discovery: st, Trace: a.trace,
		Note: func(text string) { a.say("%s", text) }, Now: a.now}, nil
}

// lazyService is made at its first use.
type lazyService struct {
	make    func() (*entra.Service, error)
	once    sync.Once
	service *entra.Service
	err     error
}

func (l *lazyService) get() (*entra.Service, error) {
	l.once.Do(func() { l.service, l.err = l.make() })
	return l.service, l.err
}

// silent is the source that needs no person.
type silent struct{ *lazyService }

func (s silent) Token(ctx context.Context, r plugin.Request, session cache.Session) (plugin.Grant, error) {
	service, err := s.get()
	if err != nil {
		return plugin.Grant{}, err
	}
	return service.Silent().Token(ctx, r, session)
}

// person is the source that asks one.
type person struct {
	*lazyService
	app  *app
	show func(plugin.Code) error
}

func (p person) Token(ctx context.Context, r plugin.Request, session cache.Session) (plugin.Grant, error) {
	service, err := p.get()
	if err != nil {
		return plugin.Grant{}, err
	}
	stop := func() {}
	defer func() { stop() }()
	show := func(code plugin.Code) error {
		err := p.show(code)
		stop = p.app.counting(r, code.Expires)
		return err
	}
	return service.DeviceCode(show).Token(ctx, r, session)
}

// hasTerminal reports whether a terminal is attached to this process, whatever its streams lead to.
func hasTerminal() bool {
	if term.IsTerminal(int(os.Stdin.Fd())) || term.IsTerminal(int(os.Stderr.Fd())) {
		return true
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	tty.Close()
	return true
}
