// Package turns runs commands in turns and says what each took. It needs little more than os: on Linux the
// peak of a process begins with that of its parent, and so a small one has to run them.
package turns

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// Command is what one process is, and what is there when it starts.
type Command struct {
	Args, Env []string // Args[0] is the path of the program
	Dir       string
	Input     string // what it reads on standard input, less than a pipe holds
	Answers   bool   // it has to print something, less than a pipe holds

	Remove []string          // files and folders that go before each run
	Write  map[string][]byte // files that are written then
}

// Cost is what a process took.
type Cost struct {
	Wall   time.Duration `json:"wall_ns"`
	CPU    time.Duration `json:"cpu_ns"`
	Peak   int64         `json:"peak_bytes"` // of the resident set; 0 where the system does not tell
	Faults int64         `json:"page_faults"`
}

// Median returns the median of each figure.
func Median(costs []Cost) Cost {
	return Cost{
		Wall:   median(costs, func(c Cost) time.Duration { return c.Wall }),
		CPU:    median(costs, func(c Cost) time.Duration { return c.CPU }),
		Peak:   median(costs, func(c Cost) int64 { return c.Peak }),
		Faults: median(costs, func(c Cost) int64 { return c.Faults }),
	}
}

func median[T cmp.Ordered](costs []Cost, of func(Cost) T) T {
	var values []T
	for _, c := range costs {
		values = append(values, of(c))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// Series is commands that run in turns, so that all of them meet the same machine.
type Series struct {
	Runs     int // of each
	Commands []Command
}

// Run returns the medians of each command. Each round has an order of its own: a command is faster after
// itself than after another, and none is to have more of that. What a command leaves running is waited for, where the system can, before the next begins.
func (s Series) Run() ([]Cost, error) {
	if err := adopt(); err != nil {
		return nil, err
	}
	costs := make([][]Cost, len(s.Commands))
	for round := range s.Runs {
		if round%100 == 0 {
			runtime.GC() // there is no other, see package measure
		}
		for _, i := range rand.Perm(len(s.Commands)) {
			c, err := s.Commands[i].run()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Commands[i].Args[0], err)
			}
			costs[i] = append(costs[i], c)
		}
	}
	var medians []Cost
	for _, c := range costs {
		medians = append(medians, Median(c))
	}
	return medians, nil
}

func (c Command) run() (Cost, error) {
	if err := c.prepare(); err != nil {
		return Cost{}, err
	}
	in, err := c.input()
	if err != nil {
		return Cost{}, err
	}
	defer in.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return Cost{}, err
	}
	defer r.Close()
	cost, printed, err := c.measure(in, r, w)
	switch {
	case err != nil:
		return Cost{}, err
	case c.Answers && printed == 0:
		return Cost{}, fmt.Errorf("%q printed nothing", c.Args[1:])
	}
	return cost, settle()
}

// measure runs the process until it has ended and nobody else holds its standard output, as client-go and git
// wait for it.
func (c Command) measure(in, r, w *os.File) (cost Cost, printed int64, err error) {
	start := time.Now()
	p, err := os.StartProcess(c.Args[0], c.Args, &os.ProcAttr{Dir: c.Dir, Env: c.Env, Files: []*os.File{in, w, os.Stderr}})
	w.Close()
	if err != nil {
		return Cost{}, 0, err
	}
	state, err := p.Wait()
	if err != nil {
		return Cost{}, 0, err
	}
	if printed, err = io.Copy(io.Discard, r); err != nil {
		return Cost{}, 0, err
	}
	cost.Wall = time.Since(start)
	if !state.Success() {
		return Cost{}, 0, fmt.Errorf("%q: %s", c.Args[1:], state)
	}
	cost.CPU = state.UserTime() + state.SystemTime()
	cost.Peak, cost.Faults = usage(state)
	return cost, printed, nil
}

// input is a pipe with the input in it, or nothing.
func (c Command) input() (*os.File, error) {
	if c.Input == "" {
		return os.Open(os.DevNull)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	_, err = w.WriteString(c.Input)
	return r, err
}

func (c Command) prepare() error {
	for _, path := range c.Remove {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	for path, text := range c.Write {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
