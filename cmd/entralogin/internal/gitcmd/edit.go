package gitcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
)

// edit is a change of git's configuration.
type edit struct {
	global, local, system bool // the file, of which one may be given
	hosts                 []string
	dryRun                bool
	overwrite             bool
}

func (e *edit) flags(flags *pflag.FlagSet) {
	flags.StringSliceVar(&e.hosts, "host", nil, "`host`, instead of Azure DevOps and all of the config's; may be given several times")
	flags.BoolVar(&e.global, "global", false, "change the configuration of your account (default)")
	flags.BoolVar(&e.local, "local", false, "change the configuration of this repository")
	flags.BoolVar(&e.system, "system", false, "change the configuration of this machine")
	flags.BoolVar(&e.dryRun, "dry-run", false, "print the calls of git config and make none")
}

// file is which of git's files is meant, as the flag that git config has for it.
func (e edit) file() (string, error) {
	var given []string
	for _, file := range []struct {
		meant bool
		flag  string
	}{{e.global, "--global"}, {e.local, "--local"}, {e.system, "--system"}} {
		if file.meant {
			given = append(given, file.flag)
		}
	}
	switch len(given) {
	case 0:
		return "--global", nil
	case 1:
		return given[0], nil
	}
	return "", cli.Usagef("%s: only one file can be meant", strings.Join(given, " and "))
}

// words are those of the command with what was given.
func (e edit) words(name string) []string {
	words := []string{"git", name}
	for flag, given := range map[string]bool{"--local": e.local, "--system": e.system} {
		if given {
			words = append(words, flag)
		}
	}
	for _, host := range e.hosts {
		words = append(words, "--host", host)
	}
	return words
}

// make makes the calls of git config for a file, or shows them.
func (e edit) make(ctx context.Context, f *cli.Factory, file string, all [][]string) error {
	// A section that is emptied first is written at the end of the file, behind all other helpers.
	slices.SortStableFunc(all, func(a, b []string) int { return strings.Compare(b[0], a[0]) })
	var done strings.Builder
	for _, call := range all {
		call = append([]string{file}, call...)
		line := remedy.Line(append([]string{"git", "config"}, call...)...) + "\n"
		done.WriteString(line)
		if e.dryRun {
			continue
		}
		if _, err := calls.RunGitConfig(ctx, call...); err != nil {
			if before := strings.TrimSuffix(done.String(), line); before != "" {
				f.Err.Say("these calls were made, and what follows failed; the command can be run again:\n%s", strings.TrimSpace(before))
			}
			return err
		}
	}
	switch {
	case len(all) == 0:
		return f.AnswerText("Nothing to change.\n")
	case e.dryRun:
		return f.AnswerText(done.String())
	}
	f.Err.Explain(strings.TrimSpace(done.String()))
	return f.AnswerSentences(fmt.Sprintf("Changed git's configuration (%s) for %s.\n", file, strings.Join(sectionsOf(all), ", ")))
}

// sectionsOf are the hosts whose settings calls of git config change. The second word of each is the variable, such as
// credential.https://dev.azure.com.helper.
func sectionsOf(all [][]string) []string {
	var hosts []string
	for _, call := range all {
		host := strings.TrimPrefix(call[1][:strings.LastIndex(call[1], ".")], "credential.")
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// hostsOf are the hosts that are meant, as git's configuration names them: all of the config's and some more, or
// those of them that are named. A host that get would be silent about is refused: git would be left without any
// helper for it.
func hostsOf(f *cli.Factory, named, more []string) ([]string, error) {
	s, err := f.Settings(f.Call())
	if err != nil {
		return nil, err
	}
	hosts := calls.GitHosts(s.File)
	all := git.AzureHosts()
	for _, h := range hosts { // those of *.visualstudio.com, too: libgit2 passes over a wildcard
		more = append(more, h.Host)
	}
	for _, host := range more {
		if !slices.Contains(all, host) {
			all = append(all, host)
		}
	}
	if len(named) == 0 {
		return all, nil
	}
	var names []string
	for _, name := range named {
		name = strings.ToLower(name)
		place := git.Find(git.Input{Protocol: "https", Host: name}, hosts)
		if !slices.Contains(all, name) && !place.Ours {
			return nil, &config.Error{Name: "host", Origin: "--host", What: fmt.Sprintf("names %q, for which entralogin has no token", name),
				Hint: "Add it to hosts: in the config file (entralogin help config)."}
		}
		names = append(names, name)
	}
	return names, nil
}
