package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// memoryVault is a vault that can be emptied and can fail.
type memoryVault struct {
	keys map[string][]byte
	err  error
}

func (v *memoryVault) load(id string) ([]byte, error) {
	if v.err != nil {
		return nil, v.err
	}
	if v.keys[id] == nil {
		return nil, ErrKeyGone
	}
	return bytes.Clone(v.keys[id]), nil
}

func (v *memoryVault) save(id string, key []byte) error {
	if v.err == nil {
		v.keys[id] = bytes.Clone(key)
	}
	return v.err
}

func (v *memoryVault) remove(id string) error {
	delete(v.keys, id)
	return v.err
}

// sealing is a Store with vaults of its own.
func sealing(t *testing.T) (*Store, *memoryVault, *notes) {
	t.Helper()
	s, said := newStore(t)
	v := &memoryVault{keys: map[string][]byte{}}
	s.safe = &safe{vaults: map[Storage]vault{Keyring: v, Keyctl: &memoryVault{keys: map[string][]byte{}}, Agent: &memoryVault{keys: map[string][]byte{}}}}
	return s, v, said
}

// again is the Store as a later process finds it.
func again(s *Store) *Store {
	return &Store{Folder: Folder{Dir: s.home().Dir, Note: s.Note, safe: &safe{vaults: s.safe.vaults}}, Runtime: s.Runtime}
}

func testMSAL(t *testing.T, secret string) Session {
	t.Helper()
	session, err := NewSession([]byte(`{"RefreshToken":{"k":{"home_account_id":"a.b","secret":"` + secret + `"}}}`))
	must(t, err)
	return session
}

func TestSealedFiles(t *testing.T) {
	s, _, _ := sealing(t)
	must(t, s.ApplyStorage(t.Context(), Keyring))
	keepToken(t, s, testKey, "a-token-of-mine")
	must(t, s.KeepSession(testSession, testMSAL(t, "a-refresh-token")))
	signIn := testKey.SignIn()
	must(t, s.KeepSignIn(signIn, SignIn{UserCode: NewSecret("a-user-code")}))
	for path, secret := range map[string]string{s.tokenPath(testKey): "a-token-of-mine", s.sessionPath(testSession): "a-refresh-token",
		s.path(pending, signIn.name()): "a-user-code"} {
		text := readFile(t, path)
		if strings.Contains(text, secret) || !strings.HasPrefix(text, sealedMark+`"keyring"`) {
			t.Errorf("%s is not sealed: %s", path, text)
		}
	}
	other := again(s)
	got, err := both(t, other, testKey)
	must(t, err)
	session, err := other.Session(testSession)
	must(t, err)
	record, _ := other.SignIn(signIn)
	if got.Value.Reveal() != "a-token-of-mine" || !strings.Contains(string(session.Reveal()), "a-refresh-token") || record.UserCode.Reveal() != "a-user-code" {
		t.Error("what was sealed does not come back")
	}
	s.KeepDiscovery("https://a.example", []byte(`{}`))
	if text := readFile(t, s.path(discovery, documentName("https://a.example"))); strings.HasPrefix(text, sealedMark) {
		t.Error("a document that anybody can have is sealed")
	}
}

// Each writing has a nonce of its own: NIST SP 800-38D, section 8.
func TestSealsDiffer(t *testing.T) {
	s, _, _ := sealing(t)
	must(t, s.ApplyStorage(t.Context(), Keyring))
	seen := map[string]bool{}
	for range 100 {
		must(t, s.KeepSession(testSession, testMSAL(t, "same")))
		f, ok, err := parseSealed([]byte(readFile(t, s.sessionPath(testSession))))
		if !ok || err != nil || seen[string(f.Data[:12])] {
			t.Fatalf("sealed %t, %v, or a nonce was there before", ok, err)
		}
		seen[string(f.Data[:12])] = true
	}
}

