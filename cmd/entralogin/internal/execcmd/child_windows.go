package execcmd

import (
	"os"
	"os/signal"
)

// signals are those that this process takes while the program runs.
type signals struct{ taken chan os.Signal }

// takeSignals keeps this process alive through Ctrl-C, which the console sends to both.
func takeSignals() *signals {
	s := &signals{make(chan os.Signal, 1)}
	signal.Notify(s.taken, os.Interrupt)
	return s
}

func (*signals) passTo(*os.Process) {}

func (s *signals) end() { signal.Stop(s.taken) }

func exitCode(p *os.ProcessState) int { return p.ExitCode() }
