package cache

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// azureLogins is the folder of what "az login" was given and what was chosen as az: one file.
const azureLogins = "azure"

// EntryAzure is the Kind of that file.
const EntryAzure = "az login"

// The kinds of an AzureLogin.
const (
	AzureSecret      = "secret"
	AzureCertificate = "certificate"
	AzureAssertion   = "assertion"
	AzureIdentity    = "identity" // a managed identity of this machine
)

// AzureProfile is what az knows besides the sessions of people.
type AzureProfile struct {
	Logins []AzureLogin
	Chosen AzureChoice
	Ended  bool // an assertion that has ended is still stored: any change removes it
}

// AzureLogin is what "az login" was given where no person signed in.
type AzureLogin struct {
	Name        string    `json:"name"` // of this login among all; With gives it
	Kind        string    `json:"kind"`
	Authority   string    `json:"authority"` // host
	Client      string    `json:"client,omitempty"`
	Tenant      string    `json:"tenant"`                // GUID, as the token said
	Identity    string    `json:"identity,omitempty"`    // "system", or "client:", "object:" or "resource:" and that ID
	Certificate string    `json:"certificate,omitempty"` // absolute path of a file with its key; it is read for each token
	SendsChain  bool      `json:"sends_chain,omitempty"`
	Secret      Secret    `json:"-"`                 // the client secret or the assertion
	Until       time.Time `json:"until,omitzero"`    // of an assertion: its exp, after which it is not kept
	Profile     string    `json:"profile,omitempty"` // of the settings, under which it was given and counts
}

// ID is the Name of a login: "CLIENT@TENANT", or "system@TENANT" and the like of a managed identity: another login of the same takes its place.
func (l AzureLogin) ID() string {
	who := l.Client
	if l.Kind == AzureIdentity {
		who = l.Identity
	}
	return strings.ToLower(who + "@" + l.Tenant)
}

// User is what az calls the user of a login: the application, or the kind of the managed identity.
func (l AzureLogin) User() string {
	switch {
	case l.Kind != AzureIdentity:
		return l.Client
	case l.Identity == "system":
		return "systemAssignedIdentity"
	}
	return "userAssignedIdentity"
}

// AssignedIdentity is what az says of a managed identity besides: "MSI", or "MSIClient-" and the like with its ID. It is ""
// for an application.
func (l AzureLogin) AssignedIdentity() string {
	if l.Kind != AzureIdentity {
		return ""
	}
	kind, id, _ := strings.Cut(l.Identity, ":")
	if id == "" {
		return "MSI"
	}
	return "MSI" + strings.ToUpper(kind[:1]) + kind[1:] + "-" + id
}

// AzureChoice is what a call as az means that says nothing else. The zero choice is that of the settings.
type AzureChoice struct {
	Login        string `json:"login,omitempty"`        // the Name of an AzureLogin; "" is the person of the settings
	Account      string `json:"account,omitempty"`      // of a person: the user name
	Tenant       string `json:"tenant,omitempty"`       // GUID
	Subscription string `json:"subscription,omitempty"` // GUID; "" is the tenant-level account
	Profile      string `json:"profile,omitempty"`      // under which it was chosen, and counts: see config
	Client       string `json:"client,omitempty"`       // of a person: whose sign-in it was, and for whom it counts
	Authority    string `json:"authority,omitempty"`    // host, likewise
}

// Current is the login that is chosen; ok is false where that is a person, or nobody.
func (p AzureProfile) Current() (l AzureLogin, ok bool) { return p.Login(p.Chosen.Login) }

// Login is the one of a Name.
func (p AzureProfile) Login(name string) (l AzureLogin, ok bool) {
	i := slices.IndexFunc(p.Logins, func(l AzureLogin) bool { return l.Name == name && name != "" })
	if i < 0 {
		return AzureLogin{}, false
	}
	return p.Logins[i], true
}

// With returns p with a login that is chosen, in the place of the one of the same Name.
func (p AzureProfile) With(l AzureLogin) AzureProfile {
	l.Name = l.ID()
	p = p.Without(func(other AzureLogin) bool { return other.Name == l.Name })
	p.Logins = append(p.Logins, l)
	p.Chosen = AzureChoice{Login: l.Name, Tenant: l.Tenant, Profile: l.Profile}
	return p
}

// Without returns p without some logins. A choice of one of them is gone, too.
func (p AzureProfile) Without(gone func(AzureLogin) bool) AzureProfile {
	if l, ok := p.Current(); ok && gone(l) {
		p.Chosen = AzureChoice{}
	}
	p.Logins = slices.DeleteFunc(slices.Clone(p.Logins), gone)
	return p
}

// isZero reports whether nothing is worth keeping.
func (p AzureProfile) isZero() bool { return len(p.Logins) == 0 && p.Chosen == AzureChoice{} }

type azureFile struct {
	header
	Logins []azureLoginFile `json:"logins,omitempty"`
	Chosen AzureChoice      `json:"chosen,omitzero"`
}

type azureLoginFile struct {
	AzureLogin
	Revealed string `json:"secret,omitempty"`
}

// azureName is the name of the one file.
func azureName() string { return documentName("az login") }

// ReadAzureProfile returns what is kept, a zero one if that is nothing. An assertion that has ended is none any more.
// Errors: ErrCorrupt, ErrKeyGone, *Error, *StorageError.
func ReadAzureProfile(s *Store) (AzureProfile, error) {
	var f azureFile
	if err := s.find(azureLogins, azureName(), &f); errors.Is(err, ErrNone) {
		return AzureProfile{}, nil
	} else if err != nil {
		return AzureProfile{}, err
	}
	p := AzureProfile{Chosen: f.Chosen}
	for _, l := range f.Logins {
		if l.Secret = NewSecret(l.Revealed); !l.Until.IsZero() && !s.now().Before(l.Until) {
			p.Ended, l.Secret = p.Ended || !l.Secret.IsZero(), Secret{}
		}
		p.Logins = append(p.Logins, l.AzureLogin)
	}
	return p, nil
}

