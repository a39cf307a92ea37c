package graph

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"sigs.k8s.io/yaml"
)

func TestFormats(t *testing.T) {
	const table = `Name                 Megan Bowen
Given name           Megan
Surname              Bowen
Job title            Auditor
Mail                 MeganB@contoso.com
Phone                +1 412 555 0109, +1 412 555 0110
Office               12/1110
Language             en-US
User principal name  MeganB@contoso.com
Object ID            48d31887-5fad-4d73-a9f5-3c356e68a038
employeeNumber       12345678901234567890
`
	small := `{"z":1.0,"displayName":"A <b>","a":[],"m":{"y":null,"x":12345678901234567890}}`
	for name, test := range map[string]struct {
		format  Format
		me      string
		manager bool
		want    string
	}{
		"table": {Table, megan, false, table},
		"json, in order, numbers intact": {JSON, small, false, `{
  "z": 1.0,
  "displayName": "A <b>",
  "a": [],
  "m": {
    "y": null,
    "x": 12345678901234567890
  }
}
`},
		"json, no manager":  {JSON, `{"id":"1"}`, true, "{\n  \"me\": {\n    \"id\": \"1\"\n  },\n  \"manager\": null\n}\n"},
		"yaml":              {YAML, `{"b":"on","a":["x",{"y":"1"}]}`, false, "a:\n- x\n- \"y\": \"1\"\nb: \"on\"\n"},
		"yaml, no manager":  {YAML, `{"id":"a"}`, true, "manager: null\nme:\n  id: a\n"},
		"table, no manager": {Table, `{"displayName":"Ann"}`, true, "Name     Ann\nManager  no manager\n"},
		"table, wide":       {Table, `{"displayName":"山田 太郎","jobTitle":"é"}`, false, "Name       山田 太郎\nJob title  é\n"},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := serve(t, person(test.me))
			m.Format, m.Manager = test.format, test.manager
			if got, err := reply(t, m); err != nil || got != test.want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, test.want)
			}
		})
	}
}

func TestManager(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/me", says(200, `{"displayName":"Megan Bowen"}`))
	mux.HandleFunc("GET /v1.0/me/manager", says(200, miriam))
	for format, want := range map[Format]string{
		Table: "Name                 Megan Bowen\nManager              Miriam Graham\nManager's job title  Director\nManager's mail       MiriamG@contoso.com\n",
		YAML:  "manager:\n  businessPhones: []\n  displayName: Miriam Graham\n  jobTitle: Director\n  mail: MiriamG@contoso.com\nme:\n  displayName: Megan Bowen\n",
	} {
		m, _ := serve(t, mux)
		m.Manager, m.Format = true, format
		if got, err := reply(t, m); err != nil || got != want {
			t.Errorf("%s: got %v\n%s\nwant\n%s", format, err, got, want)
		}
	}
}

// unsafeTexts are names that would write elsewhere on the terminal, or read as another name.
func unsafeTexts() []string {
	return []string{
		"\x1b]0;owned\a", "\x1b[2J\x1b[31mred", "a\u202egnp.exe", "\u2066x\u2069", "zero\u200bwidth", "\u009b31m", "del\x7f",
		"line\nbreak\r\ttab", "sep\u2028\u2029\u0085", "\ufeffbom", "tag\U000e0041", "quote\"\\back\u202e", "emoji😀\u202e", "private\U000f0000",
		"text-0-not-the-nonce\u202e", "# no comment\u202e: x", "\ufffd", "ann\u00e9 é 山田\u200d",
	}
}

func TestUnsafeTextInEachFormat(t *testing.T) {
	for _, text := range unsafeTexts() {
		want := map[string]any{"displayName": text, "key" + text: []any{text, "plain"}}
		body, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		raw := `{"displayName":` + rawJSON(text) + `,` + rawJSON("key"+text) + `:[` + rawJSON(text) + `,"plain"]}`
		for _, body := range []string{string(body), raw} {
			checkSafe(t, body, want)
		}
	}
}

// rawJSON writes s as JSON with as few escapes as JSON allows.
func rawJSON(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < ' ' || r == '"' || r == '\\' {
			one, _ := json.Marshal(string(r))
			b.Write(one[1 : len(one)-1])
			continue
		}
		b.WriteRune(r)
	}
	return `"` + b.String() + `"`
}

// checkSafe asks for body in each format: nothing unsafe may be in the output, and JSON and YAML have to
// say the same as body.
func checkSafe(t *testing.T, body string, want map[string]any) {
	t.Helper()
	m, _ := serve(t, person(body))
	for _, format := range []Format{Table, JSON, YAML} {
		m.Format = format
		got, err := reply(t, m)
		if err != nil {
			t.Fatalf("%s of %q: %v", format, body, err)
		}
		checkNothingUnsafe(t, got)
		var read map[string]any
		switch format {
		case JSON:
			err = json.Unmarshal([]byte(got), &read)
		case YAML:
			err = yaml.Unmarshal([]byte(got), &read)
		default:
			continue
		}
		if err != nil || !reflect.DeepEqual(read, want) {
			t.Errorf("%s of %q: got %v\n%s\nwhich reads %q, want %q", format, body, err, got, read, want)
		}
	}
}

func checkNothingUnsafe(t *testing.T, s string) {
	t.Helper()
	for _, r := range s {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) {
			t.Errorf("there is %U in %q", r, s)
		}
	}
}

func FuzzFormats(f *testing.F) {
	for _, text := range unsafeTexts() {
		f.Add(text, "x")
	}
	f.Fuzz(func(t *testing.T, key, text string) {
		body, err := json.Marshal(map[string]any{key: text, "k": []string{text}})
		if err != nil {
			t.Skip()
		}
		var want map[string]any
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		o, err := parseObject(body)
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []Format{JSON, YAML, Table} {
			var out bytes.Buffer
			var read map[string]any
			err := (answer{object: o}).print(&out, format, 0)
			if err != nil {
				t.Fatal(err)
			}
			checkNothingUnsafe(t, out.String())
			parse := func(data []byte) error { return yaml.Unmarshal(data, &read) }
			switch format {
			case JSON:
				parse = func(data []byte) error { return json.Unmarshal(data, &read) }
			case Table:
				continue
			}
			if err := parse(out.Bytes()); err != nil || !reflect.DeepEqual(read, want) {
				t.Errorf("%s: %v\n%s\nreads %q, want %q", format, err, out.String(), read, want)
			}
		}
	})
}
