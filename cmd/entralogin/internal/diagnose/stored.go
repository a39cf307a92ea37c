package diagnose

import (
	"errors"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// stored looks for a check at what is stored for a call.
type stored struct {
	explain cli.Explainer // of the call
	now     func() time.Time
	topic   check.Topic
	caller  string // who would ask a person: "kubectl"
	answer  string // who answers it: "get-token"
}

// look says what is stored for r, and whether a token can be had without a person. It reads nothing that
// reading would mend.
func (s stored) look(st *cache.Store, r plugin.Request) (cache.Token, []check.Finding) {
	if st.Dir == "" {
		return cache.Token{}, []check.Finding{s.topic.Warn("nothing can be stored: neither HOME nor XDG_CACHE_HOME is set, so each call asks for a sign-in")}
	}
	st.Locate()
	if file := st.OpenToOthers(); file != "" {
		return cache.Token{}, []check.Finding{s.topic.Unchecked("what is stored: others can read %s, and reading it would mend that", file).
			Or("entralogin cache list mends it")}
	}
	now := s.now()
	t, err := st.Token(r.Key)
	switch {
	case err == nil && t.Fresh(now):
		return t, []check.Finding{s.topic.Good("a token of %s is stored and fresh for %s: %s answers with it", text.Short(t.Account, 120),
			text.Span(t.Until().Add(-t.Margin()).Sub(now)), s.answer)}
	case err == nil:
		return t, []check.Finding{s.topic.Good("the stored token of %s is stale", text.Short(t.Account, 120)), s.session(st, r)}
	case errors.Is(err, cache.ErrNone):
		return t, []check.Finding{s.topic.Good("no token is stored"), s.session(st, r)}
	case errors.Is(err, cache.ErrCorrupt), errors.Is(err, cache.ErrKeyGone):
		return t, []check.Finding{s.topic.Warn("the stored token can't be used: %v", err), s.session(st, r)}
	}
	return t, []check.Finding{FindingOf(s.explain, s.topic, err)}
}

// session says whether a token can be had in silence.
func (s stored) session(st *cache.Store, r plugin.Request) check.Finding {
	session, err := st.Session(r.SessionID)
	if err != nil && !errors.Is(err, cache.ErrCorrupt) && !errors.Is(err, cache.ErrKeyGone) {
		return FindingOf(s.explain, s.topic, err)
	}
	chosen, why := plugin.ChooseAccount(session, r.Account, r.Tenant)
	switch {
	case err != nil:
		why = fmt.Errorf("the session can't be used: %w", err)
	case why == nil:
		return s.topic.Good("%s has signed in: %s gets a token in silence, if the service still takes the session", text.Short(chosen.Username, 120), s.answer)
	case !errors.Is(why, plugin.ErrNobody):
		return FindingOf(s.explain, s.topic, why)
	}
	if r.Unattended != "" {
		return s.topic.Fail(failure.SignIn, "a sign-in is needed (%v), and nobody can be asked here (%s)", why, r.Unattended).Or("%s", s.explain.LoginCommand(r))
	}
	last, ok := st.SignIn(r.SignIn())
	if age := s.now().Sub(last.When); ok && last.Failed != "" && age < plugin.MemoryUnattended {
		return s.topic.Warn("a sign-in is needed (%v); the last one failed %s ago (%s), so %s may fail at once for up to %s", why,
			text.Span(age), text.Short(last.Text, 200), s.caller, text.Span((plugin.MemoryUnattended-age).Round(time.Second))).Or("%s", s.explain.LoginCommand(r))
	}
	return s.topic.Warn("%s will ask for a sign-in (%v)", s.caller, why).Or("%s signs in beforehand", s.explain.LoginCommand(r))
}
