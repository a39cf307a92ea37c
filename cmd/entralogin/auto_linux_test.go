package main

import (
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// refusesCodes has the tenant refuse device codes as Conditional Access does: when one is asked for ("request"), or when
// somebody has entered one ("token"). 0 ends that.
func (h *house) refusesCodes(at string, aadsts int) {
	h.t.Helper()
	h.sim.AutoApprove(entratest.Alice, 0)
	if err := h.sim.Block(entratest.Block{Way: entratest.ByDeviceCode, AADSTS: aadsts, At: at}); err != nil {
		h.t.Fatal(err)
	}
}

// ends runs a call to its end, and holds it to an exit code and to what it says: each text of says, and none of never.
func (h *house) ends(code int, says []string, never string, args ...string) string {
	h.t.Helper()
	r := h.call(args...)
	said := string(r.err.Bytes())
	if got := r.cmd.ProcessState.ExitCode(); got != code || (code == 0) != (len(r.out.Bytes()) > 0) {
		h.t.Errorf("%q: exit code %d:\n%s", args, got, said)
	}
	for _, text := range says {
		if !strings.Contains(said, text) {
			h.t.Errorf("%q: no %q in\n%s", args, text, said)
		}
	}
	if never != "" && strings.Contains(said, never) {
		h.t.Errorf("%q: %q in\n%s", args, never, said)
	}
	return said
}

// did holds the requests since the last look to how often device codes and pages of the browser were asked for.
func (h *house) did(when string, codes, pages int) {
	h.t.Helper()
	if c, p := h.sim.Requests("devicecode"), h.sim.Requests("authorize"); c != codes || (p > 0) != (pages > 0) {
		h.t.Errorf("%s: %d device codes, %d pages", when, c, p)
	}
	h.sim.ResetRequests()
}

// A tenant refuses device codes: the first call says so, and the next way in the same message; the second one asks for
// no device code at all. login and --login devicecode ask for one all the same, and one that is taken is the end of it.
func TestRefusedDeviceCodes(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"request", "token"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22")
			token := strings.Fields(aToken)
			h.refusesCodes(at, 53003)
			h.ends(5, []string{"AADSTS53003", "Your administrator's turn", "the next call signs in with the browser of another computer", "entralogin login --scope " + entratest.ServerID + "/.default --login browser\n"}, "", token...)
			h.did("first call", 1, 0)

			h.visits = entratest.Alice
			name, _ := os.Hostname()
			said := h.ends(0, []string{"refused device codes on ", "(AADSTS53003); signing in with the browser", "To ask for a device code all the same: entralogin login --scope", "http://localhost:"}, "enter the code", token...)
			if !regexp.MustCompile(`ssh -L (\d+):localhost:(\d+) ` + regexp.QuoteMeta(name) + "\n").MatchString(said) {
				t.Errorf("no port to forward: %s", said)
			}
			h.did("second call", 0, 1)

			h.ends(5, []string{"AADSTS53003", "may be the device code alone that is refused. To sign in with the browser"}, "", "entralogin", "get-token", "--server-id", entratest.ClientID2, "--login", "devicecode", "--account", entratest.Bob)
			h.did("a device code that somebody wants", 1, 0)
			h.refusesCodes(at, 0)
			h.ends(0, []string{"enter the code"}, "refused", "entralogin", "login")
			h.did("login", 1, 0)
			h.sim.AutoApprove(entratest.Bob, 0)
			h.ends(0, []string{"enter the code"}, "refused", append(token, "--account", entratest.Bob)...)
			h.did("after it", 1, 0)
		})
	}
}

// kubectl gets no further than a person: the refusal and the next way are on its standard error, and the answer of the
// next call is an ExecCredential.
func TestRefusedDeviceCodesForKubectl(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.refusesCodes("token", 53000)
	h.visits = entratest.Alice
	call := `KUBERNETES_EXEC_INFO='{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}' ` + aToken
	h.ends(5, []string{"AADSTS53000", "entralogin login --scope"}, "http://localhost", "sh", "-c", call+" || exit $?")
	h.ends(0, []string{"(AADSTS53000); signing in with the browser", "kubectl needs a sign-in", "ssh -L "}, "enter the code", "sh", "-c", call+" || exit $?")
	h.did("both calls", 1, 1)
}

