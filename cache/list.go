package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The kinds of an Entry.
const (
	EntrySession   = "session"
	EntryToken     = "token"
	EntrySignIn    = "sign-in"
	EntryDiscovery = "discovery"
	EntryTenant    = "tenant"    // the tenant that an organisation is in
	EntryRefusals  = "refusals"  // of tokens that had just been issued, by one server
	EntryStorage   = "storage"   // of a LockState alone
	EntryDamaged   = "damaged"   // not what entralogin wrote, or set aside as such
	EntryTemporary = "temporary" // of a writer that is at work or was killed
	EntryRefused   = "refused"   // a file or folder that is not ours to trust: a link, another owner, a newer format
)

// Entry is what may be told of a file in the cache: no token, code or part of one.
type Entry struct {
	Kind      string
	File      string    // below the cache folder, with slashes: "tokens/2b1f..."
	Size      int64     // bytes
	Changed   time.Time // when the file was written
	Problem   string    // of a damaged or refused file: what is wrong with it
	Authority string    // host; of a tenant, refusals or a discovery document the URL
	Client    string
	Tenant    string
	Accounts  []string
	Scopes    []string
	Token     Kind      // of a token
	Machine   Key       // of a token that is no person's: its key, else zero
	Expires   time.Time // of a token, a code, or what is believed for a while
	Failed    string    // of a sign-in or a way: why it failed
}

// List tells what is stored, in the order of the folders and of the file names. A file that can't be read
// is an entry, too, and so is one with a name that entralogin gives to none. Locks are not listed.
func (s *Folder) List() []Entry {
	if s.Dir == "" {
		return nil
	}
	var entries []Entry
	for _, folder := range storedIn() {
		names, err := s.files(folder)
		if err != nil {
			entries = append(entries, Entry{Kind: EntryRefused, File: folder, Problem: problem(err)})
		}
		for _, name := range names {
			if e, ok := s.entry(folder, name); ok {
				entries = append(entries, e)
			}
		}
	}
	return entries
}

// entry tells of one file; ok is false if it is gone meanwhile.
func (s *Folder) entry(folder, name string) (e Entry, ok bool) {
	e.File = folder + "/" + name
	info, err := os.Lstat(s.path(folder, name))
	if errors.Is(err, fs.ErrNotExist) {
		return e, false
	}
	if err == nil {
		e.Size, e.Changed = info.Size(), info.ModTime()
	}
	switch {
	case isTemp(name):
		e.Kind = EntryTemporary
		return e, true
	case strings.HasSuffix(name, asideMark):
		e.Kind, e.Problem = EntryDamaged, "was set aside"
		return e, true
	}
	f := map[string]func() entryFile{
		sessions: func() entryFile { return &sessionFile{} }, tokens: func() entryFile { return &tokenFile{} },
		pending: func() entryFile { return &signInFile{} }, discovery: func() entryFile { return &discoveryFile{} },
		tenants: func() entryFile { return &tenantFile{} }, refusals: func() entryFile { return &refusalFile{} },
		clusters: func() entryFile { return &clusterFile{} }, ways: func() entryFile { return &wayFile{} },
		proofs: func() entryFile { return &proofFile{} }, subscriptions: func() entryFile { return &subscriptionFile{} },
		azureLogins: func() entryFile { return &azureFile{} }, renewals: func() entryFile { return &renewalFile{} }, gits: func() entryFile { return &gitFile{} },
	}[folder]()
	if err = s.decode(folder, name, f); err == nil && !f.describe(name, &e) {
		err = ErrCorrupt
	}
	switch {
	case errors.Is(err, ErrNone):
		return e, false
	case errors.Is(err, ErrCorrupt):
		e = Entry{Kind: EntryDamaged, File: e.File, Size: e.Size, Changed: e.Changed, Problem: "is not what entralogin wrote"}
	case err != nil:
		e = Entry{Kind: EntryRefused, File: e.File, Size: e.Size, Changed: e.Changed, Problem: problem(err)}
	}
	return e, true
}

// problem is what is wrong with a file, without its path.
func problem(err error) string {
	if place := (*Error)(nil); errors.As(err, &place) {
		return place.What
	}
	return err.Error()
}

// entryFile is the content of a file that is listed. describe tells of it; ok is false if it does not belong under its
// name.
type entryFile interface {
	record
	describe(name string, e *Entry) (ok bool)
}

func (f *sessionFile) describe(name string, e *Entry) bool {
	session, err := NewSession(f.MSAL)
	if err != nil || sessionName(f.SessionID) != name {
		return false
	}
	accounts, err := session.Accounts()
	for _, a := range accounts {
		e.Accounts = append(e.Accounts, a.Username)
	}
	e.Kind, e.Authority, e.Client = EntrySession, f.Authority, f.Client
	return err == nil
}

func (f *tokenFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority, e.Client, e.Tenant = EntryToken, f.Authority, f.Client, f.Key.Tenant
	e.Scopes, e.Token, e.Expires = f.Scopes, f.Key.Kind, f.Until()
	if f.Token.Account != "" {
		e.Accounts = []string{f.Token.Account}
	}
	if !f.Key.Person() {
		e.Machine = f.Key
	}
	return f.Hash() == name && f.Secret != ""
}

func (f *signInFile) describe(_ string, e *Entry) bool {
	e.Kind, e.Expires, e.Failed = EntrySignIn, f.Expires, f.Failed
	e.Authority, e.Client, e.Tenant = f.Authority, f.Client, f.Tenant
	if f.Account != "" {
		e.Accounts = []string{f.Account}
	}
	return true
}

func (f *discoveryFile) describe(name string, e *Entry) bool {
	t, r := f.tenant(), f.refusals()
	switch {
	case t.Tenant != "":
		t.describe("", e)
	case r.URL != "":
		r.describe("", e)
	default:
		e.Kind, e.Authority, e.Expires = EntryDiscovery, f.Authority, f.Fetched.Add(discoveryLife)
	}
	return documentName(f.Authority) == name
}

func (f *tenantFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority, e.Tenant, e.Expires = EntryTenant, f.Organization, f.Tenant, f.Seen.Add(organizationLife)
	return documentName(f.Organization) == name && f.Tenant != ""
}

func (f *refusalFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority = EntryRefusals, f.URL
	for _, t := range f.Times {
		if end := t.Add(refusalLife); end.After(e.Expires) {
			e.Expires = end
		}
	}
	return documentName(f.URL) == name
}

func (f *clusterFile) describe(name string, e *Entry) bool {
	e.Kind, e.Authority, e.Client, e.Scopes = EntryClusters, f.Authority, f.Client, []string{f.Resource}
	return clusterName(f.SessionID, f.Resource) == name && len(f.Clusters)+len(f.Said) > 0
}

// files returns the names of all files in a folder, none if it is missing. A folder that is not ours, or a link
// to one, is an error: what lies there is none of entralogin's, to show or to delete.
func (s *Folder) files(folder string) ([]string, error) {
	dir := filepath.Join(s.Dir, folder)
	for _, step := range []struct {
		path string
		stat func(string) (fs.FileInfo, error)
	}{{s.Dir, os.Stat}, {dir, os.Lstat}} {
		if _, err := fittingFolder(step.path, step.stat); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		} else if err != nil {
			return nil, describe(step.path, err)
		}
	}
	entries, err := s.readDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, describe(dir, err)
}
