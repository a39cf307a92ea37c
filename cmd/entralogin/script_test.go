package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestMain lets the scripts run the real command line: the test binary is "entralogin" to them.
func TestMain(m *testing.M) {
	testscript.Main(patient{m}, map[string]func(){"entralogin": main, "git-credential-entralogin": main, "docker-credential-entralogin": main, "kubectl-entralogin": main, "kubectl_complete-entralogin": main,
		"az": main, "azd": main, "keyring": main, "peakrss": peakRSS, "client": client, "restclient": restClient, "browse": browse, "init": firstProcess, "idle": firstProcess})
}

// patient runs many tests at a time: most of them wait, for a person or a service.
type patient struct{ *testing.M }

func (p patient) Run() int {
	entratest.Patient(24)
	return p.M.Run()
}

// TestScripts runs testdata/script, each file against a simulator and a home of its own. The words that
// scripts have besides those of testscript are the methods of script below.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		Setup:               setupScript,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition: func(name string) (bool, error) {
			if name == "keyctl" { // the kernel gives out keys
				return kernelHasKeys(), nil
			}
			return false, fmt.Errorf("there is no condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sim":       cmdSim,
			"requests":  cmdRequests,
			"exits":     cmdExits,
			"refuses":   cmdRefuses,
			"age":       cmdAge,
			"size":      cmdSize,
			"storm":     cmdStorm,
			"gale":      cmdGale,
			"oneof":     cmdOneOf,
			"codes":     cmdCodes,
			"peak":      cmdPeak,
			"signalled": cmdSignalled,
			"orphaned":  cmdOrphaned,
			"expand":    cmdExpand,
			"secrets":   cmdSecrets,
			"tokenof":   cmdTokenOf,
			"sametime":  cmdSameTime,
			"cloud":     cmdCloud,
			"whose":     cmdWhose,
			"nothingof": cmdNothing,
			"forgetkey": func(ts *testscript.TestScript, _ bool, _ []string) { forgetKey(ts) },
			"eventually": func(ts *testscript.TestScript, _ bool, args []string) {
				eventually(ts, args[0], strings.Join(args[1:], " "))
			},
		},
	})
}

type (
	simKey  struct{}
	seenKey struct{}
)

// setupScript gives a script a simulator, in whose favour the config file speaks, and a home without
// anything else in it.
func setupScript(env *testscript.Env) error {
	sim := entratest.NewServer(entratest.WithProxy())
	env.Defer(sim.Close)
	env.Values[simKey{}] = sim
	env.Values[seenKey{}] = map[string]bool{}
	env.Values[cloudKey{}] = new(clouds)
	sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	home := filepath.Join(env.WorkDir, "home")
	config := filepath.Join(home, ".config", "entralogin")
	if err := os.MkdirAll(config, 0o700); err != nil {
		return err
	}
	ca := filepath.Join(config, "ca.pem")
	text := fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: ca.pem\n    graph: %s\nauthority-host: %s\ntenant-id: %s\nclient-id: %s\n",
		sim.Host, sim.URL, sim.URL, entratest.TenantContoso, entratest.ClientID)
	if err := errors.Join(os.WriteFile(ca, sim.CertPEM(), 0o600), os.WriteFile(filepath.Join(config, "config.yaml"), []byte(text), 0o600)); err != nil {
		return err
	}
	for _, setting := range nobodysCAs() {
		name, value, _ := strings.Cut(setting, "=")
		env.Setenv(name, value)
	}
	for name, value := range map[string]string{
		"HOME": home, "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": "", "CI": "", "COLUMNS": "1000", "ENTRALOGIN_RENEW_AHEAD": "false", "GIT_TERMINAL_PROMPT": "", "GCM_INTERACTIVE": "",
		"CACHE": filepath.Join(home, ".cache", "entralogin"), "CONFIG": filepath.Join(config, "config.yaml"),
		"URL": sim.URL, "HOST": sim.Host, "PROXY": sim.ProxyURL, "TENANT": entratest.TenantContoso, "OTHER_TENANT": entratest.TenantFabrikam,
		"CLIENT": entratest.ClientID, "OTHER_CLIENT": entratest.ClientID2, "SERVER": entratest.ServerID, "DAEMON": entratest.DaemonID, "SUBSCRIPTION": entratest.SubscriptionID("Contoso Production"), "CA_FILE": ca,
	} {
		env.Setenv(name, value)
	}
	return nil
}

