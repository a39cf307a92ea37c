package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A paster is a person who signs in elsewhere and pastes one thing after the other.
type paster struct {
	pastes []string // what is pasted, in which BACK is the address at which the browser ended
	user   string   // who signs in, "" to decline

	t     *testing.T
	sim   *entratest.Server
	page  string
	words []string // that it was asked with
	back  string
}

func (p *paster) Show(_ plugin.Request, prompt plugin.Prompt) error {
	p.page = prompt.URL
	return nil
}
func (*paster) Count(plugin.Request, plugin.Prompt) func() { return func() {} }

func (p *paster) ask(ctx context.Context, words string, longest int) (cache.Secret, error) {
	p.words = append(p.words, words)
	if len(p.pastes) < len(p.words) {
		<-ctx.Done()
		return cache.Secret{}, context.Cause(ctx)
	}
	if p.back == "" {
		p.back = endOf(p.t, p.sim, p.page, p.user)
	}
	pasted := strings.ReplaceAll(p.pastes[len(p.words)-1], "BACK", p.back)
	return cache.NewSecret(pasted[:min(len(pasted), longest+1)]), nil
}

// endOf is the address at which the browser of somebody ends who signs in on a page.
func endOf(t *testing.T, sim *entratest.Server, page, user string) string {
	t.Helper()
	choice := url.Values{"action": {"decline"}}
	if user != "" {
		choice = url.Values{"action": {"approve"}, "user": {user}}
	}
	client := sim.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.PostForm(page, choice)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.Header.Get("Location")
}

func signInByPaste(t *testing.T, p *paster, change func(*plugin.Request)) (plugin.Grant, error) {
	t.Helper()
	sim, b, r := browserOf(t)
	if change != nil {
		change(&r)
	}
	p.t, p.sim = t, sim
	return Paste{Service: b.Service, Ask: p.ask}.Grant(t.Context(), r, p)
}