func TestSealedFileThatIsWrong(t *testing.T) {
	second := testKey
	second.Tenant = "fabrikam.example"
	change := func(f func(*sealed)) func(*testing.T, *Store, *memoryVault) {
		return func(t *testing.T, s *Store, _ *memoryVault) {
			env, _, err := parseSealed([]byte(readFile(t, s.tokenPath(testKey))))
			must(t, err)
			f(&env)
			blob, err := json.Marshal(env)
			must(t, err)
			writeFile(t, s.tokenPath(testKey), string(blob))
		}
	}
	for name, test := range map[string]struct {
		spoil func(*testing.T, *Store, *memoryVault)
		want  error
	}{
		"one bit":       {change(func(f *sealed) { f.Data[20] ^= 1 }), ErrCorrupt},
		"the nonce":     {change(func(f *sealed) { f.Data[0] ^= 1 }), ErrCorrupt},
		"the tag":       {change(func(f *sealed) { f.Data[len(f.Data)-1] ^= 1 }), ErrCorrupt},
		"cut":           {change(func(f *sealed) { f.Data = f.Data[:10] }), ErrCorrupt},
		"no data":       {change(func(f *sealed) { f.Data = nil }), ErrCorrupt},
		"by nobody":     {change(func(f *sealed) { f.Sealed = "rot13" }), ErrCorrupt},
		"by file":       {change(func(f *sealed) { f.Sealed = File }), ErrCorrupt},
		"newer":         {change(func(f *sealed) { f.Version = 2 }), &Error{}},
		"another key":   {change(func(f *sealed) { f.Key = "0000" }), ErrKeyGone},
		"another vault": {change(func(f *sealed) { f.Sealed = Keyctl }), nil}, // the key is at hand, whatever it came from
		"cut JSON":      {func(t *testing.T, s *Store, _ *memoryVault) { writeFile(t, s.tokenPath(testKey), sealedMark) }, ErrCorrupt},
		"of another": {func(t *testing.T, s *Store, _ *memoryVault) {
			must(t, os.Rename(s.tokenPath(second), s.tokenPath(testKey)))
		}, ErrCorrupt},
		"key replaced": {func(_ *testing.T, _ *Store, v *memoryVault) {
			for id := range v.keys {
				v.keys[id] = make([]byte, keySize)
			}
		}, ErrKeyGone},
		"key too short": {func(_ *testing.T, _ *Store, v *memoryVault) {
			for id := range v.keys {
				v.keys[id] = []byte("k")
			}
		}, ErrKeyGone},
		"key deleted":    {func(_ *testing.T, _ *Store, v *memoryVault) { clear(v.keys) }, ErrKeyGone},
		"keyring locked": {func(_ *testing.T, _ *Store, v *memoryVault) { v.err = &StorageError{Storage: Keyring} }, &StorageError{}},
	} {
		t.Run(name, func(t *testing.T) {
			s, v, said := sealing(t)
			must(t, s.ApplyStorage(t.Context(), Keyring))
			keepToken(t, s, testKey, "first")
			keepToken(t, s, second, "second")
			test.spoil(t, s, v)
			before := readFile(t, s.tokenPath(testKey))
			later := again(s)
			if name == "another vault" {
				later = s
			}
			_, err := both(t, later, testKey)
			var place *Error
			var refused *StorageError
			switch test.want.(type) {
			case *Error:
				if !errors.As(err, &place) {
					t.Errorf("got %v", err)
				}
			case *StorageError:
				if !errors.As(err, &refused) {
					t.Errorf("got %v", err)
				}
			default:
				if !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			}
			if readFile(t, s.tokenPath(testKey)) != before {
				t.Error("a reading changed the file")
			}
			if gone := strings.Contains(strings.Join(said.all, "\n"), "a new sign-in is needed"); gone != errors.Is(err, ErrKeyGone) {
				t.Errorf("said %q", said.all)
			}
		})
	}
}

// A key that is gone: the file stays until there is something to put in its place, under a new key.
func TestKeyGone(t *testing.T) {
	s, v, _ := sealing(t)
	must(t, s.ApplyStorage(t.Context(), Keyring))
	must(t, s.KeepSession(testSession, testMSAL(t, "old")))
	before := readFile(t, s.sessionPath(testSession))
	clear(v.keys)
	s = again(s)
	must(t, s.ApplyStorage(t.Context(), ""))
	if _, err := s.Session(testSession); !errors.Is(err, ErrKeyGone) || readFile(t, s.sessionPath(testSession)) != before {
		t.Fatalf("got %v, or the file was touched", err)
	}
	must(t, s.KeepSession(testSession, testMSAL(t, "new")))
	session, err := again(s).Session(testSession)
	if err != nil || !strings.Contains(string(session.Reveal()), "new") || !strings.HasPrefix(readFile(t, s.sessionPath(testSession)), sealedMark) {
		t.Errorf("got %v, or it is not sealed anew", err)
	}
}

// FuzzUnseal looks for a file that ends the program, or that is taken for one that we sealed.
func FuzzUnseal(f *testing.F) {
	for _, text := range []string{sealedMark, sealedMark + `"keyctl","key":"","data":""}`, sealedMark + `"file"}`, `{"version":1}`, ""} {
		f.Add([]byte(text))
	}
	key := bytes.Repeat([]byte{7}, keySize)
	id := keyID(key)
	f.Add([]byte(sealedMark + `"keyring","key":"` + id + `","data":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`))
	s := &Store{Folder: Folder{safe: &safe{vaults: map[Storage]vault{Keyring: &memoryVault{keys: map[string][]byte{id: key}}}}}}
	f.Fuzz(func(t *testing.T, blob []byte) {
		plain, err := s.unseal(tokens, "x", blob)
		if err == nil && !bytes.Equal(plain, blob) {
			t.Errorf("%q is taken for sealed", blob)
		}
	})
}