// nobodysCAs are the variables with which a program trusts a CA that vouches for nobody, in place of the
// machine's: to read those takes longer than all the rest of a renewal.
var nobodysCAs = sync.OnceValue(func() []string {
	nobody := entratest.NewServer()
	defer nobody.Close()
	self, err := exec.LookPath("entralogin")
	if err != nil {
		panic(err)
	}
	folder := filepath.Join(filepath.Dir(self), "nobody") // TestMain removes it with the commands
	file := filepath.Join(folder, "ca.pem")
	if err := errors.Join(os.Mkdir(folder, 0o755), os.WriteFile(file, nobody.CertPEM(), 0o644)); err != nil {
		panic(err)
	}
	return []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + folder}
})

func simOf(ts *testscript.TestScript) *entratest.Server {
	return ts.Value(simKey{}).(*entratest.Server)
}

// cmdSim tells the simulator, or the person in front of it, what to do.
//
//	sim auto USER [AFTER] | sim auto-decline | sim approve [USER] | sim decline | sim code
//	sim set NAME=VALUE... | sim fault ENDPOINT NAME=VALUE... | sim clear | sim reset
//	sim revoke USER | sim claims JSON
//	sim subscriptions    of Azure, one of them SUBSCRIPTION
//	sim block TENANT     which wants a second factor from now on
//	sim secret FILE [LIFE] | sim certificate FILE [LIFE] | sim assertion FILE [LIFE]    of the application $DAEMON
func cmdSim(ts *testscript.TestScript, neg bool, args []string) {
	sim := simOf(ts)
	arg := func(i int, otherwise string) string {
		if len(args) > i {
			return args[i]
		}
		return otherwise
	}
	switch arg(0, "") {
	case "auto":
		after, err := time.ParseDuration(arg(2, "0s"))
		ts.Check(err)
		sim.AutoApprove(arg(1, entratest.Alice), after)
	case "auto-decline":
		sim.AutoDecline(0)
	case "browser":
		l, err := visitPages(sim, arg(1, "alice"))
		ts.Check(err)
		ts.Defer(func() { l.Close() })
		ts.Setenv(pagesAt, l.Addr().String())
	case "approve", "decline":
		code := newCode(ts)
		if args[0] == "decline" {
			ts.Check(sim.Decline(code))
			return
		}
		ts.Check(sim.Approve(code, arg(1, entratest.Alice)))
	case "code":
		newCode(ts)
	case "set":
		ts.Check(set(sim, args[1:]))
	case "fault":
		f, err := parseFault(args[2:])
		ts.Check(err)
		sim.Fault(args[1], f)
	case "clear":
		sim.ClearFaults()
	case "reset":
		sim.ResetRequests()
	case "revoke":
		sim.RevokeSessions(arg(1, entratest.Alice))
	case "claims":
		sim.RequireClaims(args[1])
	case "secret", "certificate":
		life, err := time.ParseDuration(arg(2, "8760h"))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), credentialOf(sim, args[0], life), 0o600))
	case "assertion":
		life, err := time.ParseDuration(arg(2, "10m"))
		ts.Check(err)
		issuer := entratest.NewFederatedIssuer(sim, "")
		sim.Applications.Get(entratest.DaemonID).AddFederated(entratest.FederatedCredential{Issuer: issuer.URL, Subject: "job"})
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(issuer.Sign(entratest.Assertion{Subject: "job", Life: life})+"\n"), 0o600))
	case "block":
		ts.Check(sim.Block(entratest.Block{Tenant: args[1], Way: entratest.ByRefresh, AADSTS: 50076}))
	case "subscriptions":
		sim.AddSubscriptions(entratest.Subscriptions()...)
	case "close":
		sim.Close()
	default:
		ts.Fatalf("sim %v: no such thing", args)
	}
}

// credentialOf is what the application $DAEMON signs in with from now on, too.
func credentialOf(sim *entratest.Server, kind string, life time.Duration) []byte {
	daemon := sim.Applications.Get(entratest.DaemonID)
	daemon.Assign("https://graph.microsoft.com", "User.Read.All")
	if kind == "secret" {
		return []byte(daemon.AddSecret(life) + "\n")
	}
	c := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "daemon", Life: life})
	daemon.AddCertificate(c)
	return c.PEM()
}

