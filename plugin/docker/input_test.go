package docker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
	"github.com/entralogin/entralogin/plugin/text"
)

const secret = "s3cr3t-Wert"

func TestReadAccepts(t *testing.T) {
	const server = "contoso.azurecr.io"
	for _, test := range []struct{ operation, text string }{
		{Get, server}, {Get, server + "\n"}, {Get, " " + server + "\r\n"}, {Erase, server},
		{Store, `{"ServerURL":"` + server + `","Username":"u","Secret":"` + secret + `"}` + "\n"},
		{Store, `{"Secret":{"x":[1]},"new":null,"ServerURL":"` + server + `"}`},
		{Store, `{"Secret":"` + strings.Repeat("x", 200<<10) + `","ServerURL":"` + server + `"}`},
	} {
		got, err := Read(test.operation, strings.NewReader(test.text))
		if err != nil || got != (Input{Operation: test.operation, Server: server}) {
			t.Errorf("%s %.80q: %+v, %v", test.operation, test.text, got, err)
		}
	}
	for _, operation := range []string{List, VersionOf} { // which don't wait for an input that stays open
		if got, err := Read(operation, iotest.ErrReader(errors.New("was read"))); err != nil || got != (Input{Operation: operation}) {
			t.Errorf("%s: %+v, %v", operation, got, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct{ operation, text, want string }{
		"an operation":      {"get ", "x", "there are get, store, erase, list, version"},
		"no operation":      {"", "x", "an operation that there is not"},
		"nothing":           {Get, "", Missing},
		"blanks":            {Erase, " \n", Missing},
		"too much":          {Get, strings.Repeat("x", mostServer+1), "larger than 2 KiB"},
		"far too much":      {Store, strings.Repeat(" ", mostStore+1), "larger than 256 KiB"},
		"two lines":         {Get, "a.azurecr.io\nb.azurecr.io", "a control character"},
		"ESC":               {Get, "a\x1b[31m.azurecr.io", "a control character"},
		"NUL":               {Erase, "a.azurecr.io\x00", "a control character"},
		"Latin-1":           {Get, "a\xff.azurecr.io", "no UTF-8"},
		"no JSON":           {Store, secret, "no JSON object"},
		"a text":            {Store, `"` + secret + `"`, "no JSON object"},
		"cut":               {Store, `{"ServerURL":"a","Secret":"` + secret, "no JSON object"},
		"not closed":        {Store, `{"ServerURL":"a","Secret":"` + secret + `"`, "no JSON object"},
		"two objects":       {Store, `{"ServerURL":"a"}{"ServerURL":"` + secret + `"}`, "or more than one"},
		"a name twice":      {Store, `{"ServerURL":"a","ServerURL":"` + secret + `"}`, "a name twice"},
		"no server":         {Store, `{"Secret":"` + secret + `"}`, Missing},
		"a server of bytes": {Store, `{"ServerURL":5,"Secret":"` + secret + `"}`, Missing},
		"a JSON control":    {Store, `{"ServerURL":"a\u0007b"}`, "a control character"},
	} {
		got, err := Read(test.operation, strings.NewReader(test.text))
		input, ok := errors.AsType[*InputError](err)
		if !ok || got != (Input{}) || !strings.Contains(input.Error(), test.want) || strings.Contains(input.Error(), secret) || text.Clean(input.Error()) != input.Error() {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := Read(Get, iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func TestAnswer(t *testing.T) {
	var out rig.OneWrite
	in := Input{Operation: Get, Server: "https://contoso.azurecr.io/<&>"}
	if err := in.Answer(&out, cache.Token{Value: cache.NewSecret(secret)}); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), `{"ServerURL":"https://contoso.azurecr.io/<&>","Username":"`+User+`","Secret":"`+secret+`"}`+"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for name, value := range map[string]string{"none": "", "a newline": "a\nb", "blank": "a b", "long": strings.Repeat("x", claims.MostPassedOn+1), "no ASCII": "\u00e4"} {
		var out rig.OneWrite
		if err := in.Answer(&out, cache.Token{Value: cache.NewSecret(value)}); err == nil || out.Writes > 0 || value != "" && strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v, wrote %q", name, err, out.String())
		}
	}
}

func TestOtherAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		write func(io.Writer) error
		want  string
	}{
		"list":          {func(w io.Writer) error { return Listed(w, []string{"b.azurecr.io", "a.azurecr.io"}) }, `{"a.azurecr.io":"` + User + `","b.azurecr.io":"` + User + `"}` + "\n"},
		"an empty list": {func(w io.Writer) error { return Listed(w, nil) }, "{}\n"},
		"version":       {func(w io.Writer) error { return Version(w, "v1.2.3") }, "docker-credential-entralogin (github.com/entralogin/entralogin) v1.2.3\n"},
		"not found":     {NotFound, "credentials not found in native keychain\n"},
		"no server":     {func(w io.Writer) error { return Failure(w, fmt.Errorf("x: %w", &InputError{Missing})) }, "no credentials server URL\n"},
		"a failure":     {func(w io.Writer) error { return Failure(w, errors.New("a\x1b[31m\nb")) }, "a[31m b\n"},
		// docker must not go on without a credential.
		"one that looks like none": {func(w io.Writer) error { return Failure(w, errors.New(notFound)) }, notFound + ".\n"},
	} {
		var out rig.OneWrite
		if err := test.write(&out); err != nil || out.String() != test.want {
			t.Errorf("%s: %q, %v", name, out.String(), err)
		}
	}
}

func TestOperations(t *testing.T) {
	for _, word := range Operations() {
		if !IsOperation(word) {
			t.Error(word)
		}
	}
	if IsOperation("") || IsOperation("GET") {
		t.Error("a word that is none")
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"contoso.azurecr.io\n", `{"ServerURL":"contoso.azurecr.io","Username":"u","Secret":"s"}`, `{"a":{"ServerURL":"x"},"ServerURL":"y"}`, "{", `{"ServerURL":"x"} {}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, operation := range Operations() {
			got, err := Read(operation, strings.NewReader(content))
			if err != nil {
				if _, ok := errors.AsType[*InputError](err); !ok || got != (Input{}) || text.Clean(err.Error()) != err.Error() {
					t.Errorf("%q: %+v, %v (%T)", content, got, err, err)
				}
				continue
			}
			if operation == Store {
				var other struct{ ServerURL string }
				if json.Unmarshal([]byte(content), &other) != nil {
					t.Errorf("%q is no JSON", content)
				}
			}
			var out rig.OneWrite
			if err := got.Answer(&out, cache.Token{Value: cache.NewSecret("t")}); err != nil {
				t.Error(err)
			}
			var answer map[string]string
			if json.Unmarshal(out.Bytes(), &answer) != nil || answer["ServerURL"] != got.Server || answer["Secret"] != "t" || strings.Count(out.String(), "\n") != 1 {
				t.Errorf("%q is answered %q", content, out.String())
			}
		}
	})
}
