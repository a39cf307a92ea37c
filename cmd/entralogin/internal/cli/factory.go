// Package cli is what the commands have in common: streams, environment and settings, the cache and the source
// of tokens, answers in several formats, and what an error comes to. It alone knows exit codes, and the
// advice that stands beside an error.
package cli

import (
	"context"
	"io"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
)

// IO are the streams of a call.
type IO struct {
	In       io.Reader
	Out      io.Writer    // the answer, alone and in one write
	Err      *term.Stderr // everything else
	StderrID cache.FileID // what Err writes to
}

// Factory makes what a command needs.
type Factory struct {
	IO
	Env func(string) (string, bool) // the environment
	Now func() time.Time

	// Flags are the shared settings that were given as flags. They are filled in when the command line is
	// parsed, and read from then on.
	Flags map[string]string

	// File takes the place of the config file, nil for none: what a command is about to write.
	File *config.File

	// Vault has the keys of the storage agent where this process is the agent, which asks no other; else nil.
	Vault cache.Vault

	Question route.Question // what this call asks
	Trace    *route.Trace   // what it looks at to answer; nil where nobody wants to know

	answering map[string]bool // whether an agent answers at a place, where that was looked at
}

// Getenv returns an environment variable, "" if it is not set.
func (f *Factory) Getenv(name string) string {
	value, _ := f.Env(name)
	return value
}

// Config is where settings come from.
func (f *Factory) Config() config.Source {
	return config.Source{Getenv: f.Getenv, FromKubeconfig: f.Foreign(), File: f.File, Trace: f.Trace}
}

// Call is a call with the flags of this one, and further layers.
func (f *Factory) Call(more ...config.Layer) config.Call {
	return config.Call{Flags: config.Flags(f.Flags), More: more}
}

// Settings are those of a call. What is ignored is said.
func (f *Factory) Settings(call config.Call) (config.Settled, error) {
	s, err := f.Config().Settings(call)
	f.notes(s.Notes)
	return s, err
}

// Resolve settles a call. What is ignored is said, and with -v what was decided.
func (f *Factory) Resolve(call config.Call) (config.Target, error) {
	t, err := f.Config().Resolve(call)
	f.notes(t.Notes)
	for _, line := range t.Decided {
		f.Err.Explain(line)
	}
	f.Err.QR = t.QR
	f.Err.HandOver.Browser = browser.Opener{Env: f.Getenv, Command: t.SignIn.Browser.Text}
	f.Err.HandOver.Pages = append([]string{t.Authority.Host}, t.Authority.Verification...)
	return t, err
}

func (f *Factory) notes(notes []string) {
	for _, note := range notes {
		f.Err.Warn(note)
	}
}

// Store opens the cache of a place. That reads and writes nothing. Errors: *cache.StorageError.
func (f *Factory) Store(p config.Place) (*cache.Store, error) {
	st := &cache.Store{Folder: cache.Folder{Dir: p.Dir, Ours: p.Default, Now: f.Now, Note: f.Err.Warn, Trace: f.Trace, Vault: vaultOf(f)}, Runtime: p.Runtime}
	if p.Storage == cache.Memory {
		return st, st.OpenMemory()
	}
	return st, nil
}

// CacheOf opens the cache of settings that need not be whole. That there is no place for one is an error.
func (f *Factory) CacheOf(s config.Settings) (*cache.Store, error) {
	p, err := f.Config().Place(s)
	if err != nil {
		return nil, err
	}
	f.notes(p.Notes)
	return f.CacheAt(p)
}

// CacheAt opens the cache of a place. That there is none is an error.
func (f *Factory) CacheAt(p config.Place) (*cache.Store, error) {
	if p.Dir == "" {
		return nil, &config.Error{Name: config.CacheDir, What: "is not set, and neither is HOME or XDG_CACHE_HOME: there is no cache"}
	}
	st, err := f.Store(p)
	if err != nil {
		return nil, err
	}
	st.Locate()
	return st, nil
}

// Cache opens the cache of this call.
func (f *Factory) Cache() (*cache.Store, error) {
	s, err := f.Settings(f.Call())
	if err != nil {
		return nil, err
	}
	return f.CacheOf(s.Settings)
}

// Tokens is the source of tokens for a target. Nothing of the service is made before it is needed: a warm call
// reads no certificate.
func (f *Factory) Tokens(t config.Target) (*plugin.Cached, error) {
	if !f.Config().UsualBus() {
		if err := f.permit(t.Settings); err != nil {
			return nil, err
		}
	}
	st, err := f.Store(t.Place)
	if err != nil {
		return nil, err
	}
	service := &entra.Service{Authority: t.Authority, Discovery: st, Trace: f.Err.Trace, Note: f.Err.Warn, Now: f.Now}
	silent, signIn, err := signInWays(f, t, service, st)
	if err != nil {
		return nil, err
	}
	agents, first := agentOf(f, t, st)
	if first { // it is asked before Permit is
		if err := permitAgent(f, t.Settings); err != nil {
			return nil, err
		}
	}
	return &plugin.Cached{
		Store:      st,
		Storage:    t.Place.Storage,
		Silent:     silent,
		SignIn:     signIn,
		UI:         f.Err,
		StderrID:   f.StderrID,
		Terminal:   f.Err.Terminal,
		Caller:     proc.Job(),
		Memory:     memory,
		Forbidden:  func(context.Context) string { return f.callerForbids(t.Settings) },
		Agent:      agents,
		AgentFirst: first,
		Permit:     func() error { f.Trace.Spoil(); return f.permit(t.Settings) }, // past the warm path
		BeforeWait: proc.UntilSignal,
		Warn:       f.Err.Warn,
		Explain:    f.Err.Explain,
		Now:        f.Now,
	}, nil
}

// memory is how long a sign-in that failed is not tried again, and whether that goes for all callers.
func memory() (d time.Duration, all bool) {
	if proc.HasTerminal() {
		return plugin.MemoryAttended, false
	}
	return plugin.MemoryUnattended, true
}
