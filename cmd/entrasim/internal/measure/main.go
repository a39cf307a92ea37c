// Command measure runs the commands that "entrasim bench" measures. It reads a series as JSON and prints the
// medians.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/entralogin/entralogin/cmd/entrasim/internal/turns"
)

func main() {
	debug.SetGCPercent(-1) // none beside a process that is measured
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var s turns.Series
	if err := json.NewDecoder(os.Stdin).Decode(&s); err != nil {
		return err
	}
	costs, err := s.Run()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(costs)
}
