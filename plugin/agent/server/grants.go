package server

import (
	"strings"
	"sync"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
)

// How long an answer that was no counts, so that a program which tries again does not nag: the person's, and that nobody
// gave one.
const (
	memoryOfNo     = 30 * time.Second
	memoryOfNobody = 5 * time.Minute
)

// mostNoes that count are so many that a host is refused whatever it asks for: it chooses tenants and accounts freely.
const mostNoes = 3

// grant is what a person says yes or no to. It goes by the resource and not by the scopes of it.
type grant struct{ host, id, authority, resource, tenant, account string }

// denial is a no, or that nobody answered.
type denial struct {
	until  time.Time
	answer answerOf
}

// answerOf is how a question ended.
type answerOf string

const (
	yes     answerOf = "yes"
	no      answerOf = "no"
	nobody  answerOf = "nobody answered"
	cantAsk answerOf = "nobody can be asked"
	dropped answerOf = "the question was withdrawn"
	shut    answerOf = "it is locked"
)

// answers are what the person has said.
type answers struct {
	policy Policy
	now    func() time.Time

	mu      sync.Mutex
	yeses   map[grant]bool
	noes    map[grant]denial
	signIns map[grant]time.Time // yeses to sign-ins, and when
	age     int                 // how often they were forgotten
}

func newAnswers(c Settings) *answers {
	return &answers{policy: c.Policy, now: c.Now, yeses: map[grant]bool{}, noes: map[grant]denial{}, signIns: map[grant]time.Time{}}
}

// isGranted reports whether the person said yes to g before, or need not.
func (as *answers) isGranted(g grant) bool {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.grants(g)
}

// grants is isGranted. as is locked.
func (as *answers) grants(g grant) bool { return as.policy == Never || as.yeses[g] }

// mayBeGranted reports whether the person said yes before to anything that g may turn out to be, once it is known whose
// token it is.
func (as *answers) mayBeGranted(g grant) bool {
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.grants(g) {
		return true
	}
	for known := range as.yeses {
		if g.account = known.account; g == known {
			return true
		}
	}
	return false
}

// denied returns the no that g meets, if one counts: to the same for any account, or too many of this host.
func (as *answers) denied(g grant) (denial, bool) {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.denies(g)
}

// denies is denied. as is locked.
func (as *answers) denies(g grant) (denial, bool) {
	g.account = ""
	now := as.now()
	noes := 0
	var last denial
	for other, d := range as.noes {
		if !d.until.After(now) {
			delete(as.noes, other)
			continue
		}
		if other == g {
			return d, true
		}
		if other.host == g.host && other.id == g.id {
			noes++
			last = d
		}
	}
	return last, noes >= mostNoes
}

// ageNow is the age of the answers: another one after forget.
func (as *answers) ageNow() int {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.age
}

// allow notes a yes that was given at an age, unless it was forgotten since.
func (as *answers) allow(g grant, age int) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.policy == First && as.age == age {
		as.yeses[g] = true
	}
}

// hasBegun reports whether the person has just said yes to a sign-in of g, which is under way or done: the yes is to that one
// alone.
func (as *answers) hasBegun(g grant) bool {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.began(g)
}

// began is hasBegun. as is locked.
func (as *answers) began(g grant) bool {
	when, ok := as.signIns[g]
	passed := as.now().Sub(when)
	return ok && as.policy != Always && passed >= 0 && passed < agent.Attended
}

// begin notes a yes to a sign-in.
func (as *answers) begin(g grant) {
	as.mu.Lock()
	defer as.mu.Unlock()
	as.signIns[g] = as.now()
}

// deny notes a no.
func (as *answers) deny(g grant, a answerOf) {
	asked := g
	g.account = ""
	memory := memoryOfNo
	if a == nobody {
		memory = memoryOfNobody
	}
	until := as.now().Add(memory)
	as.mu.Lock()
	defer as.mu.Unlock()
	as.noes[g] = denial{until, a}
	delete(as.signIns, asked)
}

// toToken is the answer to a question whether a token may go that was given since somebody looked, to that or to a sign-in
// for it: asked is the grant as the request has it.
func (as *answers) toToken(g, asked grant) (answerOf, bool) {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.answered(g, as.grants(g) || as.began(asked))
}

// toSignIn is that for a sign-in.
func (as *answers) toSignIn(g grant) (answerOf, bool) {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.answered(g, as.began(g))
}

// answered is the answer, where there is one. as is locked.
func (as *answers) answered(g grant, isYes bool) (answerOf, bool) {
	if isYes {
		return yes, true
	}
	d, ok := as.denies(g)
	return d.answer, ok
}

// note keeps the answer to a question.
func (as *answers) note(k openKey, a answerOf) {
	switch {
	case a == yes && k.signIn:
		as.begin(k.grant) // whose grant it is comes out with the sign-in
	case a == yes:
		as.allow(k.grant, as.ageNow())
	case a == no, a == nobody:
		as.deny(k.grant, a)
	}
}

// count is how many grants the person has given.
func (as *answers) count() int {
	as.mu.Lock()
	defer as.mu.Unlock()
	return len(as.yeses)
}

// forget forgets them all.
func (as *answers) forget() {
	as.mu.Lock()
	defer as.mu.Unlock()
	clear(as.yeses)
	clear(as.noes)
	clear(as.signIns)
	as.age++
}

// lower makes a grant of names that are the same in any case of letters.
func lower(g grant) grant {
	g.authority, g.resource, g.tenant, g.account = strings.ToLower(g.authority), strings.ToLower(g.resource), strings.ToLower(g.tenant), strings.ToLower(g.account)
	return g
}
