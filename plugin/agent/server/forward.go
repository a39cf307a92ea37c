package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// azureCLI is the application of the Azure CLI, the same in all tenants.
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// Outcomes of the log. What was refused has the code of the error.
const gave = "a token"

// What those who wait are told.
const (
	waitForAnswer = "the person at the agent, who is asked whether this may have a token"
	waitForSignIn = "the sign-in at the machine of the agent"
)

// foreign is a request of forward.sock.
type foreign struct {
	s     *Server
	out   *answer
	peer  Peer
	r     agent.Request
	known authority.Authority
	named string      // the resource, for people
	g     grant       // its account is the one that the token is of, once that is known
	line  agent.Entry // for the log
	why   string      // for the log, where the one who asks is told less, or how long it counts; or ""
}

// serveForward gives a token to another host or a container, if the person allows it.
func (s *Server) serveForward(w http.ResponseWriter, r *http.Request, peer Peer) {
	f := &foreign{s: s, out: &answer{w: w}, peer: peer}
	asked, wrong := readRequest(w, r)
	if wrong == nil {
		f.r = asked
		f.line = agent.Entry{Host: peer.Host, Resource: shortResource(asked.Scopes), Tenant: text.Short(asked.Tenant, 80), Account: text.Short(asked.Account, 80)}
		wrong = f.serve(r.Context())
	}
	if wrong != nil {
		f.out.fail(status(wrong), wrong)
	}
}

func (f *foreign) serve(ctx context.Context) *agent.Error {
	if f.s.gate.isLocked() {
		return f.refuse(lockedError())
	}
	if wrong := f.check(); wrong != nil {
		return f.refuse(wrong)
	}
	got, wrong := f.granted(ctx)
	if wrong != nil {
		return f.refuse(wrong)
	}
	if f.s.gate.isLocked() { // since
		return f.refuse(lockedError())
	}
	if key, t := got.key, got.token; !key.Person() || key.KeyID != "" || key.Kind != cache.Access || t.Kind != cache.Access && t.Kind != "" {
		return f.refuse(notAllowed("what was obtained is no access token of a person"))
	}
	f.line.Account, f.line.Outcome = got.token.Account, gave
	f.s.log.note(f.line)
	return f.out.give(got)
}

// refuse notes what a request ends with, if not with a token.
func (f *foreign) refuse(e *agent.Error) *agent.Error {
	told := *e
	told.Message = cmp.Or(f.why, e.Message)
	f.s.log.refuse(f.line, &told)
	return e
}

func notAllowed(what string, advice ...string) *agent.Error {
	return &agent.Error{Code: agent.NotAllowed, Class: failure.Refused, Message: what, Advice: advice}
}

// check refuses what no yes of a person would have this socket give out.
func (f *foreign) check() *agent.Error {
	const where = "At the machine of the agent: "
	known, ok := f.s.settings.Knows(f.r.Authority)
	if !ok {
		return notAllowed("its settings don't know the sign-in service "+text.Short(f.r.Authority, 80),
			where+`name it in "authorities:" of the config file, if it is yours`)
	}
	f.known = known
	if f.r.Kind != "" && f.r.Kind != string(cache.Access) {
		return notAllowed("other machines get access tokens alone, and no ID token")
	}
	if !f.isClient() {
		return notAllowed("nobody has signed in there with the application "+f.r.Client,
			where+"entralogin login --client-id "+f.r.Client+" --tenant-id "+f.r.Tenant)
	}
	resource, err := ResourceOf(f.r.Scopes)
	if err != nil {
		return notAllowed(err.Error())
	}
	if !f.s.settings.Allow.Resource(known, resource) {
		shown := cmp.Or(text.Short(resource, 80), "graph")
		return notAllowed("tokens of "+DescribeResource(known, resource)+" are not allowed to other machines",
			where+"start entralogin agent with --allow "+shown+`, or add it to "allow:" below "agent:" in the config file`)
	}
	if !f.s.settings.Allow.Tenant(f.r.Tenant) {
		return notAllowed("tokens of "+plugin.DescribeTenant(f.r.Tenant)+" are not allowed to other machines",
			where+`add it to "tenants:" below "agent:" in the config file`)
	}
	f.named = DescribeResource(known, resource)
	f.g = lower(grant{host: f.peer.Host, id: f.peer.ID, authority: f.r.Authority, resource: canonical(known, resource), tenant: f.r.Tenant, account: f.r.Account})
	return nil
}

