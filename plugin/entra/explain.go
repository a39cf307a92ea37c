package entra

import (
	_ "embed" // of the table
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"sigs.k8s.io/yaml"
)

// Turn says whose turn it is after a refusal: who can mend it.
type Turn string

// The turns, as they stand in front of "turn".
const (
	You           Turn = "Your"
	Administrator Turn = "Your administrator's"
	AppOwner      Turn = "The application owner's" // whoever registered the client
	ResourceOwner Turn = "The resource owner's"    // the cluster's, or that of what else the token is for
	Issuer        Turn = "The issuer's"            // whoever issues the token with which an application signs in
	Nobody        Turn = "Nobody's"                // it passes
)

// Explanation is a refusal of the service in words.
type Explanation struct {
	What   string `json:"what"`   // what happened; a sentence without capital and full stop
	Turn   Turn   `json:"turn"`   // "" if that is not known
	Remedy string `json:"remedy"` // what can be done about it, likewise; "" if Turn is ""
	SignIn bool   `json:"signIn"` // a new sign-in is, or follows, the remedy
	Page   string `json:"-"`      // where the service itself explains it, or ""

	NoTenant bool `json:"noTenant"` // the service knows no tenant of the name that was asked for
	OfScopes bool `json:"ofScopes"` // it is a matter of what the token is for

	// Lasting: the service says so before anybody is asked, because of the tenant or the application
	// alone, and to everybody who asks.
	Lasting bool `json:"lasting"`

	// OfCode is for how long it is believed of a tenant that it refuses device codes, once one of them got this: "day" or
	// "week"; "" where it says nothing of that.
	OfCode string `json:"ofCode"`
}

// believed is OfCode as a time.
func (e Explanation) believed() time.Duration {
	const day = 24 * time.Hour
	return map[string]time.Duration{"day": day, "week": 7 * day}[e.OfCode]
}

//go:embed explanations.yaml
var explanations []byte

// known are the explanations by AADSTS number ("50053") and by code of OAuth 2.0, and what they mean to applications
// ("application-7000215"), and to those that showed another service's token ("assertion-700213"). They are not read before
// they are needed.
var known = sync.OnceValue(func() map[string]Explanation {
	var entries map[string]Explanation
	all := map[string]Explanation{}
	_ = yaml.UnmarshalStrict(explanations, &entries) // a test holds that it is in order
	for names, e := range entries {
		for _, name := range strings.Fields(names) {
			all[name] = e
		}
	}
	return all
})

// Explain says in words what an AADSTS number means. ok is false for a number that is not known here.
//
// See https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
func Explain(aadsts int) (e Explanation, ok bool) {
	e, ok = known()[strconv.Itoa(aadsts)]
	return e, ok
}

// Numbers lists the AADSTS numbers that Explain knows, in their order.
func Numbers() []int {
	var all []int
	for name := range known() {
		if n, err := strconv.Atoi(name); err == nil {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// ofScopes reports whether the refusal is about what the token is for: consent to it, or the resource.
func (e *Error) ofScopes() bool {
	return known()[strconv.Itoa(e.AADSTS)].OfScopes || known()[e.Code].OfScopes
}

// Explain says in words what the refusal means: by its number, or else by its code. To an application some mean something
// else than to a person, and none that it could sign in again.
func (e *Error) Explain() Explanation {
	name, page := e.Code, ""
	if e.AADSTS != 0 {
		name = strconv.Itoa(e.AADSTS)
		page = "https://login.microsoftonline.com/error?code=" + name
	}
	explained, ok := known()[name]
	if own, ok := known()["assertion-"+name]; ok && e.Assertion {
		return own
	}
	if e.Application {
		if own, ok := known()["application-"+name]; ok {
			return own
		}
		if explained.SignIn {
			return Explanation{What: explained.What, Page: page}
		}
	}
	switch {
	case ok:
		return explained
	case page != "":
		return Explanation{What: "the service refuses, for a reason that is not known here", Page: page}
	}
	return Explanation{What: "the service refuses"}
}

// Why is the refusal in one short sentence without a full stop: its number, and what happened.
func (e *Error) Why() string {
	return e.Name() + ": " + e.Explain().What
}

// Name is what the refusal goes by: "AADSTS50173", or its code, or the HTTP status.
func (e *Error) Name() string {
	switch {
	case e.AADSTS != 0:
		name := "AADSTS" + strconv.Itoa(e.AADSTS)
		for _, n := range e.Also {
			name += " and AADSTS" + strconv.Itoa(n)
		}
		return name
	case e.Code != "":
		return e.Code
	}
	return fmt.Sprintf("HTTP status %d", e.Status)
}

// Support is what to quote to whoever looks into the service's log: correlation ID and time.
func (e *Error) Support() string {
	id := "no correlation ID"
	if e.CorrelationID != "" {
		id = "correlation ID " + e.CorrelationID
	}
	if e.When.IsZero() {
		return id
	}
	return id + ", " + e.When.UTC().Format(time.DateTime) + " UTC"
}

// NumberIn finds the AADSTS number that a text names first, 0 if it names none.
func NumberIn(text string) int {
	_, after, _ := strings.Cut(text, "AADSTS")
	end := strings.IndexFunc(after, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(after)
	}
	n, err := strconv.Atoi(after[:end])
	if err != nil {
		return 0
	}
	return n
}

// numbers settles which of the numbers of an answer counts: the first that is explained here, beginning with
// the one in the description. The others that are explained follow.
func numbers(described int, listed []int) (n int, also []int) {
	all := append([]int{described}, listed...)
	var known []int
	for _, n := range all {
		if _, ok := Explain(n); ok && !slices.Contains(known, n) {
			known = append(known, n)
		}
	}
	if len(known) > 0 {
		return known[0], append(also, known[1:]...)
	}
	if i := slices.IndexFunc(all, func(n int) bool { return n > 0 }); i >= 0 {
		return all[i], nil
	}
	return 0, nil
}
