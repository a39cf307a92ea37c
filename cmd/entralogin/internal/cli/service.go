package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/credential"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// service explains what a service said.
func (x Explainer) service(err error) []string {
	var network *https.NetworkError
	var answer *https.AnswerError
	var service *entra.Error
	var port *entra.ListenError
	var shown *credential.AssertionError
	switch {
	case errors.As(err, &shown):
		return x.assertionLines(shown)
	case errors.As(err, &port) && port.Free != 0:
		return []string{err.Error() + ".", "To take another one: " + x.LoginCommandBy(again(port.Request), "browser", strconv.Itoa(port.Free))}
	case errors.As(err, &network) && errors.As(network.Err, &service):
		lines := append([]string{network.Host + " can't answer now."}, x.serviceLines(service, plugin.Request{})...)
		return append(lines, "Nothing is lost: run the command again in a while.")
	case errors.As(err, &answer):
		return []string{err.Error() + "."}
	case errors.As(err, &service):
		return x.serviceLines(service, plugin.Request{})
	}
	return nil
}

// unattendedLines says what to run where nobody can be asked, and what has to be done before, where a sign-in alone
// would be refused for the same reason.
func (x Explainer) unattendedLines(e *plugin.UnattendedError) []string {
	const what = "a sign-in is needed (%s), and nobody can be asked here (%s)."
	command := x.LoginCommand(e.Request)
	var service *entra.Error
	if !errors.As(e.Err, &service) {
		return []string{fmt.Sprintf(what+" Run: %s", e.Err, e.Request.Unattended, command)}
	}
	known := service.Explain()
	if known.Turn == entra.You && known.SignIn {
		return []string{fmt.Sprintf(what+" Run: %s", service.Why(), e.Request.Unattended, command), supportLine(service)}
	}
	lines := append([]string{fmt.Sprintf(what, service.Why(), e.Request.Unattended)}, x.turnLines(known, plugin.Request{})...)
	return append(lines, "Once that is done: "+command, supportLine(service))
}

// refusedLines says why a sign-in gave no token, also where that is remembered from an earlier call.
func (x Explainer) refusedLines(e *plugin.RefusedError) []string {
	lines, turn := []string{e.Text + "."}, 1 // turn is where it stands whose turn it is
	var service *entra.Error
	switch {
	case errors.As(e.Err, &service) && e.Reason == plugin.Blocked:
		lines = x.serviceLines(service, e.Request)
		turn = len(lines) - 1 - len(x.turnLines(service.Explain(), e.Request))
	case errors.As(e.Err, &service) && e.Reason == plugin.Expired:
		lines = append(lines, x.turnLines(service.Explain(), e.Request)...)
		lines = append(lines, supportLine(service))
	case e.Reason == plugin.Blocked:
		if known, ok := entra.Explain(entra.NumberIn(e.Text)); ok {
			lines = append(lines, "What that means: "+known.What+".")
			turn = len(lines)
			lines = append(lines, x.turnLines(known, e.Request)...)
		}
	}
	if e.Reason == plugin.WrongAccount {
		lines = append(lines, "That sign-in is kept under its own name, and may have to be chosen or removed: entralogin help accounts")
	}
	if e.Reason == plugin.Blocked && e.OfMethod != "" {
		lines = slices.Insert(lines, turn, x.otherWay(e)) // first what the person can do
	}
	if !e.When.IsZero() && e.Next != "" {
		return append(lines, fmt.Sprintf("That was %s ago, in a process for which this one waited.", text.Span(time.Since(e.When))))
	}
	if !e.When.IsZero() {
		command := x.LoginCommand(again(e.Request))
		said := slices.DeleteFunc(lines, func(line string) bool { return strings.HasSuffix(line, ": "+command) })
		lines = append(said, fmt.Sprintf("That was %s ago, so nobody was asked again. %s To start a new sign-in: %s",
			text.Span(time.Since(e.When)), held(e), command))
	}
	return lines
}