// isClient reports whether a token of this application may be had: one of our own choice, or one that the person uses.
func (f *foreign) isClient() bool {
	return strings.EqualFold(f.r.Client, authority.AKSClient) || strings.EqualFold(f.r.Client, azureCLI) ||
		f.s.settings.SignedIn != nil && f.s.settings.SignedIn(f.r.Client)
}

// spender is the host that asks.
func (f *foreign) spender() spender { return spender{f.g.host, f.g.id} }

// canonical is one name of a resource that has several.
func canonical(known authority.Authority, resource string) string {
	for _, w := range ResourceWords() {
		if isResource(known, resource, w[0]) {
			return w[1]
		}
	}
	return authority.BareID(strings.TrimRight(resource, "/"))
}

func shortResource(scopes []string) string {
	return cmp.Or(text.Short(authority.Resource(scopes), 80), "no resource")
}

// granted gets a token, and the person's yes to it. What the person is asked names the account whose token it is, so that
// is found out first, with a token that stays here.
func (f *foreign) granted(ctx context.Context) (*flight, *agent.Error) {
	if !f.s.answers.mayBeGranted(f.g) {
		if wrong := cmp.Or(f.mayAsk(), f.s.budget.overdrawn(f.spender())); wrong != nil {
			return nil, wrong
		}
	}
	plain := f.r
	plain.Renew, plain.Claims = false, ""
	got, err := f.s.flights.enough(ctx, plain)
	if needsPerson(err) {
		return f.signIn(ctx, plain, got)
	}
	if err != nil {
		f.s.budget.spend(f.spender())
		return nil, f.failed(err)
	}
	if wrong := f.settle(ctx, got.token.Account); wrong != nil || !f.r.Renew && f.r.Claims == "" {
		return got, wrong
	}
	return f.anew(ctx, got.token.Account)
}

// settle has the person asked whether a token of the account may go, if they have not said so.
func (f *foreign) settle(ctx context.Context, account string) *agent.Error {
	asked, age := f.g, f.s.answers.ageNow()
	f.g.account = strings.ToLower(account)
	if f.s.answers.isGranted(f.g) {
		return nil
	}
	if !f.s.answers.hasBegun(asked) { // else the yes was to whoever signs in
		if wrong := f.confirm(ctx, asked, account); wrong != nil {
			return wrong
		}
	}
	f.s.answers.allow(f.g, age)
	return nil
}

// anew gets a token where none that is kept will do.
func (f *foreign) anew(ctx context.Context, account string) (*flight, *agent.Error) {
	if !f.s.flights.flies(f.r) { // else it costs no request
		if wrong := f.s.budget.overdrawn(f.spender()); wrong != nil {
			return nil, wrong
		}
		f.s.budget.spend(f.spender())
	}
	got, err := f.s.flights.obtain(ctx, f.r, false)
	if needsPerson(err) {
		return f.signIn(ctx, f.r, got)
	}
	if err == nil && !strings.EqualFold(got.token.Account, account) {
		err = errOtherAccount
	}
	if err != nil {
		return nil, f.failed(err)
	}
	return got, nil
}

// errOtherAccount says that meanwhile another account is meant. The next request asks for that one.
var errOtherAccount = errors.New("another account has been chosen meanwhile; try again")

// signIn asks for a yes to a sign-in, and has it done. failed is the call that has found that it is needed.
func (f *foreign) signIn(ctx context.Context, r agent.Request, failed *flight) (*flight, *agent.Error) {
	if !f.s.questions.canBeAsked() || f.r.Unattended != "" {
		return nil, f.notHere("a sign-in is needed at its machine", "entralogin login --tenant-id "+r.Tenant)
	}
	asked, age := f.g, f.s.answers.ageNow()
	if !f.s.answers.hasBegun(asked) {
		other, wrong := f.confirmSignIn(ctx, r, failed)
		if wrong != nil {
			return nil, wrong
		}
		if other != nil {
			return f.afterSignIn(ctx, r, other)
		}
	}
	if f.s.gate.isLocked() { // since
		return nil, lockedError()
	}
	f.out.wait(waitForSignIn)
	r.Unattended = ""
	got, err := f.s.flights.obtain(ctx, r, true)
	if err != nil {
		if ctx.Err() == nil {
			f.s.answers.deny(asked, no) // the sign-in came to nothing, and the next one is not to be begun at once
		}
		return nil, f.failed(err)
	}
	f.g.account = strings.ToLower(got.token.Account)
	f.s.answers.allow(f.g, age) // the yes was to whoever signs in
	return got, nil
}