// newCode waits for a code that no earlier line of the script has seen.
func newCode(ts *testscript.TestScript) string {
	seen := ts.Value(seenKey{}).(map[string]bool)
	var found string
	if !until(func() bool {
		for _, code := range simOf(ts).PendingCodes() {
			if !seen[code] && found == "" {
				found = code
			}
		}
		return found != ""
	}) {
		ts.Fatalf("nobody was asked")
	}
	seen[found] = true
	return found
}

func set(sim *entratest.Server, args []string) error {
	var failed error
	sim.Set(func(o *entratest.Settings) {
		durations := map[string]*time.Duration{"interval": &o.Interval, "code-life": &o.CodeLife, "token-life": &o.TokenLife,
			"id-token-life": &o.IDTokenLife, "skew": &o.Skew}
		switches := map[string]*bool{"enforce-interval": &o.EnforceInterval, "rotate-strict": &o.RotateStrict,
			"omit-refresh-token": &o.OmitRefreshToken, "omit-id-token": &o.OmitIDToken, "single-page": &o.SinglePage, "claims-need-person": &o.ClaimsNeedPerson}
		for _, arg := range args {
			name, value, _ := strings.Cut(arg, "=")
			var err error
			switch {
			case name == "arc":
				o.Arc = value
			case durations[name] != nil:
				*durations[name], err = time.ParseDuration(value)
			case switches[name] != nil:
				*switches[name] = value != "false"
			default:
				err = fmt.Errorf("the simulator has no setting %q", name)
			}
			failed = errors.Join(failed, err)
		}
	})
	return failed
}

func parseFault(args []string) (entratest.Fault, error) {
	var f entratest.Fault
	var failed error
	number := func(value string) int {
		n, err := strconv.Atoi(value)
		failed = errors.Join(failed, err)
		return n
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "times":
			f.Times = number(value)
		case "skip":
			f.Skip = number(value)
		case "grant":
			f.Grant = value
		case "status":
			f.Status = number(value)
		case "retry-after":
			f.RetryAfter = value
		case "body":
			f.Body = value
		case "redirect":
			f.Redirect = value
		case "stream":
			f.Stream = int64(number(value))
		case "gzip":
			f.Gzip = true
		case "drop":
			f.Drop = true
		case "drop-after-grant":
			f.DropAfterGrant = true
		case "truncate":
			f.Truncate = true
		case "delay":
			d, err := time.ParseDuration(value)
			f.Delay, failed = d, errors.Join(failed, err)
		case "error", "aadsts", "description", "suberror", "claims":
			if f.Error == nil {
				f.Error = &entratest.OAuthError{Error: "invalid_grant"}
			}
			switch name {
			case "error":
				f.Error.Error = value
			case "aadsts":
				f.Error.AADSTS = number(value)
			case "description":
				f.Error.Description = value
			case "suberror":
				f.Error.Suberror = value
			case "claims":
				f.Error.Claims = value
			}
		case "json": // json={"interval":0}: fields that replace those of the true answer; null takes one out
			var fields map[string]any
			failed = errors.Join(failed, json.Unmarshal([]byte(value), &fields))
			f.Rewrite = func(answer map[string]any) {
				for k, v := range fields {
					if answer[k] = v; v == nil {
						delete(answer, k)
					}
				}
			}
		default:
			failed = errors.Join(failed, fmt.Errorf("a fault has no %q", name))
		}
	}
	return f, failed
}

// cmdRequests checks how many requests an endpoint got: "requests N", "requests token N".
func cmdRequests(ts *testscript.TestScript, neg bool, args []string) {
	endpoint := "*"
	if len(args) == 2 {
		endpoint = args[0]
	}
	want, err := strconv.Atoi(args[len(args)-1])
	ts.Check(err)
	if got := simOf(ts).Requests(endpoint); got != want {
		ts.Fatalf("%d requests of %q, not %d:\n%v", got, endpoint, want, simOf(ts).RequestLog())
	}
}