// ChangeAzureProfile puts what change makes of it into the place of what is kept, all or nothing, under a lock: two of them
// at once don't lose each other's. want is the storage to be in force (see ApplyStorage). What can't be read any more is as
// if there were none. Nothing that a killed writer left stays. Errors: *LockError, *Error, *StorageError, where nothing has
// changed.
func ChangeAzureProfile(ctx context.Context, s *Store, want Storage, change func(AzureProfile) AzureProfile) error {
	if err := s.ApplyStorage(ctx, want); err != nil {
		return err
	}
	unlock, err := s.LockSession(ctx, SessionID{"az", "login"}, nil) // a session's, so that a move to another storage takes it
	if err != nil {
		return err
	}
	defer unlock()
	p, err := ReadAzureProfile(s)
	if err != nil && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrKeyGone) {
		return err
	}
	if p = change(p); p.isZero() {
		return s.everywhere(func(place *Folder) error { return place.empty(azureLogins, func(string) bool { return true }) })
	}
	f := azureFile{header: header{schema}, Chosen: p.Chosen}
	for _, l := range p.Logins {
		f.Logins = append(f.Logins, azureLoginFile{l, l.Secret.Reveal()})
	}
	if err := s.encode(azureLogins, azureName(), f); err != nil {
		return err
	}
	failed := s.empty(azureLogins, func(name string) bool { return finished(name) != name })
	for _, other := range s.places()[1:] {
		failed = errors.Join(failed, other.empty(azureLogins, func(string) bool { return true }))
	}
	return failed
}

// ForgetAzureLogins forgets logins: what they sign in with, their tokens and the lists of their subscriptions. Tokens that a
// login that stays has had, too, stay. Where it can't be read any more what the logins were, all are gone, and every token
// that could be one of theirs: another machine's costs it a request. Errors are those of ChangeAzureProfile and
// ForgetMachines.
func ForgetAzureLogins(ctx context.Context, s *Store, want Storage, gone func(AzureLogin) bool) error {
	var before, after AzureProfile
	_, err := ReadAzureProfile(s)
	unreadable := errors.Is(err, ErrCorrupt) || errors.Is(err, ErrKeyGone)
	err = ChangeAzureProfile(ctx, s, want, func(p AzureProfile) AzureProfile {
		before, after = p, p.Without(gone)
		return after
	})
	if err != nil {
		return err
	}
	forgotten, err := ForgetMachines(s, func(k Key, _ Token) bool {
		return unreadable && slices.Contains(slices.Collect(maps.Values(azureCredentials())), k.Credential) ||
			slices.ContainsFunc(before.Logins, func(l AzureLogin) bool { return gone(l) && l.is(k) && !after.keep(k, l) })
	})
	failed := []error{err}
	for _, t := range forgotten {
		failed = append(failed, ForgetSubscriptions(s, t.Key.SessionID, t.Key.Renewal().Client))
	}
	return errors.Join(failed...)
}

// azureCredentials are the credentials of the kinds of logins, as the keys of tokens name them.
func azureCredentials() map[string]string {
	return map[string]string{AzureSecret: "secret", AzureCertificate: "certificate", AzureAssertion: "federated", AzureIdentity: "msi"}
}

// Key is the key of the login's tokens, without what they are for. That of a managed identity does not say which machine it
// is of.
func (l AzureLogin) Key() Key {
	return Key{SessionID: SessionID{l.Authority, l.Client}, Tenant: l.Tenant, Kind: Access, Credential: azureCredentials()[l.Kind], Identity: l.Identity}
}

// is reports whether a token is one of the login's, in whatever tenant: of an application by whichever credential, as another
// login of it may have been in its place before.
func (l AzureLogin) is(k Key) bool {
	kind, id := k.ManagedIdentity()
	if l.Kind == AzureIdentity {
		return k.Credential == "msi" && strings.EqualFold(k.Authority, l.Authority) && strings.EqualFold(strings.TrimSuffix(kind+":"+id, ":"), l.Identity)
	}
	return slices.Contains([]string{"secret", "certificate", "federated"}, k.Credential) && k.SessionID.is(l.Key().SessionID)
}

// keep reports whether a token of a login that goes is one of a login that stays, too: one of its own tenant.
func (p AzureProfile) keep(k Key, going AzureLogin) bool {
	return slices.ContainsFunc(p.Logins, func(l AzureLogin) bool {
		return l.is(k) && (strings.EqualFold(l.Tenant, k.Tenant) || !strings.EqualFold(going.Tenant, k.Tenant))
	})
}

// forgetAzureChoice takes back what was chosen as az for one of some accounts of a session.
func forgetAzureChoice(ctx context.Context, s *Store, id SessionID, accounts []Account) error {
	is := func(c AzureChoice) bool {
		return c.Account != "" && id.is(SessionID{c.Authority, c.Client}) && slices.ContainsFunc(accounts, func(a Account) bool { return a.Is(c.Account) })
	}
	if p, err := ReadAzureProfile(s); err != nil || !is(p.Chosen) {
		return nil // what can't be read is not chosen
	}
	return ChangeAzureProfile(ctx, s, "", func(p AzureProfile) AzureProfile {
		if is(p.Chosen) {
			p.Chosen = AzureChoice{}
		}
		return p
	})
}

func (f *azureFile) describe(name string, e *Entry) bool {
	e.Kind = EntryAzure
	for _, l := range f.Logins {
		e.Accounts = append(e.Accounts, l.User()+" ("+l.Kind+")")
	}
	return name == azureName()
}
