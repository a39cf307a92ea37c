package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// SignInID names a sign-in: the asking of one person for one session, tenant and account.
type SignInID struct {
	SessionID
	Tenant  string
	Account string

	// Turn counts who takes the place of a process that asks and does nothing any more. Each has a lock and a
	// record of its own.
	Turn int
}

// SignIn returns the sign-in that a token of k needs.
func (k Key) SignIn() SignInID {
	return SignInID{SessionID: k.SessionID, Tenant: k.Tenant, Account: k.Account}
}

func (id SignInID) name() string { return id.hash("") }

// recordName names the lock that is held while the record is written.
func (id SignInID) recordName() string { return id.hash(" record") }

func (id SignInID) hash(of string) string {
	words := fmt.Sprintf("%q %q %q %q", id.Authority, id.Client, id.Tenant, id.Account)
	if id.Turn > 0 {
		words += fmt.Sprintf(" %d", id.Turn)
	}
	sum := sha256.Sum256([]byte(strings.ToLower(words + of)))
	return hex.EncodeToString(sum[:])
}

// SignIn is a sign-in under way, or the last one that failed.
type SignIn struct {
	PID             int       `json:"pid"`
	Asker           string    `json:"asker,omitempty"`  // who asked first
	Method          string    `json:"method,omitempty"` // how the person signs in; "" until there is something to show
	UserCode        Secret    `json:"-"`                // zero where the method has none
	VerificationURI string    `json:"verification_uri,omitempty"`
	Forward         string    `json:"forward,omitempty"` // the machine to which the page's port has to be forwarded
	Expires         time.Time `json:"expires,omitzero"`  // when the code ends, or the asking before that
	Shown           FileID    `json:"shown,omitzero"`    // where its prompt was shown
	Terminal        FileID    `json:"terminal,omitzero"` // the terminal on which its process showed the prompt besides; zero: none

	Failed string    `json:"failed,omitempty"` // the reason of the failure, "" while the sign-in is under way
	Text   string    `json:"text,omitempty"`   // the failure in words
	When   time.Time `json:"when,omitzero"`    // of the failure
	Caller string    `json:"caller,omitempty"` // of the process that failed; "": not known here
	Scopes string    `json:"scopes,omitempty"` // the failure is about these alone; "": about the sign-in, whatever it is for

	OfMethod string `json:"of_method,omitempty"` // the method that the service refuses, whoever asks by it; "": not known to be that
	Next     string `json:"next,omitempty"`      // the method that the next call takes in its place; "": none
}

// Asks reports whether there is something to show to the person. A record of an earlier entralogin has no Method.
func (s SignIn) Asks() bool { return s.Method != "" || !s.UserCode.IsZero() }

// SamePrompt reports whether two records show the person the same thing.
func (s SignIn) SamePrompt(o SignIn) bool {
	return s.Asks() == o.Asks() && s.UserCode.Equal(o.UserCode) && s.VerificationURI == o.VerificationURI && s.PID == o.PID
}

type signInFile struct {
	header
	SignIn
	Machine string    `json:"machine,omitempty"` // where Shown is that file; "" of an earlier entralogin
	Code    string    `json:"user_code,omitempty"`
	Others  []showing `json:"others,omitempty"`

	// What the sign-in is one of, for those who look at the file: the name is a hash. "" of an earlier entralogin.
	Authority string `json:"authority,omitempty"`
	Client    string `json:"client,omitempty"`
	Tenant    string `json:"tenant,omitempty"`
	Account   string `json:"account,omitempty"`
}

// here reports whether Shown and Terminal are files, and Caller is a process, of this machine.
func (f signInFile) here() bool { return f.Machine == "" || f.Machine == self().Machine }

// SignIn returns what is known of a sign-in. Whether it is still under way says its lock alone: a killed
// process leaves its record. Anything unreadable counts as nothing known.
func (s *Store) SignIn(id SignInID) (SignIn, bool) {
	var f signInFile
	err := s.decode(pending, id.name(), &f)
	if errors.Is(err, ErrNone) && s.Dir != "" {
		if other := s.elsewhere(); other != nil { // it was begun before a move
			err = other.decode(pending, id.name(), &f)
		}
	}
	if err != nil {
		return SignIn{}, false
	}
	if !f.here() { // the numbers are those of another machine, or of another boot
		f.Shown, f.Terminal, f.Caller = FileID{}, FileID{}, ""
	}
	f.UserCode = NewSecret(f.Code)
	return f.SignIn, true
}

// KeepSignIn stores what others have to know of a sign-in. Its lock is held.
func (s *Store) KeepSignIn(id SignInID, r SignIn) error {
	defer s.lockRecord(id)()
	r.PID = os.Getpid()
	return s.encode(pending, id.name(), signInFile{header: header{schema}, SignIn: r, Machine: self().Machine, Code: r.UserCode.Reveal(),
		Authority: id.Authority, Client: id.Client, Tenant: id.Tenant, Account: id.Account})
}

// RemoveSignIn forgets a sign-in.
func (s *Store) RemoveSignIn(id SignInID) error {
	defer s.lockRecord(id)()
	err := s.remove(pending, id.name())
	if other := s.elsewhere(); other != nil {
		err = errors.Join(err, other.remove(pending, id.name()))
	}
	return err
}
