package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// SignIn says how a person signs in. What is foreign, the arguments of a kubeconfig and a cluster's configuration, may say
// the method: whether a person is asked at all it does not decide. It says no Browser, which is a program that is run.
type SignIn struct {
	Method  string // Auto, or one of Methods or MachineLogins
	Named   bool   // somebody chose the method, as opposed to the default
	Port    int    // where a browser brings its answer; 0: any
	Browser Value  // the command that opens a page; "": the machine's own
	NoOpen  bool   // none is opened: its address is shown alone
}

// Auto has the method chosen by what the tenant is known to take.
const Auto = "auto"

// Methods are the ways to sign in that a person may choose, besides Auto.
func Methods() []string { return []string{"devicecode", "browser", "broker"} }

// MethodOf is the method that a word of the setting means, which may be kubelogin's:
// https://azure.github.io/kubelogin/concepts/login-modes.html
func MethodOf(word string) string {
	if word = strings.ToLower(word); word == "interactive" {
		return "browser"
	}
	return word
}

// noPassword refuses the way to sign in that kubelogin calls ropc.
func noPassword(value, origin string) error {
	err := Bad(Login, value, origin, "stands for a name and a password: entralogin signs in nobody with a password, which the service refuses for accounts with a second factor, "+
		"and Microsoft advises against it").(*Error)
	err.Hint = fmt.Sprintf("A person signs in with --login %s, a machine with --login %s, %s or %s: entralogin help machines", Auto, ServicePrincipal, ManagedIdentity, Federated)
	return err
}

// signIn settles how a person signs in. Errors: *Error.
func (s Settings) signIn() (SignIn, error) {
	var in SignIn
	value, origin, _ := s.login()
	if in.Method = MethodOf(value); value == "" {
		in.Method = Auto
	}
	in.Named = in.Method != Auto
	known := slices.Concat([]string{Auto}, Methods(), MachineLogins())
	switch {
	case in.Method == "ropc":
		return in, noPassword(value, origin)
	case !slices.Contains(known, in.Method):
		return in, Bad(Login, value, origin, "is none of %s (entralogin help signin, entralogin help machines)", strings.Join(known, ", "))
	}
	if value, origin = s.Get(RedirectPort); value != "" {
		port, err := strconv.ParseUint(value, 10, 16)
		if err != nil || port == 0 {
			return in, Bad(RedirectPort, value, origin, "is no port: a number from 1 to 65535")
		}
		if in.Port = int(port); browsersAvoid(in.Port) {
			return in, Bad(RedirectPort, value, origin, "is a port that no browser goes to: it is another service's. 8400 is a good one")
		}
	}
	if value, origin = s.Get(Browser); value != text.Clean(value) {
		return in, Bad(Browser, value, origin, "has control or invisible characters")
	}
	in.Browser = Value{value, origin}
	return in, nil
}

// browsersAvoid reports whether browsers refuse to go to a port, because it is that of a service which may take a request
// for something else: https://fetch.spec.whatwg.org/#port-blocking
func browsersAvoid(port int) bool {
	return slices.Contains([]int{1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
		109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540,
		548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566,
		6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}, port)
}
