package server

import (
	"fmt"
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
)

// A host that asks for ever new things pushes its own lines out of the log, and nobody else's.
func TestLogOfAFlood(t *testing.T) {
	s := New(Settings{})
	s.log.note(agent.Entry{Host: "build1 (ssh)", Resource: "aks", Outcome: gave})
	for i := range 2 * agent.MostEntries {
		s.log.note(agent.Entry{Host: "build2 (ssh)", Resource: fmt.Sprint(i), Outcome: "not_allowed"})
	}
	log := s.Log()
	if first, last := log[0], log[len(log)-1]; len(log) != agent.MostEntries || first.Host != "build1 (ssh)" || last.Resource != fmt.Sprint(2*agent.MostEntries-1) || log[1].Resource != fmt.Sprint(agent.MostEntries+1) {
		t.Errorf("%d lines, from %+v and %+v to %+v", len(log), first, log[1], last)
	}
}