// cmdExits runs a program and checks its exit code, and that it does not wait:
// "exits 4 entralogin get-token", "exits -within=1m 4 entralogin get-token".
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	var within time.Duration
	if limit, ok := strings.CutPrefix(args[0], "-within="); ok {
		var err error
		within, err = time.ParseDuration(limit)
		ts.Check(err)
		args = args[1:]
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	start := time.Now()
	err = execProgram(ts, args[1:])
	took := time.Since(start)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	ts.Logf("%s", ts.ReadFile("stderr"))
	if code != want {
		ts.Fatalf("exit code %d, not %d", code, want)
	}
	if within > 0 && took > within {
		ts.Fatalf("took %v, more than %v", took, within)
	}
	if stdout := ts.ReadFile("stdout"); want != 0 && stdout != "" && !neg {
		ts.Fatalf("a failure wrote to standard output: %q", stdout)
	}
	checkStderr(ts)
}

// execProgram runs a program. Where $KUBERNETES_EXEC_INFO is set it has the caller that it has in life, which was
// started in the person's environment: the program "client".
func execProgram(ts *testscript.TestScript, args []string) error {
	const variable = "KUBERNETES_EXEC_INFO"
	info := ts.Getenv(variable)
	if info == "" {
		return ts.Exec(args[0], args[1:]...)
	}
	if args[0] != "client" {
		args = append([]string{"client"}, args...)
	}
	ts.Setenv(variable, "")
	ts.Setenv("EXEC_INFO", info)
	defer ts.Setenv(variable, info)
	return ts.Exec(args[0], args[1:]...)
}

// client is the program "client", which runs a plugin as client-go does: with the variables that stand in front of
// the plugin's name, as env: of a kubeconfig has them. With "-itself" it sets them in itself before.
//
//	client SSL_CERT_FILE=/x entralogin get-token | client -itself SSL_CERT_FILE=/x entralogin get-token
func client() {
	args, itself := os.Args[1:], false
	if args[0] == "-itself" {
		args, itself = args[1:], true
	}
	var env []string
	for ; strings.Contains(args[0], "="); args = args[1:] {
		if name, value, _ := strings.Cut(args[0], "="); itself {
			os.Setenv(name, value)
		} else {
			env = append(env, args[0])
		}
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(append(os.Environ(), env...), "KUBERNETES_EXEC_INFO="+os.Getenv("EXEC_INFO"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		panic(err)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// restClient is the program "restclient", which asks the API server of a kubeconfig for its version and prints the answer.
func restClient() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		panic(err)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		panic(err)
	}
	answer, err := client.Get(config.Host + "/version")
	if err == nil {
		_, err = io.Copy(os.Stdout, answer.Body)
	}
	if err != nil {
		panic(err)
	}
}

// cmdRefuses is "exits" for git's helper, which tells git to stop and prints nothing else.
func cmdRefuses(ts *testscript.TestScript, _ bool, args []string) {
	const stop = "quit=1\n\n"
	cmdExits(ts, true, args)
	if stdout := ts.ReadFile("stdout"); stdout != stop {
		ts.Fatalf("standard output is %q, not %q", stdout, stop)
	}
}

// checkStderr holds the manners of standard error: a prefix on each line, and no control characters.
func checkStderr(ts *testscript.TestScript) {
	for line := range strings.Lines(ts.ReadFile("stderr")) {
		if !strings.HasPrefix(line, term.Prefix) {
			ts.Fatalf("a line on standard error without its prefix: %q", line)
		}
		if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 }) {
			ts.Fatalf("a control character on standard error: %q", line)
		}
	}
	for _, secret := range simOf(ts).Secrets() {
		if strings.Contains(ts.ReadFile("stderr"), secret) {
			ts.Fatalf("a secret on standard error")
		}
	}
}

// cmdAge makes the stored tokens older: "age 56m".
func cmdAge(ts *testscript.TestScript, neg bool, args []string) {
	by, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Check(entratest.AgeTokens(ts.Getenv("CACHE"), by))
}

// cmdSize checks how many files match a pattern: "size 1 $CACHE/tokens/*".
func cmdSize(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	files, err := filepath.Glob(args[1])
	ts.Check(err)
	if len(files) != want {
		ts.Fatalf("%d files, not %d: %v", len(files), want, files)
	}
}

// eventually waits until a file holds a text: what a program in the background has written so far.
func eventually(ts *testscript.TestScript, file, text string) {
	var blob []byte
	if !until(func() bool {
		blob, _ = os.ReadFile(ts.MkAbs(file))
		return strings.Contains(string(blob), text)
	}) {
		ts.Fatalf("%s does not hold %q: %q", file, text, blob)
	}
}

