package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// schema is the version of every file that is written here. A file of a newer one is left as it is.
const schema = 1

// header is the beginning of every file.
type header struct {
	Version int `json:"version"`
}

func (h header) version() int { return h.Version }

// record is a file's content, with its header.
type record interface{ version() int }

// decode reads a file of this or an earlier schema into v.
func (s *Folder) decode(folder, name string, v record) error {
	blob, err := s.read(folder, name)
	if err != nil {
		return err
	}
	if blob, err = s.unseal(folder, name, blob); err != nil {
		return err
	}
	if err := json.Unmarshal(blob, v); err == nil && v.version() >= 1 && v.version() <= schema {
		return nil
	}
	// A newer schema may have other fields; of its version alone it can be told.
	var head header
	if err := json.Unmarshal(blob, &head); err != nil || head.Version <= schema {
		return ErrCorrupt
	}
	return s.newer(folder, name, head.Version)
}

// encode writes v, sealed as the pin says.
func (s *Store) encode(folder, name string, v any) error {
	return s.replace(folder, name, v, func(blob []byte) ([]byte, error) { return s.seal(folder, name, blob) })
}

// keep writes v, which is no secret.
func (s *Folder) keep(folder, name string, v any) error {
	return s.replace(folder, name, v, func(blob []byte) ([]byte, error) { return blob, nil })
}

// replace writes v. What stands there already is replaced only if it is missing, damaged, sealed under a key that is
// gone, or of this schema.
func (s *Folder) replace(folder, name string, v any, seal func([]byte) ([]byte, error)) error {
	err := s.decode(folder, name, &header{})
	if err != nil && !errors.Is(err, ErrNone) && !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrKeyGone) {
		return err
	}
	blob, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if blob, err = seal(append(blob, '\n')); err != nil {
		return err
	}
	return s.write(folder, name, blob)
}

type tokenFile struct {
	header
	Key
	Token
	Secret string `json:"token"`
}

func (f tokenFile) token() Token {
	f.Token.Value, f.Token.Kind = NewSecret(f.Secret), f.Key.Kind
	return f.Token
}

// Token returns the stored token of k, fresh or not. Errors: ErrNone, ErrCorrupt, ErrKeyGone,
// *Error, *StorageError.
func (s *Store) Token(k Key) (Token, error) {
	var f tokenFile
	if err := s.find(tokens, k.Hash(), &f); err != nil {
		return Token{}, err
	}
	if f.Hash() != k.Hash() || f.Secret == "" {
		return Token{}, ErrCorrupt
	}
	return f.token(), nil
}

// KeepToken stores t as the token of k. The session's lock is held.
func (s *Store) KeepToken(k Key, t Token) error {
	return s.encode(tokens, k.Hash(), newTokenFile(k, t))
}

// newTokenFile is what is kept of a token. Package route reads it, too, and relies on the order of its fields.
func newTokenFile(k Key, t Token) tokenFile {
	f := tokenFile{header{schema}, k, t, t.Value.Reveal()}
	f.Expires, f.Obtained = t.Expires.UTC(), t.Obtained.UTC()
	return f
}

// EncodeToken writes t as the token of k as its file has it, in the clear: for a program that keeps none itself.
func EncodeToken(k Key, t Token) (Secret, error) {
	blob, err := json.Marshal(newTokenFile(k, t))
	return NewSecret(string(append(blob, '\n'))), err
}

// DecodeToken reads what EncodeToken wrote. Errors: ErrCorrupt.
func DecodeToken(blob []byte) (Key, Token, error) {
	var f tokenFile
	if err := json.Unmarshal(blob, &f); err != nil || f.Version < 1 || f.Version > schema || f.Secret == "" {
		return Key{}, Token{}, ErrCorrupt
	}
	return f.Key, f.token(), nil
}

// SetAsideToken renames the damaged token file of k. The session's lock is held.
func (s *Store) SetAsideToken(k Key) error { return s.setAside(tokens, k.Hash()) }

// RemoveTokens deletes the stored tokens of a session for which match is true. The session's lock is held.
func (s *Store) RemoveTokens(id SessionID, match func(Key, Token) bool) error {
	return s.everywhere(func(place *Folder) error { return place.removeTokens(id, match) })
}

