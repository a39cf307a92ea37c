package initcmd

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// settle has all answers: of the flags and the files, and of the person where that can be asked.
func (s *setup) settle(ctx context.Context) error {
	if err := s.learnKube(); err != nil && (len(s.uses) == 0 || s.isFor(forKubectl)) {
		return err
	}
	s.learnEntry()
	why, err := s.unasked()
	switch {
	case err != nil:
		return err
	case why == "":
		err = s.ask(ctx)
	default:
		err = s.takeWhole(ctx, why)
	}
	if err != nil {
		return err
	}
	if err := s.checkClient(); err != nil {
		return err
	}
	s.target, err = s.resolve(s.typed)
	return err
}

// unasked says why nobody is asked, "" if the person is.
func (s *setup) unasked() (string, error) {
	if s.yes {
		return "--yes", nil
	}
	why, err := s.Config().Unattended(s.settled(s.typed).Settings)
	if why == "" && err == nil && !s.Err.CanAsk(s.In) {
		why = "no terminal is attached"
	}
	return why, err
}

// takeWhole takes what the flags and the files say, and refuses what they leave open.
func (s *setup) takeWhole(ctx context.Context, why string) error {
	var missing []string
	if s.today(config.TenantID) == "" {
		missing = append(missing, "--tenant-id")
	}
	switch {
	case s.today(config.ClientID) != "":
	case isOfAKS(s.entry[config.ClientID]):
		s.typed = s.with(config.ClientID, authority.AKSClient)
	default:
		missing = append(missing, "--client-id (or --aks, or --parameters)")
	}
	if len(s.uses) == 0 {
		s.uses = s.setUp(ctx)
	}
	if len(s.uses) == 0 {
		missing = append(missing, "--for")
	}
	if s.contextMissing() {
		missing = append(missing, "--context")
	}
	if !s.yes && !s.dryRun {
		missing = append(missing, "--yes (or --dry-run)")
	}
	if len(missing) > 0 {
		return cli.Usagef("nobody is asked here (%s), and an answer is missing: give %s", why, strings.Join(missing, ", "))
	}
	return nil
}

// isOfAKS reports whether a client is AKS's own application.
func isOfAKS(client string) bool { return strings.EqualFold(client, authority.AKSClient) }

// contextMissing reports whether nothing says which context is meant.
func (s *setup) contextMissing() bool {
	if !s.isFor(forKubectl) || s.context != "" || s.files == nil || s.files.CurrentContext != "" {
		return false
	}
	if all := s.contexts(); len(all) == 1 {
		s.context = all[0]
	}
	return s.context == "" && len(s.files.Contexts) > 0
}

// setUp is what entralogin is set up for.
func (s *setup) setUp(ctx context.Context) []string {
	var uses []string
	if s.entry != nil {
		uses = append(uses, forKubectl)
	}
	if s.aksClient() {
		return []string{forKubectl}
	}
	if g, _ := diagnose.NewGit(ctx, s.Factory); g != nil && g.SetUp() {
		uses = append(uses, forGit)
	}
	return uses
}

// ask asks for what the flags don't say.
func (s *setup) ask(ctx context.Context) error {
	s.Err.Say("An empty line takes what stands in brackets. Nothing is written before you agree.")
	for _, ask := range []func(context.Context) error{s.askApplication, s.askCloud, s.askTenant, s.askClient, s.askUses, s.askContext} {
		if err := ask(ctx); err != nil {
			return err
		}
	}
	return nil
}

// question puts a question until there is nothing wrong with the answer. otherwise is what an empty line means, "" for
// nothing.
func (s *setup) question(words, otherwise string, check func(answer string) error) (string, error) {
	if otherwise != "" {
		words += " [" + text.Short(otherwise, 200) + "]"
	}
	for {
		answer, err := s.Err.Ask(s.In, words+":")
		if errors.Is(err, io.EOF) {
			return "", &cli.Advised{Kind: failure.Usage, What: "the input ended before the last answer: nothing was written."}
		}
		if err != nil {
			return "", err
		}
		answer = cmp.Or(answer, otherwise)
		if answer != text.Clean(answer) {
			err = cli.Usagef("%q has control or invisible characters", text.Short(answer, 80))
		} else {
			err = check(answer)
		}
		if err == nil {
			return answer, nil
		}
		s.Err.Say("%s", s.Explain(err).Lines[0])
	}
}

// setting puts the question for a setting whose value no flag says.
func (s *setup) setting(words, name string) error {
	if s.said(name) {
		return s.fault(s.typed, name)
	}
	answer, err := s.question(words, s.today(name), func(answer string) error { return s.fault(s.with(name, answer), name) })
	if err == nil {
		s.typed = s.with(name, answer)
	}
	return err
}

