package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// cost is what a process took.
type cost struct {
	Wall, CPU time.Duration
	Peak      int64 // bytes of the largest resident set; 0 where the system does not tell
}

// medians returns the median of each figure.
func medians(costs []cost) cost {
	return cost{Wall: median(costs, func(c cost) time.Duration { return c.Wall }),
		CPU:  median(costs, func(c cost) time.Duration { return c.CPU }),
		Peak: median(costs, func(c cost) int64 { return c.Peak })}
}

func median[T cmp.Ordered](costs []cost, of func(cost) T) T {
	var values []T
	for _, c := range costs {
		values = append(values, of(c))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// measure runs commands in turns, each so many times, and returns the medians of each. A fresh process of
// this program does it: on Linux the peak of a process begins with that of its parent, and this one has a
// simulator in it.
func (b *bench) measure(ctx context.Context, runs int, commands ...[]string) ([]cost, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args, err := json.Marshal(commands)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "measure", strconv.Itoa(runs), string(args))
	var out, said bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = b.home.environ(), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said.String())
	}
	var costs []cost
	return costs, json.Unmarshal(out.Bytes(), &costs)
}

// measureCommand is what measure runs: "measure RUNS COMMANDS", with the commands as JSON.
func measureCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "measure",
		Hidden: true,
		Args:   cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var commands [][]string
			runs, err := strconv.Atoi(args[0])
			if err := errors.Join(err, json.Unmarshal([]byte(args[1]), &commands)); err != nil {
				return usageError{err}
			}
			costs := make([][]cost, len(commands))
			for range runs {
				for i, command := range commands {
					c, err := runOnce(cmd.Context(), command)
					if err != nil {
						return err
					}
					costs[i] = append(costs[i], c)
				}
			}
			var result []cost
			for _, c := range costs {
				result = append(result, medians(c))
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(result)
		},
	}
}

func runOnce(ctx context.Context, command []string) (cost, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w: %s", command[0], err, said.String())
	}
	return cost{Wall: wall, CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Peak: peak(cmd.ProcessState)}, nil
}
