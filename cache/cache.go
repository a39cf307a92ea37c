// Package cache keeps what entralogin knows between two calls: tokens, sessions, sign-ins under way, and
// what an authority said about itself.
//
// Everything is a small file under one folder that belongs to the user alone. A file is read without a
// lock and replaced by a rename, so that a reader sees the old one or the new one and nothing between.
// Locks are files of their own, never deleted:
//
//	tokens/        one token each, named by the hash of its Key
//	sessions/      MSAL's cache for one SessionID, without access tokens
//	keys/          keys to which tokens are bound, one for each account and client
//	spare/         room on the disk for the next file of a session
//	pending/       the sign-in that is under way, or the last one that failed
//	tenants/       the tenant that an organisation is in
//	refusals/      when a server refused a token that had just been issued
//	ways/          which way to sign in a tenant refused
//	gits/          what the gits of this machine said of their version, a day long
//	azure/         what az login was given and what was chosen as az
//	renewals/      which tokens are being renewed ahead of time
//	clusters/      which servers of kubeconfigs were given a token
//	subscriptions/ which subscriptions of Azure an account sees, a day long
//	routes/        what questions came to, for package route; each is good for nothing without its token
//	discovery/     openid-configuration documents, a day long
//	locks/         one for each session and for each sign-in
//	storage        which Storage is in force; without it, File
package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/entralogin/entralogin/cache/route"
)

// The folders of a Store.
const (
	tokens    = route.Tokens
	sessions  = "sessions"
	spare     = "spare"
	pending   = "pending"
	tenants   = "tenants"
	refusals  = "refusals"
	discovery = "discovery"
	locks     = "locks"
)

// storedIn are the folders of what is stored, in the order in which it is told.
func storedIn() []string {
	return []string{sessions, tokens, proofs, azureLogins, pending, subscriptions, tenants, ways, refusals, clusters, gits, renewals, discovery}
}

// Store is a cache: what is kept, in the Folder and under the protection of the Storage that is in force. The zero
// Store has no folder: everything is missing, nothing can be kept.
type Store struct {
	Folder
	Runtime string // XDG_RUNTIME_DIR, for the storage Memory

	base       string // the cache folder proper, once Dir is another one
	oursAtBase bool   // what Ours was for it
	unpinned   *pin   // in force where nothing can be written
}

// Folder is a place where files of the cache lie. It reads them; what is written is a Store's to say.
type Folder struct {
	Dir  string       // absolute; created when the first file is kept
	Ours bool         // Dir is the place that is entralogin's by default; any other has to look like one
	Note func(string) // told in clean words what was mended; may be nil
	// Trace takes down which files are read; it may be nil.
	Trace *route.Trace
	// Vault has the keys of the storage Agent; nil where no agent can be asked.
	Vault Vault

	// stubbable for testing
	Now       func() time.Time            // nil means time.Now
	busy      func(error) bool            // whether a call is worth another try; nil means isBusy
	mandatory bool                        // nobody else reads a file that is locked
	step      func(op, path string) error // called before each call that opens or changes a file; may be nil

	dirs     sync.Map // folders that were found fit for writing in this process
	safe     *safe
	safeOnce sync.Once
}

// Errors that callers tell apart.
var (
	// ErrNone means that there is no such file.
	ErrNone = errors.New("nothing is stored")
	// ErrCorrupt means that a file is there but is not what entralogin wrote: cut, empty or garbage.
	ErrCorrupt = errors.New("the stored file is damaged")
	// ErrForeign means that the cache folder is not entralogin's. An *Error that wraps it says why.
	ErrForeign = errors.New("not a folder of entralogin's")
)

// Error says what is wrong with a place in the file system.
type Error struct {
	Path string
	What string // "is a symbolic link"
	Err  error  // or nil
}

func (e *Error) Error() string { return fmt.Sprintf("%s %s", e.Path, e.What) }
func (e *Error) Unwrap() error { return e.Err }

func (s *Folder) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Folder) note(format string, args ...any) {
	if s.Note != nil {
		s.Note(fmt.Sprintf(format, args...))
	}
}

func (s *Folder) path(folder, name string) string { return filepath.Join(s.Dir, folder, name) }

// describe turns an error of package os into an *Error with the path and plain words.
func describe(path string, err error) error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	what := err.Error()
	var p *os.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		what = fmt.Sprintf("%s: %v", p.Op, p.Err)
	case errors.As(err, &l):
		what = fmt.Sprintf("%s: %v", l.Op, l.Err)
	}
	return &Error{Path: path, What: "can't be used: " + what, Err: err}
}
