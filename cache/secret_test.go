package cache

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const secretText = "eyJ-the-secret-text"

type holder1 struct {
	Exported Secret
	hidden   Secret
	Pointer  *Secret
	pointer  *Secret
	any      any
}

type holder2 struct {
	holder1
	Inner  holder1
	inner  *holder1
	Slice  []Secret
	Array  [1]Secret
	Map    map[string]Secret
	keys   map[Secret]int
	mapped map[string]*holder1
	Any    any
}

// withSecrets returns values that hold a Secret in every way that a value can.
func withSecrets() map[string]any {
	s := NewSecret(secretText)
	one := holder1{s, s, &s, &s, s}
	two := holder2{one, one, &one, []Secret{s}, [1]Secret{s}, map[string]Secret{"k": s}, map[Secret]int{s: 1}, map[string]*holder1{"k": &one}, s}
	return map[string]any{
		"plain": s, "pointer": &s, "struct": one, "pointer to a struct": &one, "nested": two, "pointer to nested": &two,
		"slice": []Secret{s}, "slice of pointers": []*Secret{&s}, "array": [2]Secret{s, s}, "map": map[string]Secret{"k": s},
		"map key": map[Secret]string{s: "v"}, "slice of any": []any{s, &s, one, &two}, "token": testTokenOf(s), "session": Session{blob: s},
		"sign-in": SignIn{UserCode: s},
		"error":   fmt.Errorf("wrapped: %w", &Error{Path: "p", What: fmt.Sprint(s), Err: fmt.Errorf("%v %+v", one, two)}),
	}
}

func testTokenOf(s Secret) Token { return Token{Value: s, Kind: Access} }

func noSecret(t *testing.T, how, text string) {
	t.Helper()
	for _, form := range []string{secretText, fmt.Sprintf("%x", secretText), fmt.Sprintf("%X", secretText), fmt.Sprintf("% x", secretText), fmt.Sprint([]byte(secretText))} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
}

func TestSecretInEveryVerb(t *testing.T) {
	for name, v := range withSecrets() {
		for _, flags := range []string{"", "+", "#", "-", " ", "0", "40", ".3", "+#", "# ", "-50.20"} {
			for verb := 'A'; verb <= 'z'; verb++ {
				format := "%" + flags + string(verb)
				noSecret(t, name+" "+format, fmt.Sprintf(format, v))
			}
		}
		noSecret(t, name+" Sprint", fmt.Sprint(v)+fmt.Sprintln(v))
	}
	s := NewSecret(secretText)
	for _, format := range []string{"%v", "%s", "%q", "%x", "%#v", "%+v", "%d", "%.2s", "%p", "%T%v"} {
		args := []any{s}
		if strings.HasPrefix(format, "%T") {
			args = []any{s, s}
		}
		if got := strings.TrimPrefix(fmt.Sprintf(format, args...), "cache.Secret"); format != "%p" && got != redacted {
			t.Errorf("%s: got %q", format, got)
		}
	}
}

func TestSecretInEncodings(t *testing.T) {
	for name, v := range withSecrets() {
		blob, err := json.Marshal(v)
		noSecret(t, name+" as JSON", fmt.Sprint(string(blob), err))
		blob, err = yaml.Marshal(v)
		noSecret(t, name+" as YAML", fmt.Sprint(string(blob), err))
		blob, err = xml.Marshal(v)
		noSecret(t, name+" as XML", fmt.Sprint(string(blob), err))
		var b bytes.Buffer
		err = gob.NewEncoder(&b).Encode(v)
		noSecret(t, name+" as gob", fmt.Sprint(b.String(), err))
	}
	blob, err := json.Marshal(struct{ A Secret }{NewSecret(secretText)})
	if string(blob) != `{"A":"[redacted]"}` || err != nil {
		t.Errorf("got %s, %v", blob, err)
	}
	if blob, err := NewSecret(secretText).MarshalText(); string(blob) != redacted || err != nil {
		t.Errorf("got %s, %v", blob, err)
	}
}

func TestSecretInLogs(t *testing.T) {
	for name, v := range withSecrets() {
		var b bytes.Buffer
		for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
			l := slog.New(h).With("with", v)
			l.Info("said", "value", v, slog.Group("group", "inner", v), slog.Any("any", []any{v}))
		}
		log.New(&b, "", 0).Println(v)
		noSecret(t, name+" logged", b.String())
	}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("said", "value", NewSecret(secretText))
	if !strings.Contains(b.String(), "value=[redacted]") {
		t.Errorf("got %s", b.String())
	}
}

func TestSecretInErrors(t *testing.T) {
	s := NewSecret(secretText)
	err := errors.Join(fmt.Errorf("a: %v", s), fmt.Errorf("b: %+v", &s), fmt.Errorf("c: %#v", []Secret{s}))
	noSecret(t, "an error", err.Error())
	if n := strings.Count(err.Error(), redacted); n != 3 {
		t.Errorf("%d of 3 are marked: %v", n, err)
	}
}

func TestSecretReveal(t *testing.T) {
	s := NewSecret(secretText)
	if s.Reveal() != secretText || s.IsZero() || !s.Equal(NewSecret(secretText)) || s.Equal(NewSecret(secretText+"x")) || s.Equal(Secret{}) {
		t.Error("a secret is not itself")
	}
	for _, none := range []Secret{{}, NewSecret("")} {
		if none.Reveal() != "" || !none.IsZero() || !none.Equal(Secret{}) || fmt.Sprint(none) != redacted {
			t.Error("an empty secret is not empty")
		}
	}
}