// A tenant's own way in the config goes before what it is known to refuse, and a flag before both.
func TestTenantsOwnWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.visits = entratest.Alice
	if r := h.call("entralogin", "config", "set", "tenants."+strings.ToUpper(entratest.TenantContoso)+".login", "browser"); r.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("%s", r.err.Bytes())
	}
	h.ends(0, []string{"http://localhost:"}, "enter the code", strings.Fields(aToken)...)
	h.did("the tenant's way", 0, 1)
	h.sim.AutoApprove(entratest.Bob, 0)
	h.ends(0, []string{"enter the code"}, "http://localhost:", append(strings.Fields(aToken), "--account", entratest.Bob, "--login", "auto")...)
	h.did("the flag's way", 1, 0)
}

// Where no browser is here the prompt says how the one of another computer gets here: by the port that was chosen, or by
// one that may stand in the configuration of ssh. Where one is here nothing of that is said.
func TestForwardedPort(t *testing.T) {
	t.Parallel()
	taken := takePort(t)
	for name, test := range map[string]struct {
		env  []string
		code int
		want string
	}{
		"forwarded": {nil, 0, `: ssh -L (\d+):localhost:(\d+) `},
		"chosen":    {[]string{"ENTRALOGIN_REDIRECT_PORT=PORT"}, 0, `: ssh -L PORT:localhost:PORT .*\n.* http://localhost:PORT/`},
		"taken":     {[]string{"ENTRALOGIN_REDIRECT_PORT=" + taken}, 3, `the port ` + taken + ` .*\n.*: entralogin login .*--login browser --redirect-port \d+\n`},
		"here":      {[]string{"BROWSER=true"}, 0, `browser on this machine to open the page http://localhost:\d+/`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			free, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			free.Close()
			port := strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
			h := newHouse(t, strings.Split(strings.ReplaceAll(strings.Join(test.env, " "), "PORT=PORT", "PORT="+port), " ")...)
			h.visits = entratest.Alice
			said := h.ends(test.code, nil, map[bool]string{true: "ssh -L"}[name == "here"], append(strings.Fields(aToken), "--login", "browser")...)
			if !regexp.MustCompile(strings.ReplaceAll(test.want, "PORT", port)).MatchString(said) {
				t.Errorf("no %s in\n%s", test.want, said)
			}
		})
	}
}

// A person at the terminal is asked whether to go on with another way; Enter alone says yes. The refusal is told where
// it ends there, and the next call goes the other way all the same.
func TestGoOnAfterRefusal(t *testing.T) {
	t.Parallel()
	for typed, yes := range map[string]bool{"\n": true, "Y\n": true, "yes\n": true, "n\n": false, "\x04": false, "?\n": false} {
		t.Run(strconv.Quote(typed), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
			h.refusesCodes("token", 53003)
			p := h.onTerminal(80, 24, nil, "sh", "-c", aToken+" >out; echo ended $?")
			p.shows(`AADSTS53003: Conditional Access blocks this sign-in\. Go on with the browser of another computer, by way of ssh\? \[Y/n\] $`)
			h.did("before the answer", 1, 0)
			p.master.WriteString(typed)
			if yes {
				raw := p.shows(shownAddress.String())
				if _, err := h.sim.Visit(t.Context(), string(shownAddress.Find([]byte(raw))), entratest.Alice); err != nil {
					t.Error(err)
				}
			}
			raw := p.end()
			answered := strings.Contains(raw, "ended 0") && strings.HasPrefix(h.worked("out"), "{") && !strings.Contains(raw, "For support")
			refused := strings.Contains(raw, "ended 5") && strings.Contains(raw, "For support") && h.worked("out") == ""
			if yes && !answered || !yes && !refused {
				t.Errorf("on the terminal: %q", raw)
			}
		})
	}
}