func TestPaste(t *testing.T) {
	for name, pasted := range map[string]string{
		"as it is":          "BACK",
		"quoted":            `  "BACK" `,
		"in angle brackets": "<BACK>\r\n",
		"after others":      "https://contoso.example/",
	} {
		t.Run(name, func(t *testing.T) {
			p := &paster{pastes: []string{pasted, "BACK"}, user: "alice"}
			g, err := signInByPaste(t, p, nil)
			if err != nil || g.Token.Account != entratest.Alice || g.Session.IsZero() {
				t.Fatalf("got %v, %v", g.Token.Account, err)
			}
			if _, err := p.sim.VerifyToken(g.Token.Value.Reveal(), entratest.ServerID); err != nil {
				t.Error(err)
			}
			if n := p.sim.Requests("token"); n != 1 || p.sim.Requests("devicecode") != 0 {
				t.Errorf("%d token requests", n)
			}
			q := mustParse(t, p.page).Query()
			if q.Get("response_mode") != "query" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || len(q.Get("state")) < 52 {
				t.Errorf("the page is %s", p.page)
			}
			for _, secret := range append(p.sim.Secrets(), p.back) {
				if strings.Contains(p.page+fmt.Sprint(p.words), secret) {
					t.Errorf("%.20s... is shown", secret)
				}
			}
		})
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestPasteRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		paster
		change func(*plugin.Request)
		reason plugin.Reason
		text   string
	}{
		"no":            {paster: paster{pastes: []string{"BACK"}}, reason: plugin.Declined, text: "the sign-in was declined"},
		"somebody else": {paster: paster{pastes: []string{"BACK"}, user: "bob"}, change: func(r *plugin.Request) { r.Account = entratest.Alice }, reason: plugin.WrongAccount, text: "bob@contoso.example, but alice"},
		"nobody":        {change: func(r *plugin.Request) { r.PromptTimeout = 50 * time.Millisecond }, reason: plugin.TimedOut, text: "nobody signed in within 50ms"},
		"three slips":   {paster: paster{pastes: []string{"x", "", "http://localhost/", "BACK"}, user: "alice"}, reason: plugin.Cancelled, text: "none of 3 pasted texts"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := signInByPaste(t, &test.paster, test.change)
			var refused *plugin.RefusedError
			if !errors.As(err, &refused) || refused.Reason != test.reason || !strings.Contains(refused.Text, test.text) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Nobody is asked for an answer that is to an application of Microsoft's own.
func TestPasteForMicrosoft(t *testing.T) {
	p := &paster{user: "alice"}
	_, err := signInByPaste(t, p, func(r *plugin.Request) { r.Client = strings.ToUpper(authority.AKSClient) })
	var own *FirstPartyError
	if !errors.As(err, &own) || p.page != "" || p.sim.Requests("*") != 0 {
		t.Errorf("got %v", err)
	}
}

// The tests of what is pasted.
const (
	pasteState = "STATE"
	pasteBack  = "http://localhost:50000"
)

func readOf(pasted string) (authorization, string) {
	return readPasted(pasted, codeRequest{redirect: pasteBack, state: pasteState}, "login.example")
}

func TestReadPasted(t *testing.T) {
	const answer = "code=1.Ab-_c&state=STATE&session_state=x"
	for pasted, want := range map[string]string{ // a code, or the words
		pasteBack + "/?" + answer:                       "1.Ab-_c",
		pasteBack + "?" + answer:                        "1.Ab-_c",
		pasteBack + "/?" + answer + "#":                 "1.Ab-_c",
		"HTTP://LocalHost:50000/?" + answer:             "1.Ab-_c",
		"localhost:50000/?" + answer:                    "1.Ab-_c",
		answer:                                          "1.Ab-_c",
		"/?" + answer:                                   "1.Ab-_c",
		"?" + answer:                                    "1.Ab-_c",
		"code=" + answer[5:20] + "\r\n  " + answer[20:]: "1.Ab-_c",
		"<" + pasteBack + "/?code=1.Ab\u200b-_c&\nstate=STATE>": "1.Ab-_c",
		"“" + pasteBack + "/?" + answer + "”":                   "1.Ab-_c",
		"\t'" + pasteBack + "/?" + answer + "'\n":               "1.Ab-_c",
		"":                                   "Nothing was pasted",
		" \n<>":                              "Nothing was pasted",
		"hello":                              "another address",
		"1.Ab-_c":                            "another address",
		pasteBack:                            "click into the address bar first",
		pasteBack + "/":                      "click into the address bar first",
		pasteBack + "/?":                     "click into the address bar first",
		"localhost:50000":                    "click into the address bar first",
		pasteBack + "/callback?" + answer:    "another address",
		"https://localhost:50000/?" + answer: "another address",
		"http://localhost/?" + answer:        "another address",
		"http://localhost:50001/?" + answer:  "an answer to another sign-in",
		"http://127.0.0.1:50000/?" + answer:  "another address",
		"http://localhost:50000@evil.example/?" + answer:                    "another address",
		"http://a@localhost:50000/?" + answer:                               "another address",
		"http://localhost.evil.example:50000/?" + answer:                    "another address",
		"javascript://localhost:50000/?" + answer:                           "another address",
		"https://login.example/t/oauth2/v2.0/authorize?" + answer:           "the address of the sign-in page",
		"https://login.microsoftonline.com/common/wrongplace?" + answer:     "another address",
		pasteBack + "/?code=1.Ab-_c&state=state":                            "an answer to another sign-in",
		pasteBack + "/?code=1.Ab-_c":                                        "an answer to another sign-in",
		pasteBack + "/?state=STATE":                                         "neither a code nor an error",
		pasteBack + "/?" + answer + "&state=STATE":                          "neither a code nor an error",
		pasteBack + "/?" + answer + "&code=x":                               "neither a code nor an error",
		pasteBack + "/?" + answer + "&error=access_denied":                  "neither a code nor an error",
		pasteBack + "/?" + answer + "&x=%zz":                                "damaged",
		pasteBack + "/?" + answer + "&x=" + strings.Repeat("y", 16<<10):     "longer than 16 KiB",
		pasteBack + "/?" + answer + "\n" + pasteBack + "/?" + answer:        "neither a code nor an error",
		pasteBack + "/?error=access_denied&error_subcode=cancel&state=STAT": "an answer to another sign-in",
	} {
		a, what := readOf(pasted)
		if what == "" && a.code != want || what != "" && (!strings.Contains(what, want) || a != authorization{}) {
			t.Errorf("%.80q: %v, %q", pasted, a, what)
		}
	}
	if a, what := readOf(pasteBack + "/?error=access_denied&error_subcode=cancel&state=STATE"); what != "" || a.error != "access_denied" || a.subcode != "cancel" {
		t.Errorf("a refusal: %v, %q", a, what)
	}
}

// FuzzReadPasted: whatever is pasted, the words say nothing of it, and an answer is one with the right state.
func FuzzReadPasted(f *testing.F) {
	f.Add(pasteBack + "/?code=x&state=STATE")
	f.Add("<localhost:50000/?error=access_denied&state=STATE>")
	f.Add("?code=\"x\"&state=STATE\r\n")
	f.Add("https://login.example/authorize?state=STATE")
	f.Fuzz(func(t *testing.T, pasted string) {
		a, what := readOf(pasted)
		if what == "" {
			_, other := readPasted(pasted, codeRequest{redirect: pasteBack, state: "another"}, "login.example")
			if (a.code == "") == (a.error == "") || other == "" {
				t.Fatalf("%q gave %v, and another sign-in took it, too", pasted, a)
			}
			return
		}
		known := []string{"Nothing was pasted", "That was longer than 16 KiB", "That was a damaged address", "That was no address", "That was the address of the sign-in page",
			"That was another address: the right one begins with http://localhost", "That address had no answer in it: click into the address bar first, then copy all of it",
			"That was an answer to another sign-in", "That was neither a code nor an error, or both"}
		for _, words := range known {
			if what == words && a == (authorization{}) {
				return
			}
		}
		t.Fatalf("%q: %v, %q", pasted, a, what)
	})
}
