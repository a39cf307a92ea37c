package gitcheck

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// lookup makes an environment of NAME=VALUE.
func lookup(variables []string) Environment {
	return func(name string) (string, bool) {
		for _, v := range variables {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// listeners are proxies, or a host, of which each says that somebody came, and hangs up.
type listeners struct {
	names map[string]string // of the proxies, by address
	came  chan string       // "" for the host
}

// listen starts one, which is a proxy if it has a name.
func (l *listeners) listen(t *testing.T, name string) (address string) {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	go func() {
		for {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			first := make([]byte, len("CONNECT git.test.localhost:"))
			io.ReadFull(conn, first)
			if asked := string(first) == "CONNECT git.test.localhost:"; asked == (name != "") {
				l.came <- name
			} else {
				l.came <- fmt.Sprintf("%s, which gets %q", name, first)
			}
			conn.Close()
		}
	}()
	if name != "" {
		l.names["http://"+socket.Addr().String()] = name
	}
	return socket.Addr().String()
}

// matched is what git itself says of a variable NAME=VALUE for the host.
func matched(t *testing.T, host, config string) map[string]string {
	cmd := gitCommand(t, config, nil, "config", "--null", "--get-urlmatch", "http", "https://"+host+"/r")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) { // 1: there is none
		t.Fatal(err)
	}
	return ParseMatched(strings.Split(string(out), "\x00"))
}

// gitCommand is git with one variable and an environment of its own.
func gitCommand(t *testing.T, config string, env []string, args ...string) *exec.Cmd {
	if config != "" {
		args = append([]string{"-c", config}, args...)
	}
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_CEILING_DIRECTORIES=/"}, env...)
	return cmd
}

// GitWay says of each case what git itself does: which of three proxies it goes to, or past them. curl takes all names
// below localhost for this machine, and git knows nothing of that when it chooses the way.
// https://www.rfc-editor.org/rfc/rfc6761#section-6.3
func TestGitGoesThatWay(t *testing.T) {
	l := &listeners{map[string]string{}, make(chan string, 10)}
	proxy := map[string]string{}
	for _, name := range []string{"A", "B", "C"} {
		proxy[name] = l.listen(t, name)
	}
	_, port, _ := net.SplitHostPort(l.listen(t, ""))
	host := "git.test.localhost:" + port
	at := strings.NewReplacer("A!", "http://"+proxy["A"], "B!", "http://"+proxy["B"], "C!", "http://"+proxy["C"], "bare!", proxy["A"])
	for _, test := range []struct{ env, config, want string }{
		{"", "", ""},
		{"HTTPS_PROXY=A!", "", "A"},
		{"HTTPS_PROXY=bare!", "", "A"},
		{"HTTPS_PROXY=A! https_proxy=B!", "", "B"},
		{"HTTPS_PROXY=A! https_proxy=", "", ""},
		{"HTTPS_PROXY= https_proxy=B!", "", "B"},
		{"HTTP_PROXY=A! http_proxy=B!", "", ""},
		{"ALL_PROXY=A!", "", "A"},
		{"ALL_PROXY=A! all_proxy=B!", "", "B"},
		{"ALL_PROXY=A! all_proxy=B! HTTPS_PROXY=C!", "", "C"},
		{"ALL_PROXY=A! https_proxy=", "", ""},
		{"HTTPS_PROXY=A! https_proxy=B!", "http.proxy=C!", "C"},
		{"https_proxy=B!", "http.proxy=", ""},
		{"https_proxy=B!", "http.https://" + host + ".proxy=C!", "C"},
		{"https_proxy=B!", "http.https://other.localhost.proxy=C!", "B"},
		{"https_proxy=A! NO_PROXY=*", "", ""},
		{"https_proxy=A! NO_PROXY=*,x", "", "A"},
		{"https_proxy=A! NO_PROXY=*.test.localhost", "", "A"},
		{"https_proxy=A! NO_PROXY=.test.localhost", "", ""},
		{"https_proxy=A! NO_PROXY=test.localhost.", "", ""},
		{"https_proxy=A! NO_PROXY=est.localhost", "", "A"},
		{"https_proxy=A! NO_PROXY=.git.test.localhost", "", ""},
		{"https_proxy=A! NO_PROXY=" + host, "", "A"},
		{"https_proxy=A! NO_PROXY=x,GIT.test.localhost,y", "", ""},
		{"https_proxy=A! NO_PROXY=git.test.localhost no_proxy=x", "", "A"},
		{"https_proxy=A! NO_PROXY=git.test.localhost no_proxy=", "", "A"},
		{"https_proxy=A! no_proxy=git.test.localhost", "", ""},
		{"no_proxy=git.test.localhost", "http.proxy=A!", ""},
	} {
		env, config := strings.Fields(at.Replace(test.env)), at.Replace(test.config)
		way := GitWay(host, matched(t, host, config), lookup(env))
		if said := l.names[way.Proxy]; said != test.want || way.Proxy != "" && said == "" {
			t.Errorf("%s, %s: it is said to go %s, not to %q", test.env, test.config, way, test.want)
		}
		said, err := gitCommand(t, config, env, "ls-remote", "https://"+host+"/r").CombinedOutput()
		if err == nil {
			t.Fatal("git gets an answer of nobody")
		}
		select {
		case went := <-l.came:
			if went != test.want {
				t.Errorf("%s, %s: git goes to %q, not to %q", test.env, test.config, went, test.want)
			}
		default:
			t.Errorf("%s, %s: git goes nowhere: %s", test.env, test.config, said)
		}
	}
}

// Lists of all kinds, as curl reads them.
func TestExempts(t *testing.T) {
	for _, test := range []struct {
		list, host  string
		past, inAll bool
	}{
		{"", "a.example", false, true},
		{" * ", "a.example", false, true},
		{"x, a.example ,y", "A.example.", true, true},
		{"x a.example", "a.example", true, false},
		{"a.example x", "a.example", true, true},
		{"x y,a.example", "a.example", true, false},
		{",,.", "a.example", false, true},
		{"..example", "a.example", false, true},
		{"10.0.0.0/8", "10.1.2.3", true, true},
		{"10.0.0.0/8", "11.1.2.3", false, true},
		{"10.1.2.3", "10.1.2.3", true, true},
		{".2.3", "10.1.2.3", false, true},
		{"2001:db8::/32", "2001:db8::1", true, true},
		{"[2001:db8::1]", "2001:db8::1", true, true},
		{"10.0.0.0/8", "10.example", false, true},
	} {
		past, inAll := exempts(test.list, test.host)
		if past != test.past || past && inAll != test.inAll {
			t.Errorf("%q, %s: %v, %v", test.list, test.host, past, inAll)
		}
	}
}

// What is said of two ways: which, why, and no password. Ways that lead the same way are none of it.
func TestCheckWays(t *testing.T) {
	const gits, ours = "http://alice:hunter2@Proxy.example:3128/", "http://proxy.example:3128"
	for name, test := range map[string]struct {
		env  string
		git  map[string]string
		own  string // proxy that https.ProxyFor names, "" for none
		err  error
		what string // "" where nothing is to be said
	}{
		"nothing":        {"", nil, "", nil, ""},
		"alike":          {"HTTPS_PROXY=" + ours, nil, ours, nil, ""},
		"alike, twice":   {"HTTPS_PROXY=" + ours + " https_proxy=Proxy.example:3128", nil, ours, nil, ""},
		"only git's":     {"", map[string]string{"http.proxy": gits}, "", nil, "git goes to dev.azure.com through the proxy http://proxy.example:3128 (http.proxy, with a user name or password that is not shown), and entralogin without a proxy (HTTPS_PROXY is not set)"},
		"of the remote":  {"HTTPS_PROXY=" + ours, map[string]string{"remote.proxy": ""}, ours, nil, "git goes to dev.azure.com without a proxy (remote.NAME.proxy is empty), and entralogin through the proxy http://proxy.example:3128 (HTTPS_PROXY)"},
		"one empty":      {"HTTPS_PROXY=" + ours + " https_proxy=", nil, ours, nil, "without a proxy (https_proxy is empty), and entralogin through"},
		"ALL_PROXY":      {"ALL_PROXY=socks5h://proxy.example", nil, "", nil, "through the proxy socks5://proxy.example:1080 (ALL_PROXY), and entralogin without"},
		"a wildcard":     {"https_proxy=" + ours + " NO_PROXY=*.azure.com", nil, "", nil, "(https_proxy), and entralogin without a proxy (NO_PROXY, or it is this machine)"},
		"a space":        {"https_proxy=" + ours + " NO_PROXY=x+dev.azure.com", nil, ours, nil, "without a proxy (NO_PROXY, where git's curl is older than 8.9"},
		"no port":        {"HTTPS_PROXY=http://proxy.example", nil, "http://proxy.example", nil, "http://proxy.example:1080 (HTTPS_PROXY), and entralogin through the proxy http://proxy.example:80 (HTTPS_PROXY)"},
		"no port, https": {"HTTPS_PROXY=https://proxy.example", nil, "https://proxy.example", nil, ""},
		"only one login": {"HTTPS_PROXY=" + ours + " https_proxy=" + gits, nil, ours, nil, "(https_proxy, with a user name or password that is not shown), and"},
		"none is one":    {"HTTPS_PROXY=http://a:hunter2@proxy:x", nil, "", errors.New("hunter2"), ""},
		"one is none":    {"HTTPS_PROXY=ftp://hunter2@proxy https_proxy=" + ours, nil, "", errors.New("hunter2"), "and entralogin nowhere (HTTPS_PROXY is no address of a proxy)"},
	} {
		t.Run(name, func(t *testing.T) {
			variables := strings.Split(test.env, " ")
			for i, v := range variables {
				variables[i] = strings.ReplaceAll(v, "+", " ")
			}
			env := lookup(variables)
			var proxy *url.URL
			if test.own != "" {
				proxy, _ = url.Parse(test.own)
			}
			found := CheckWays("dev.azure.com", GitWay("dev.azure.com", test.git, env), OwnWay(proxy, test.err, env))
			if test.what == "" {
				all(t, found)
				return
			}
			all(t, found, want{"warning", test.what, "help network"})
			if strings.Contains(found[0].What+found[0].Remedy, "hunter2") {
				t.Errorf("a secret in %+v", found)
			}
		})
	}
}