// with are the answers with one more, where that is not what stands in the files.
func (s *setup) with(name, answer string) values {
	typed := maps.Clone(s.typed)
	if answer != "" && answer != s.today(name) {
		typed[name] = config.Value{Text: answer, Origin: "your answer"}
	}
	return typed
}

func (s *setup) askApplication(context.Context) error {
	if s.said(config.ClientID) {
		return nil
	}
	usual := "1"
	if s.today(config.ClientID) == "" && isOfAKS(s.entry[config.ClientID]) {
		usual = "2"
	}
	s.Err.Lines([]string{"Which application signs in?", "1  one of your own (entralogin help application)",
		"2  AKS's own: kubectl alone, no registration", "3  that of a parameters.json"})
	kind, err := s.question("Its number", usual, func(answer string) error {
		if len(answer) != 1 || answer < "1" || answer > "3" {
			return cli.Usagef("%q is no number from 1 to 3", text.Short(answer, 40))
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case kind == "2":
		s.typed = s.with(config.ClientID, authority.AKSClient)
	case kind == "3":
		file, err := s.question("Path of the parameters.json", "", func(file string) error {
			typed, err := s.withParameters(file)
			if err == nil {
				_, err = s.resolve(typed)
			}
			return err
		})
		if err != nil {
			return err
		}
		s.typed, err = s.withParameters(file)
		return err
	}
	return nil
}

func (s *setup) askCloud(context.Context) error {
	if s.said(config.Environment, config.AuthorityHost) {
		return s.fault(s.typed, config.Environment, config.AuthorityHost)
	}
	usual := "public"
	if found, err := s.settled(s.typed).FindAuthority(); err == nil && len(found.Aliases) > 0 {
		usual = found.Aliases[0]
	} else if err == nil {
		usual = "https://" + found.Host
	}
	name := func(answer string) string {
		if strings.Contains(answer, "://") {
			return config.AuthorityHost
		}
		return config.Environment
	}
	answer, err := s.question("Cloud: public, usgov or china", usual, func(answer string) error {
		return s.fault(s.with(name(answer), answer), config.Environment, config.AuthorityHost)
	})
	if err == nil && answer != usual {
		s.typed = s.with(name(answer), answer)
	}
	return err
}

func (s *setup) askTenant(context.Context) error {
	return s.setting("Tenant, a GUID or a domain name", config.TenantID)
}

func (s *setup) askClient(context.Context) error {
	return s.setting("Application (client) ID", config.ClientID)
}

func (s *setup) askUses(ctx context.Context) error {
	if len(s.uses) > 0 {
		return nil
	}
	if s.aksClient() {
		s.Err.Say("%s.", whyAKSAlone)
		s.uses = []string{forKubectl}
		return nil
	}
	usual := s.setUp(ctx)
	if len(usual) == 0 {
		usual = []string{forKubectl, forGit, forGraph}
	}
	answer, err := s.question("What for? Some of "+strings.Join(known(), ", "), strings.Join(usual, ","), func(answer string) error {
		_, err := usesOf(answer)
		return err
	})
	if err != nil {
		return err
	}
	s.uses, err = usesOf(answer)
	return err
}

func (s *setup) askContext(context.Context) error {
	all := s.contexts()
	if !s.isFor(forKubectl) || s.context != "" || len(all) == 0 {
		return nil
	}
	if len(all) == 1 {
		s.contextMissing() // takes the only one
		return nil
	}
	usual := s.files.CurrentContext
	answer, err := s.question("Context of the kubeconfig: "+text.Short(strings.Join(all, ", "), 300), usual, func(answer string) error {
		if !slices.Contains(all, answer) {
			return cli.Usagef("there is no context %q", text.Short(answer, 80))
		}
		return nil
	})
	if err == nil && answer != usual {
		s.context = answer
	}
	s.learnEntry()
	return err
}

// confirm asks whether what is shown is to be written.
func (s *setup) confirm(p plan) error {
	if s.yes || len(p.steps) == 0 {
		return nil
	}
	s.Err.Say("This would be written:\n%s", strings.TrimSuffix(p.shown(), "\n"))
	yes := []string{"yes", "y"}
	answer, err := s.question("Write it? yes or no", yes[0], func(answer string) error {
		if !slices.Contains(append(yes, "no", "n"), strings.ToLower(answer)) {
			return cli.Usagef("%q is neither yes nor no", text.Short(answer, 40))
		}
		return nil
	})
	if err == nil && !slices.Contains(yes, strings.ToLower(answer)) {
		err = &cli.Advised{Kind: failure.Refused, What: "nothing was written."}
	}
	return err
}