// afterSignIn waits for a sign-in of somebody else, and goes on with what that has brought.
func (f *foreign) afterSignIn(ctx context.Context, r agent.Request, other *flight) (*flight, *agent.Error) {
	f.out.wait(waitForSignIn)
	select {
	case <-other.done:
	case <-ctx.Done():
		return nil, f.failed(ctx.Err())
	}
	got, err := f.s.flights.obtain(ctx, r, false)
	if needsPerson(err) {
		return f.signIn(ctx, r, got)
	}
	if err != nil {
		return nil, f.failed(err)
	}
	return got, f.settle(ctx, got.token.Account)
}

// mayAsk says why the person is not asked: there is no way to, or there was an answer that still counts.
func (f *foreign) mayAsk() *agent.Error {
	if d, ok := f.s.answers.denied(f.g); ok {
		e := f.refused(d.answer)
		f.why = e.Message
		e.Message += fmt.Sprintf(" (%s)", untilWords(d.until.Sub(f.s.settings.Now())))
		return e
	}
	if !f.s.questions.canBeAsked() || f.r.Unattended != "" {
		return f.refused(cantAsk)
	}
	return nil
}

// confirm asks the person whether a token of an account may go. asked is the grant as the request has it.
func (f *foreign) confirm(ctx context.Context, asked grant, account string) *agent.Error {
	if wrong := f.mayAsk(); wrong != nil {
		return wrong
	}
	f.out.wait(waitForAnswer)
	a, err := f.s.questions.ask(ctx, f.g, asked, f.question(account, false))
	if err != nil {
		return f.failed(err)
	}
	return f.refused(a)
}

// confirmSignIn asks the person whether to begin a sign-in. Where another one is under way, or has been done since, it returns
// that one, and asks nothing.
func (f *foreign) confirmSignIn(ctx context.Context, r agent.Request, failed *flight) (other *flight, wrong *agent.Error) {
	if wrong := f.mayAsk(); wrong != nil {
		return nil, wrong
	}
	a, other, err := f.s.questions.askSignIn(ctx, f.g, failed, keyOf(r).SessionID, f.question(r.Account, true), func() { f.out.wait(waitForAnswer) })
	if err != nil {
		return nil, f.failed(err)
	}
	if other != nil {
		return other, nil
	}
	return nil, f.refused(a)
}

func (f *foreign) question(account string, signIn bool) Question {
	return Question{Host: f.peer.Host, Resource: f.named, Tenant: text.Short(f.r.Tenant, 80), Account: text.Short(account, 120),
		Claims: Claim(f.r.Asker), SignIn: signIn}
}

// refused is the answer of the person for the one who asked; nil for a yes.
func (f *foreign) refused(a answerOf) *agent.Error {
	switch a {
	case yes:
		return nil
	case no:
		return notAllowed("the person there said no")
	case nobody:
		return f.notHere("nobody answered at its machine", "answer the question there, and try again")
	case shut:
		return lockedError()
	case cantAsk:
		if why := f.r.Unattended; why != "" && f.s.questions.canBeAsked() { // the other side's choice
			return f.notHere("the person has to allow "+f.named+" to this host, and is not to be asked ("+text.Short(why, 80)+")",
				"answer when a call asks that may; or run entralogin agent --confirm never")
		}
		return f.notHere("the person has to allow "+f.named+" to this host, and can't be asked",
			"run entralogin agent in a terminal, where SSH_ASKPASS is set, or in a desktop session; or with --confirm never")
	}
	return f.notHere("the question whether this may have a token was withdrawn", "try again")
}

// notHere is an error for which somebody has to do something at the machine of the agent.
func (f *foreign) notHere(what, advice string) *agent.Error {
	return &agent.Error{Code: agent.NotHere, Class: failure.SignIn, Message: what, Advice: []string{"At the machine of the agent: " + advice}}
}

// untilWords says how long a no counts.
func untilWords(d time.Duration) string {
	return "ask again in " + max(d.Round(time.Second), time.Second).String()
}

// failed is an error of Tokens for another host. Before the person's yes it says nothing of what is at this machine, and at no
// time who has signed in here.
func (f *foreign) failed(err error) *agent.Error {
	f.s.settings.Explain(fmt.Sprintf("no token for %s: %s", f.peer.Host, text.Redact(err.Error(), longestWords)))
	if _, several := errors.AsType[*plugin.AccountsError](err); several {
		return &agent.Error{Code: agent.Failed, Class: failure.Config, Message: "several accounts have signed in at its machine: say which one with --account"}
	}
	if f.s.answers.isGranted(f.g) {
		return failed(err)
	}
	e := failed(err)
	f.why = e.Message
	e.Message = "it could not get a token; entralogin agent log says why, at its machine"
	return e
}