// otherWay offers another way to sign in than the one that is refused, which may be all that is.
func (x Explainer) otherWay(e *plugin.RefusedError) string {
	way := cmp.Or(e.Next, "browser")
	how := x.how(way)
	if e.Next == "" {
		return fmt.Sprintf("It may be the device code alone that is refused. To sign in %s: %s", how, x.LoginCommandBy(again(e.Request), way, ""))
	}
	return fmt.Sprintf("It may be the device code alone that is refused: the next call signs in %s. To do so now: %s", how, x.LoginCommandBy(again(e.Request), way, ""))
}

// LoginFor is the login for a request, by another way where the tenant is known to refuse device codes.
func (x Explainer) LoginFor(st *cache.Store, r plugin.Request) string {
	if _, refused := st.RefusedWay(cache.WayID{SessionID: r.SessionID, Tenant: r.Tenant, Method: plugin.DeviceCode}); refused {
		return x.LoginCommandBy(r, "browser", "")
	}
	return x.LoginCommand(r)
}

// how says by what a method signs somebody in.
func (x Explainer) how(method string) string {
	if method == "browser" && x.Elsewhere != nil && x.Elsewhere() {
		return "with the browser of another computer, by way of ssh"
	}
	return cmp.Or(map[string]string{"browser": "with the browser", "broker": "by the broker of this machine"}[method], "by "+method)
}

// held says for how long nobody is asked after a sign-in that failed, and who is not.
func held(e *plugin.RefusedError) string {
	left := text.Span(time.Until(e.Until)) + " more"
	if e.ForAll {
		return fmt.Sprintf("Without a terminal that goes on for %s.", left)
	}
	return fmt.Sprintf("For this caller that goes on for %s; a new command asks at once.", left)
}

// serviceLines says what the token service refused, in our words and in its own, whose turn it is, and what to
// quote to support. r is what the sign-in was for, or zero.
func (x Explainer) serviceLines(e *entra.Error, r plugin.Request) []string {
	lines := []string{e.Why() + "."}
	if e.Description != "" {
		lines = append(lines, "The service says: "+e.Description)
	}
	if e.RetryAfter > 0 {
		lines = append(lines, fmt.Sprintf("It asks to wait %s.", text.Span(e.RetryAfter)))
	}
	lines = append(lines, x.turnLines(e.Explain(), r)...)
	return append(lines, supportLine(e))
}

// assertionLines says beside that what the assertion has of what the service compares.
func (x Explainer) assertionLines(e *credential.AssertionError) []string {
	lines := x.serviceLines(e.Err, plugin.Request{})
	turn := len(lines) - 1 - len(x.turnLines(e.Err.Explain(), plugin.Request{}))
	lines = slices.Insert(lines, turn, fmt.Sprintf("The assertion has: iss %s | sub %s | aud %s", e.Issuer, e.Subject, e.Audience))
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "CLIENT-ID", e.Client)
	}
	return lines
}

// turnLines says whose turn it is, and with which command or page.
func (x Explainer) turnLines(e entra.Explanation, r plugin.Request) []string {
	var lines []string
	switch {
	case e.Turn == "" && e.Page == "":
		lines = []string{"Whose turn it is, the service does not say. Ask your administrator."}
	case e.Turn == "":
		lines = []string{"Whose turn it is, is not known here. The service explains the number: " + e.Page}
	default:
		lines = []string{fmt.Sprintf("%s turn: %s.", e.Turn, e.Remedy)}
	}
	if e.SignIn && r.Tenant != "" {
		lines = append(lines, "To sign in: "+x.LoginCommand(again(r)))
	}
	return lines
}

// again is a request whose sign-in failed. A new one forgets that, and so it has to be login, which takes no claims.
func again(r plugin.Request) plugin.Request {
	r.Claims = ""
	return r
}

func supportLine(e *entra.Error) string {
	return "For support: " + e.Support() + "."
}
