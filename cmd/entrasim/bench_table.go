package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cmd/entrasim/internal/turns"
)

// results are what the bench measured, and on what machine.
type results struct {
	Machine string `json:"machine"`
	Before  string `json:"load_before"`
	After   string `json:"load_after"`
	Ours    int64  `json:"bytes"` // of the program
	Other   int64  `json:"other_bytes,omitzero"`
	Runs    int    `json:"runs"`
	Rows    []row  `json:"rows"`
}

// row is one line of the table; what is zero is not known.
type row struct {
	What     string     `json:"what"`
	Requests float64    `json:"requests"` // for one call
	Ours     turns.Cost `json:"ours"`
	Empty    turns.Cost `json:"empty,omitzero"`
	Other    turns.Cost `json:"other,omitzero"`
	Few      turns.Cost `json:"few_kept,omitzero"` // with a cache of few
	Bearer   turns.Cost `json:"bearer,omitzero"`   // without proof of possession
	File     turns.Cost `json:"file,omitzero"`     // without an agent
	Token    turns.Cost `json:"token,omitzero"`    // as get-token
}

// begin says what is measured, and on what machine.
func (b *bench) begin() error {
	r := &b.results
	r.Machine, r.Before, r.Runs = machine(), load(), b.runs
	var err error
	if r.Ours, err = size(b.ours); err != nil {
		return err
	}
	if b.against != "" {
		if r.Other, err = size(b.against); err != nil {
			return err
		}
	}
	if b.asJSON {
		return nil
	}
	fmt.Fprintf(b.stdout, "%s, load %s\nentralogin: %.1f MiB", r.Machine, r.Before, mib(r.Ours))
	if r.Other > 0 {
		fmt.Fprintf(b.stdout, "; the other build: %.1f MiB", mib(r.Other))
	}
	_, err = fmt.Fprintf(b.stdout, "; medians of %d\n\n%60s%16s\n%28s%6s%5s%5s%4s%6s%5s%5s%6s%5s%5s\n",
		b.runs, "x empty", "x other", "wall ms", "cpu", "flt", "MiB", "req", "wall", "cpu", "flt", "wall", "cpu", "flt")
	return err
}

// add takes a row, and prints it. What the others are compare says.
func (b *bench) add(r row, others ...turns.Cost) error {
	if b.against != "" && len(others) > 0 {
		r.Other, others = others[0], others[1:]
	}
	if len(others) > 0 {
		r.Few = others[0]
	}
	first := len(b.results.Rows) == 0
	b.results.Rows = append(b.results.Rows, r)
	if b.asJSON {
		return nil
	}
	if first {
		if err := b.print(row{What: "empty Go program", Ours: r.Empty}); err != nil {
			return err
		}
	}
	return b.print(r)
}

func (b *bench) print(r row) error {
	requests := strconv.FormatFloat(r.Requests, 'g', 3, 64)
	_, err := fmt.Fprintf(b.stdout, "%-21s%7s%6s%5s%5s%4s%s%s\n", r.What, ms(r.Ours.Wall), ms(r.Ours.CPU),
		known(r.Ours.Faults, "%d", r.Ours.Faults), known(r.Ours.Peak, "%.1f", mib(r.Ours.Peak)), requests, ratios(r.Ours, r.Empty), ratios(r.Ours, r.Other))
	return err
}

// end says what does not fit into the table.
func (b *bench) end() error {
	r := &b.results
	r.After = load()
	if b.asJSON {
		return json.NewEncoder(b.stdout).Encode(r)
	}
	for _, row := range r.Rows {
		if row.Few != (turns.Cost{}) {
			fmt.Fprintf(b.stdout, "\n%s, to few: wall %s, cpu %s\n", row.What, ratio(row.Ours.Wall, row.Few.Wall), ratio(row.Ours.CPU, row.Few.CPU))
		}
		if row.Bearer != (turns.Cost{}) {
			fmt.Fprintf(b.stdout, "\n%s, to bearer: wall %s, cpu %s\n", row.What, ratio(row.Ours.Wall, row.Bearer.Wall), ratio(row.Ours.CPU, row.Bearer.CPU))
		}
		if row.File != (turns.Cost{}) {
			fmt.Fprintf(b.stdout, "\n%s, to file: wall %s, cpu %s\n", row.What, ratio(row.Ours.Wall, row.File.Wall), ratio(row.Ours.CPU, row.File.CPU))
		}
		if row.Token != (turns.Cost{}) {
			fmt.Fprintf(b.stdout, "\n%s, to get-token: wall %s, cpu %s\n", row.What, ratio(row.Ours.Wall, row.Token.Wall), ratio(row.Ours.CPU, row.Token.CPU))
		}
	}
	_, err := fmt.Fprintf(b.stdout, "load %s\n", r.After)
	return err
}

func size(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func ms(d time.Duration) string {
	format := "%.1f"
	if d >= time.Second {
		format = "%.0f"
	}
	return known(d, format, float64(d)/float64(time.Millisecond))
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

func ratios(a, b turns.Cost) string {
	return fmt.Sprintf("%6s%5s%5s", ratio(a.Wall, b.Wall), ratio(a.CPU, b.CPU), ratio(a.Faults, b.Faults))
}

func ratio[T ~int64](a, b T) string {
	format := "%.2f"
	if a >= 10*b {
		format = "%.1f"
	}
	return known(b, format, float64(a)/float64(b))
}

// known prints a figure, unless what it depends on is zero.
func known[T ~int64](n T, format string, figure any) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprintf(format, figure)
}

// machine is the processor, where the system tells, and how many of it there are.
func machine() string {
	model := runtime.GOARCH
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
		}
	}
	return fmt.Sprintf("%s, %d cores", model, runtime.NumCPU())
}

// load is how many processes wanted to run in the last minute, five and fifteen, where the system tells.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(text))
	if len(fields) < 3 {
		return "unknown"
	}
	return strings.Join(fields[:3], " ")
}
