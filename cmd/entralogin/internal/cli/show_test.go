package cli

import (
	"bytes"
	"testing"
	"time"
)

// YAML has the names and the order of JSON, and texts that look like something else stay texts.
func TestShow(t *testing.T) {
	value := []struct {
		Tenant  string    `json:"tenantId"`
		Account string    `json:"account"`
		At      time.Time `json:"at"`
		Tokens  []struct {
			B int  `json:"b"`
			A bool `json:"a"`
		} `json:"tokens"`
	}{{Tenant: "1e3", Account: "no", At: time.Unix(0, 0).UTC()}, {Tenant: "x: <y>"}}
	value[0].Tokens = append(value[0].Tokens, value[0].Tokens...)
	value[1].Tokens = append(value[1].Tokens, struct {
		B int  `json:"b"`
		A bool `json:"a"`
	}{1, true})
	for format, want := range map[Format]string{
		YAML: "- tenantId: \"1e3\"\n  account: \"no\"\n  at: \"1970-01-01T00:00:00Z\"\n  tokens: null\n" +
			"- tenantId: 'x: <y>'\n  account: \"\"\n  at: \"0001-01-01T00:00:00Z\"\n  tokens:\n  - b: 1\n    a: true\n",
		Table: "a table", Wide: "a table",
	} {
		var out bytes.Buffer
		f := &Factory{IO: IO{Out: &out}}
		if err := f.Show(format, value, func(b *bytes.Buffer) error { b.WriteString("a table"); return nil }); err != nil || out.String() != want {
			t.Errorf("%s: %v:\n%s", format, err, out.String())
		}
	}
}

// Where there is no terminal the answer is as wide as COLUMNS says.
func TestWidth(t *testing.T) {
	for columns, want := range map[string]int{"": 80, "132": 132, "0": 80, "wide": 80} {
		f := &Factory{IO: IO{Out: new(bytes.Buffer)}, Env: func(name string) (string, bool) { return map[string]string{"COLUMNS": columns}[name], true }}
		if got := f.Columns(Table); got != want || f.Columns(Wide) != 0 {
			t.Errorf("COLUMNS=%s: %d", columns, got)
		}
	}
}