// Enter, pressed while the code was waited for, does not answer the question that nobody had seen then.
func TestGoOnIgnoresEarlierKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	h.refusesCodes("token", 53003)
	p := h.onTerminal(80, 24, nil, "sh", "-c", "read typed; "+aToken+" >out; echo ended $?")
	p.master.WriteString("first\n\n") // a shell reads a line and leaves the second
	p.shows(`\[Y/n\] $`)
	p.master.WriteString("n\n")
	if raw := p.end(); !strings.Contains(raw, "ended 5") || shownAddress.MatchString(raw) {
		t.Errorf("on the terminal: %q", raw)
	}
}

// Ctrl-C ends the question as it ends any sign-in.
func TestGoOnInterrupted(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	h.refusesCodes("request", 53003)
	p := h.onTerminal(80, 24, nil, "sh", "-c", "exec "+aToken+" >out")
	p.shows(`\[Y/n\] $`)
	p.master.WriteString("\x03")
	if raw := p.end(); p.cmd.ProcessState.ExitCode() != 130 || h.worked("out") != "" {
		t.Errorf("exit code %d: %q", p.cmd.ProcessState.ExitCode(), raw)
	}
}

// Nobody is asked whose standard input is none to type on, or who has no terminal for himself.
func TestGoOnIsNotAsked(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{"no input": aToken + " </dev/null", "captured": aToken + " 2>err", "background": "set -m; " + aToken + " & wait $!"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
			h.refusesCodes("token", 53003)
			p := h.onTerminal(80, 24, nil, "sh", "-c", command+" >out; echo ended $?")
			if raw := p.end(); !strings.Contains(raw, "ended 5") || strings.Contains(raw, "[Y/n]") {
				t.Errorf("on the terminal: %q", raw)
			}
		})
	}
}

// Of 50 processes one asks for a device code. All end with the refusal in words, and no browser opens; after that there
// is one address for all, and 50 answers.
func TestRefusedDeviceCodeStorm(t *testing.T) {
	t.Parallel()
	const n = 50
	h := newHouse(t)
	h.refusesCodes("token", 53003)
	h.sim.AutoApprove("", 0)
	all := func(each func(r *run)) {
		var wg sync.WaitGroup
		for range n {
			wg.Go(func() { each(h.start(strings.Fields(aToken)...)) })
		}
		wg.Wait()
	}
	var prompts sync.WaitGroup
	prompts.Add(n)
	go func() {
		prompts.Wait()
		if err := h.sim.Approve("", entratest.Alice); err != nil { // the refusal is the next poll's
			t.Error(err)
		}
	}()
	all(func(r *run) {
		r.prompted(t)
		prompts.Done()
		r.cmd.Wait()
		if said := string(r.err.Bytes()); r.cmd.ProcessState.ExitCode() != 5 || !strings.Contains(said, "AADSTS53003") || !strings.Contains(said, "the next call signs in with the browser") || strings.Contains(said, "http://localhost") {
			t.Errorf("exit code %d: %s", r.cmd.ProcessState.ExitCode(), said)
		}
	})
	h.did("first round", 1, 0)

	addresses := map[string]bool{}
	var mu sync.Mutex
	h.visits = entratest.Alice
	all(func(r *run) {
		r.cmd.Wait()
		mu.Lock()
		defer mu.Unlock()
		for _, address := range shownAddress.FindAllString(string(r.err.Bytes()), -1) {
			addresses[address] = true
		}
		if r.cmd.ProcessState.ExitCode() != 0 || len(r.out.Bytes()) == 0 {
			t.Errorf("exit code %d: %s", r.cmd.ProcessState.ExitCode(), r.err.Bytes())
		}
	})
	if len(addresses) != 1 {
		t.Errorf("%d addresses", len(addresses))
	}
	h.did("second round", 0, 1)
}