func (s *Folder) removeTokens(id SessionID, match func(Key, Token) bool) error {
	names, err := s.list(tokens)
	var failed []error
	for _, name := range names {
		var f tokenFile
		if s.decode(tokens, name, &f) != nil || !f.Key.Person() || sessionName(f.SessionID) != sessionName(id) || !match(f.Key, f.token()) {
			continue
		}
		failed = append(failed, s.remove(tokens, name))
	}
	return errors.Join(append(failed, err)...)
}

// sessionName is the file name of a session: readable, and the same for no two of them.
func sessionName(id SessionID) string {
	plain := strings.NewReplacer("%", "%25", "+", "%2b", ":", "%3a", "/", "%2f", `\`, "%5c")
	return plain.Replace(strings.ToLower(id.Authority)) + "+" + plain.Replace(strings.ToLower(id.Client))
}

type sessionFile struct {
	header
	SessionID
	MSAL json.RawMessage `json:"msal"`
	people
}

// session returns the session of a file.
func (f sessionFile) session() (Session, error) {
	s, err := NewSession(f.MSAL)
	s.people = f.people
	return s, err
}

// Session returns the stored session, a zero one if there is none. Errors: ErrCorrupt, ErrKeyGone,
// *Error, *StorageError.
func (s *Store) Session(id SessionID) (Session, error) {
	session, err := s.session(id)
	for _, other := range s.places()[1:] {
		older, failed := other.session(id)
		switch {
		case failed != nil:
		case errors.Is(err, ErrCorrupt), errors.Is(err, ErrKeyGone):
			session, err = older, nil
		case err == nil && !older.IsZero():
			session, err = older.Merge(session)
		case err == nil && session.IsZero():
			session, err = s.session(id) // it may have been on its way from there to here
		}
	}
	return session, err
}

// session reads a session where s is.
func (s *Folder) session(id SessionID) (Session, error) {
	var f sessionFile
	err := s.decode(sessions, sessionName(id), &f)
	if errors.Is(err, ErrNone) {
		return Session{}, nil
	}
	if err != nil {
		return Session{}, err
	}
	if !f.SessionID.is(id) {
		return Session{}, ErrCorrupt
	}
	session, err := f.session()
	if err != nil {
		return Session{}, ErrCorrupt
	}
	if _, err := session.Accounts(); err != nil {
		return Session{}, ErrCorrupt
	}
	return session, nil
}

// KeepSession replaces the stored session. Its lock is held.
func (s *Store) KeepSession(id SessionID, session Session) error {
	return s.encode(sessions, sessionName(id),
		sessionFile{header{schema}, id, session.Reveal(), session.people})
}

// SetAsideSession renames the damaged file of a session. Its lock is held.
func (s *Store) SetAsideSession(id SessionID) error { return s.setAside(sessions, sessionName(id)) }

// RemoveSession deletes a session with its refresh tokens. Its lock is held.
func (s *Store) RemoveSession(id SessionID) error {
	return s.everywhere(func(place *Folder) error { return place.remove(sessions, sessionName(id)) })
}

// discoveryLife is how long an openid-configuration document is believed.
const discoveryLife = 24 * time.Hour

type discoveryFile struct {
	header
	Authority string          `json:"authority"`
	Fetched   time.Time       `json:"fetched"`
	Document  json.RawMessage `json:"document"`
}

// documentName is the file name of what is kept under a URL.
func documentName(url string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(url)))
	return hex.EncodeToString(sum[:])
}

// Discovery returns the openid-configuration document of an authority (its URL with the tenant), if one
// is stored that is less than a day old.
func (s *Folder) Discovery(authority string) ([]byte, bool) {
	var f discoveryFile
	err := s.decode(discovery, documentName(authority), &f)
	age := s.now().Sub(f.Fetched)
	if err != nil || !strings.EqualFold(f.Authority, authority) || len(f.Document) == 0 || age < 0 || age >= discoveryLife {
		return nil, false
	}
	return f.Document, true
}

// KeepDiscovery stores an openid-configuration document. It is only a saving: what can't be stored is
// fetched again.
func (s *Folder) KeepDiscovery(authority string, document []byte) {
	_ = s.keep(discovery, documentName(authority),
		discoveryFile{header: header{schema}, Authority: authority, Fetched: s.now().UTC(), Document: document})
}
