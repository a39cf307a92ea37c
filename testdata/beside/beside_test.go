//go:build unix

package beside

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Each command of the table comes to the same on both: what is printed, but for the differences that are named, the exit
// code, and that part of an error which is looked for.
func TestBeside(t *testing.T) {
	w := newWorld(t)
	real, ours := w.homes(true), w.homes(false)
	w.sim.AutoApprove(entratest.Bob, 0) // whoever signs in from now on
	commands := 0
	t.Run("table", func(t *testing.T) {
		for i, r := range table() {
			commands += strings.Count(r.lines, " && ") + 1
			t.Run(fmt.Sprintf("%d %s: az %s", i, r.who, r.lines), func(t *testing.T) {
				t.Parallel()
				r.beside(t, real[r.who].copy(t), ours[r.who].copy(t))
			})
		}
	})
	t.Logf("%d commands in %d rows", commands, len(table()))
	if commands < 60 {
		t.Error("that is too few")
	}
}

// homes are everybody's, as one of the two programs signed them in.
func (w *world) homes(real bool) map[string]home {
	w.Helper()
	all := map[string]home{"out": w.newHome(real), "plain": w.newHome(real)}
	for who, user := range map[string]string{"alice": entratest.Alice, "carol": entratest.Carol, "dana": entratest.Dana} {
		all[who] = w.newHome(real)
		w.sim.AutoApprove(user, 0)
		if real {
			w.done(all[who].az(w.T, "login", "--use-device-code", "--allow-no-subscriptions"))
		} else {
			w.done(all[who].run(w.T, filepath.Join(bin, "entralogin"), "login"))
			w.done(all[who].az(w.T, "account", "list")) // which signing in as az would do, too
		}
	}
	for who, line := range map[string]string{"app": "-u {app} -p {secret}", "none": "-u {none} -p {nonesecret}"} {
		all[who] = w.newHome(real)
		w.done(all[who].az(w.T, w.words("login --service-principal "+line+" -t {contoso} --allow-no-subscriptions")...))
	}
	if plain := all["plain"]; real {
		os.Remove(plain.path("azure/cloudEndpoints.json"))
	} else {
		os.Remove(plain.path("config/entralogin/config.yaml"))
	}
	return all
}

func (w *world) done(o outcome) {
	w.Helper()
	if o.code != 0 {
		w.Errorf("%+v", o)
	}
}

// beside runs a row on both.
func (r row) beside(t *testing.T, real, ours home) {
	var said [2]string
	seen := r.named == "" || r.named == "word"
	for line := range strings.SplitSeq(r.lines, " && ") {
		args := real.w.words(line)
		want, got := real.az(t, args...), ours.az(t, args...)
		said[0], said[1] = said[0]+want.stderr, said[1]+got.stderr
		if got.code != want.code {
			t.Errorf("az %s: exit code %d, the real one's is %d\n%s\n%s", line, got.code, want.code, got.stderr, want.stderr)
		}
		out, wanted := plain(got.stdout), plain(want.stdout)
		if strings.Contains(line, "-o yaml") { // the same values, whose quotes and line ends differ
			out, wanted = asJSON(t, out), asJSON(t, wanted)
		}
		seen = seen || out != wanted
		if r.without(t, out) != r.without(t, wanted) {
			t.Errorf("az %s: printed\n%s\nthe real one\n%s", line, out, wanted)
		}
		if want.stderr == "" && got.stderr != "" && !strings.Contains(r.named, "word") {
			t.Errorf("az %s: said\n%s", line, got.stderr)
		}
	}
	if !seen {
		t.Errorf("the difference %q is not to be seen", r.named)
	}
	for word := range strings.SplitSeq(real.w.say.Replace(r.says), "|") {
		if !strings.Contains(said[0], word) || !strings.Contains(said[1], word) {
			t.Errorf("%q is missing in\n%s\nor in the real one's\n%s", word, said[1], said[0])
		}
	}
	for _, secret := range ours.w.sim.Secrets() {
		if strings.Contains(said[1], secret) {
			t.Error("a secret in an error")
		}
	}
}

// asJSON is what a text in YAML says.
func asJSON(t *testing.T, text string) string {
	t.Helper()
	content, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Error(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, content, "", "  "); err != nil {
		t.Error(err)
	}
	return out.String()
}

// without is a text without the differences that are named.
func (r row) without(t *testing.T, text string) string {
	t.Helper()
	for name := range strings.FieldsSeq(r.named) {
		d, ok := differences()[name]
		if !ok {
			t.Errorf("no difference is called %q", name)
		}
		text = d.without(text)
	}
	return text
}

var (
	token  = regexp.MustCompile(`\beyJ[\w-]+\.([\w-]+)\.[\w-]+`)
	moment = regexp.MustCompile(`\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\b`)
)

// plain is a text without what no two calls have in common. Of a token it is said whose it is, for which resource and in
// which tenant; of its end that this is in about an hour.
func plain(text string) string {
	text = token.ReplaceAllStringFunc(text, func(raw string) string {
		var claims struct{ Aud, Tid, Oid string }
		content, err := base64.RawURLEncoding.DecodeString(token.FindStringSubmatch(raw)[1])
		if err != nil || json.Unmarshal(content, &claims) != nil {
			return raw
		}
		return fmt.Sprintf("TOKEN-%s-%s-%s", claims.Aud, claims.Tid, claims.Oid)
	})
	there, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return moment.ReplaceAllStringFunc(text, func(at string) string {
		end, err := time.ParseInLocation("2006-01-02 15:04:05.000000", at, there)
		if left := time.Until(end); err != nil || left < 30*time.Minute || left > 65*time.Minute {
			return at
		}
		return "MOMENT"
	})
}