// command makes a program ready to run as a script's exec would.
func command(ts *testscript.TestScript, args []string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(binFolder(ts), args[0]), args[1:]...)
	cmd.Env, cmd.Dir = scriptEnv(ts), ts.MkAbs(".")
	return cmd
}

// patience is how long a test waits for what takes a fraction of a second. The other outcome would take
// the 15 minutes of a code, so that a busy machine fails no test.
const patience = 2 * time.Minute

// until waits for something, and reports whether it came.
func until(there func() bool) bool {
	for deadline := time.Now().Add(patience); !there(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// cmdSignalled sends a signal to a program that asks, and checks how it ends: "signalled TERM 143 PROGRAM".
func cmdSignalled(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	cmd := command(ts, args[2:])
	ts.Check(cmd.Start())
	newCode(ts)
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "INT": syscall.SIGINT}
	sent := time.Now()
	ts.Check(cmd.Process.Signal(signals[args[0]]))
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != want || time.Since(sent) > patience {
		ts.Fatalf("exit code %d after %v, not %d", code, time.Since(sent), want)
	}
	ts.Logf("ended after %v", time.Since(sent))
}

// cmdOrphaned kills the shell that runs a program which asks, and checks that the program ends, too: its
// end of a pipe is closed then.
func cmdOrphaned(ts *testscript.TestScript, neg bool, args []string) {
	read, write, err := os.Pipe()
	ts.Check(err)
	defer read.Close()
	shell := exec.Command("sh", "-c", filepath.Join(binFolder(ts), args[0])+" "+strings.Join(args[1:], " ")+"; true")
	shell.Env, shell.Dir, shell.Stdout = scriptEnv(ts), ts.MkAbs("."), write
	ts.Check(shell.Start())
	ts.Check(write.Close())
	newCode(ts)
	ts.Check(shell.Process.Kill())
	shell.Wait()
	ended := make(chan struct{})
	go func() { io.Copy(io.Discard, read); close(ended) }()
	select {
	case <-ended:
	case <-time.After(patience):
		ts.Fatalf("the program outlived its caller by %v", patience)
	}
}

// binFolder is where testscript keeps the commands of TestMain.
func binFolder(ts *testscript.TestScript) string {
	return strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator))[0]
}

func scriptEnv(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{"HOME", "PATH", "CI", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// cmdPeak checks the peak memory of a program, in MiB, and its exit code: "peak 64 7 PROGRAM". A small
// process runs the program: on Linux the peak of a process begins with that of its parent, and this one
// may have a dozen simulators in it.
func cmdPeak(ts *testscript.TestScript, neg bool, args []string) {
	most, err := strconv.Atoi(args[0])
	ts.Check(err)
	out, err := command(ts, append([]string{"peakrss"}, args[2:]...)).Output()
	ts.Check(err)
	var code, peak int
	_, err = fmt.Sscan(string(out), &code, &peak)
	ts.Check(err)
	ts.Logf("%d MiB", peak)
	if underRace {
		most *= 4 // the detector's shadow memory
	}
	if fmt.Sprint(code) != args[1] || peak > most {
		ts.Fatalf("exit code %d with %d MiB, not %s with at most %d", code, peak, args[1], most)
	}
}

// peakRSS is the program "peakrss": it runs its arguments and prints the exit code and the peak in MiB.
func peakRSS() {
	cmd := exec.Command(filepath.Join(filepath.Dir(os.Args[0]), os.Args[1]), os.Args[2:]...)
	cmd.Run()
	fmt.Println(cmd.ProcessState.ExitCode(), peakMiB(cmd.ProcessState))
}

// cmdExpand writes a file with its variables expanded: "expand SOURCE [TARGET]".
func cmdExpand(ts *testscript.TestScript, neg bool, args []string) {
	target := ts.MkAbs(args[len(args)-1])
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(target, []byte(text), 0o600))
}

// cmdSecrets checks how many files of the cache hold a secret that the simulator issued.
func cmdSecrets(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var found []string
	ts.Check(filepath.WalkDir(ts.Getenv("CACHE"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		blob, err := os.ReadFile(path)
		for _, secret := range simOf(ts).Secrets() {
			if strings.Contains(string(blob), secret) {
				found = append(found, path)
				break
			}
		}
		return err
	}))
	if len(found) != want {
		ts.Fatalf("secrets in %d files, not %d: %v", len(found), want, found)
	}
}
