package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

// A machine is named where its port has to be forwarded, by the name that the person reaches it by.
func TestForward(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	container := fstest.MapFS{".dockerenv": {}}
	for what, test := range map[string]struct {
		env   map[string]string
		files fstest.MapFS
		want  string
		said  string
	}{
		"by ssh":             {map[string]string{"SSH_CONNECTION": "x"}, fstest.MapFS{}, name, ""},
		"no desktop":         {nil, fstest.MapFS{}, name, ""},
		"container":          {map[string]string{"DISPLAY": ":0"}, container, "HOST", "--network=host"},
		"container, by ssh":  {map[string]string{"SSH_CONNECTION": "x"}, container, name, ""},
		"a browser is there": {map[string]string{"BROWSER": "true"}, container, "", ""},
	} {
		env := func(name string) string { return test.env[name] }
		var said bytes.Buffer
		w := ways{f: &Factory{IO: IO{Err: &term.Stderr{Out: &said, Env: env}}}}
		if got := w.machine(browser.Opener{Env: env, Root: test.files}); got != test.want || !strings.Contains(said.String(), test.said) || (test.said == "") != (said.Len() == 0) {
			t.Errorf("%s: %q, and said %q", what, got, said.String())
		}
	}
}
