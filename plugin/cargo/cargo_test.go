package cargo

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
	"github.com/entralogin/entralogin/plugin/text"
)

const (
	secret = "s3cr3t-Wert"
	index  = "sparse+https://pkgs.dev.azure.com/contoso/_packaging/f/Cargo/index/"
)

// What cargo 1.95 writes.
const (
	read   = `{"v":1,"registry":{"index-url":"` + index + `","name":"f","headers":["WWW-Authenticate: Bearer x=1"]},"kind":"get","operation":"read","args":["--account","alice@contoso.example"]}`
	login  = `{"v":1,"registry":{"index-url":"` + index + `","name":"f"},"kind":"login","token":"` + secret + `","login-url":"https://x.example"}`
	logout = `{"v":1,"registry":{"index-url":"` + index + `"},"kind":"logout","args":[]}`
)

func TestRead(t *testing.T) {
	in := NewReader(iotest.OneByteReader(strings.NewReader(read + "\n" + login + "\r\n" + logout)))
	for _, want := range []Request{{Kind: Get, Index: index, Args: []string{"--account", "alice@contoso.example"}}, {Kind: Login, Index: index, Token: true}, {Kind: Logout, Index: index, Args: []string{}}} {
		if got, err := Read(in); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	for range 2 {
		if got, err := Read(in); err != io.EOF || got.Kind != "" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := Read(NewReader(strings.NewReader(strings.Replace(read, "x=1", strings.Repeat("x", 200<<10), 1) + "\n"))); err != nil {
		t.Error(err)
	}
	if got, err := Read(NewReader(strings.NewReader(strings.Replace(read, `"get"`, `"new"`, 1)))); err != nil || got.Kind != "new" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct{ line, want string }{
		"no JSON":          {secret, "no JSON object"},
		"an empty line":    {"\n", "no JSON object"},
		"a text":           {`"` + secret + `"`, "no JSON object"},
		"cut":              {login[:len(login)-3], "no JSON object"},
		"two objects":      {login + login, "no JSON object"},
		"another type":     {strings.Replace(login, `"`+index+`"`, "5", 1), "no JSON object"},
		"deep":             {strings.Repeat("[", 200<<10), "no JSON object"},
		"too long":         {`{"v":1,"x":"` + strings.Repeat("x", mostLine) + `"}`, "longer than 256 KiB"},
		"a newer version":  {strings.Replace(login, `"v":1`, `"v":2`, 1), "version 2"},
		"no version":       {`{"kind":"get","registry":{"index-url":"x"}}`, "version 0"},
		"no kind":          {`{"v":1,"registry":{"index-url":"x"}}`, "what is wanted"},
		"no registry":      {`{"v":1,"kind":"get"}`, "no registry"},
		"an empty address": {`{"v":1,"kind":"get","registry":{"index-url":""}}`, "no registry"},
	} {
		got, err := Read(NewReader(strings.NewReader(test.line + "\n")))
		input, ok := errors.AsType[*InputError](err)
		if !ok || !reflect.DeepEqual(got, Request{}) || !strings.Contains(input.Error(), test.want) || strings.Contains(input.Error(), secret) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := Read(NewReader(iotest.ErrReader(io.ErrUnexpectedEOF))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func TestAnswers(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	token := cache.Token{Value: cache.NewSecret(secret), Obtained: now, Expires: now.Add(time.Hour)}
	for name, test := range map[string]struct {
		write func(io.Writer) error
		want  string
	}{
		"hello":        {Hello, `{"v":[1]}`},
		"a token":      {func(w io.Writer) error { return Answer(w, token) }, `{"Ok":{"kind":"get","token":"Bearer ` + secret + `","cache":"expires","expiration":1800003540,"operation_independent":true}}`},
		"a login":      {Done, `{"Ok":{"kind":"login"}}`},
		"none of ours": {func(w io.Writer) error { return Refuse(w, NotSupported, "") }, `{"Err":{"kind":"url-not-supported"}}`},
		"a reason":     {func(w io.Writer) error { return Refuse(w, NoOperation, "a\x1b[31m\n<b>") }, `{"Err":{"kind":"operation-not-supported","message":"a[31m <b>"}}`},
		"a failure":    {func(w io.Writer) error { return Refuse(w, Other, "no") }, `{"Err":{"kind":"other","message":"no"}}`},
		"a line":       {func(w io.Writer) error { return Print(w, token) }, "Bearer " + secret},
	} {
		var out rig.OneWrite
		if err := test.write(&out); err != nil || out.String() != test.want+"\n" {
			t.Errorf("%s: %q, %v", name, out.String(), err)
		}
	}
}

func TestAnswerRefuses(t *testing.T) {
	for name, value := range map[string]string{"none": "", "a newline": "a\nb", "a blank": "a b", "long": strings.Repeat("x", claims.MostPassedOn+1), "no ASCII": "\u00e4"} {
		for _, write := range []func(io.Writer, cache.Token) error{Answer, Print} {
			var out rig.OneWrite
			if err := write(&out, cache.Token{Value: cache.NewSecret(value)}); err == nil || out.Writes > 0 || value != "" && strings.Contains(err.Error(), value) {
				t.Errorf("%s: %v, wrote %q", name, err, out.String())
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{read, login, logout, "{}", `{"v":1,"kind":"get","registry":null}`, "[" + read + "]", `{"v":1e0,"kind":"get","registry":{"index-url":"x"}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		in := NewReader(strings.NewReader(content))
		for range strings.Count(content, "\n") + 2 {
			got, err := Read(in)
			if err == io.EOF {
				return
			}
			if err != nil {
				if _, ok := errors.AsType[*InputError](err); !ok || !reflect.DeepEqual(got, Request{}) || text.Clean(err.Error()) != err.Error() {
					t.Errorf("%q: %+v, %v (%T)", content, got, err, err)
				}
				return
			}
			if got.Kind == "" || got.Index == "" {
				t.Errorf("%q: %+v", content, got)
			}
			var out rig.OneWrite
			if err := Refuse(&out, Other, got.Kind+got.Index); err != nil || !json.Valid(out.Bytes()) || strings.Count(out.String(), "\n") != 1 {
				t.Errorf("%q is answered %q, %v", content, out.String(), err)
			}
		}
		t.Errorf("%q has no end", content)
	})
}
