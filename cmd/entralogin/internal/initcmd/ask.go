package initcmd

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// settle has all answers: of the flags and the files, and of the person where that can be asked.
func (s *setup) settle(ctx context.Context) error {
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
	if s.ofAKS() && !slices.Equal(s.uses, []string{forKubectl}) {
		why := whyKubectlAlone()
		return &cli.Advised{Kind: failure.Usage, What: why[0], Advice: append(why[1:], "Give --client-id in its place, or --for kubectl.")}
	}
	_, err = s.resolve()
	return err
}

// whyKubectlAlone says what AKS's own application is not for.
func whyKubectlAlone() []string {
	return []string{"AKS's own application serves kubectl alone:", "git, Graph and az need one that is registered (entralogin help application)."}
}

// unasked says why nobody is asked, "" if the person is.
func (s *setup) unasked() (string, error) {
	if s.yes {
		return "--yes", nil
	}
	why, err := s.source.Unattended(s.settled().Settings)
	if why == "" && err == nil && !s.Err.CanAsk(s.In) {
		why = "no terminal is attached"
	}
	return why, err
}

// takeWhole takes what the flags and the files say, and refuses what they leave open.
func (s *setup) takeWhole(ctx context.Context, why string) error {
	var missing []string
	if s.today(config.TenantID) == "" {
		s.answers = s.with(config.TenantID, s.says(config.TenantID), "the kubeconfig")
	}
	if s.today(config.TenantID) == "" {
		missing = append(missing, "--tenant-id")
	}
	switch {
	case s.today(config.ClientID) != "":
	case isOfAKS(s.says(config.ClientID)):
		s.answers = s.with(config.ClientID, aksClient, "the kubeconfig")
	default:
		missing = append(missing, "--client-id (or --aks, or --parameters)")
	}
	if len(s.uses) == 0 {
		s.uses = s.setUp(ctx)
	}
	if len(s.uses) == 0 {
		missing = append(missing, "--for")
	}
	if s.isFor(forKubectl) && s.undecided() {
		missing = append(missing, "--context")
	}
	if !s.yes && !s.dryRun {
		missing = append(missing, "--yes (or --dry-run)")
	}
	if len(missing) > 0 {
		return cli.Usagef("nobody is asked (%s), and answers are missing: give %s", why, strings.Join(missing, ", "))
	}
	return nil
}

// setUp is what entralogin is set up for.
func (s *setup) setUp(ctx context.Context) []string {
	var uses []string
	if s.entry != nil {
		uses = append(uses, forKubectl)
	}
	if s.ofAKS() {
		return uses
	}
	if g, _ := diagnose.NewGit(ctx, s.Factory); g != nil && g.SetUp() {
		uses = append(uses, forGit)
	}
	return uses
}

// ask asks for what the flags don't say.
func (s *setup) ask(ctx context.Context) error {
	s.asks = true
	s.Err.Say("An empty line takes what stands in brackets.\nNothing is written before you agree.")
	if err := s.askApplication(); err != nil {
		return err
	}
	if err := s.askCloud(); err != nil {
		return err
	}
	if err := s.askSetting("Tenant, a GUID or a domain name", config.TenantID, s.says(config.TenantID)); err != nil {
		return err
	}
	if err := s.askSetting("Application (client) ID", config.ClientID, ""); err != nil {
		return err
	}
	if err := s.askUses(ctx); err != nil {
		return err
	}
	return s.askContext()
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

// byAnswer is where an answer stands that was typed.
const byAnswer = "your answer"

// askSetting asks for a setting that no flag says. Where no file says it, an empty line means otherwise.
func (s *setup) askSetting(words, name, otherwise string) error {
	if s.said(name) {
		return s.fault(name)
	}
	answer, err := s.question(words, cmp.Or(s.today(name), otherwise), func(answer string) error { return s.with(name, answer, byAnswer).fault(name) })
	s.answers = s.with(name, answer, byAnswer)
	return err
}

func (s *setup) askApplication() error {
	if s.said(config.ClientID) {
		return nil
	}
	usual := "1"
	if s.today(config.ClientID) == "" && isOfAKS(s.says(config.ClientID)) {
		usual = "2"
	}
	s.Err.Lines([]string{"Which application signs in?", "  1  one of your own (entralogin help application)",
		"  2  AKS's own: kubectl alone, no registration", "  3  that of a parameters.json"})
	kind, err := s.question("Its number", usual, func(answer string) error {
		if len(answer) != 1 || answer < "1" || answer > "3" {
			return cli.Usagef("%q is no number from 1 to 3", text.Short(answer, 40))
		}
		return nil
	})
	switch kind {
	case "2":
		s.answers = s.with(config.ClientID, aksClient, byAnswer)
	case "3":
		return s.askParameters()
	}
	return err
}

func (s *setup) askParameters() error {
	file, err := s.question("Path of the parameters.json", "", func(file string) error {
		a, err := s.withParameters(file)
		if err == nil {
			_, err = a.resolve()
		}
		return err
	})
	if err == nil {
		s.answers, err = s.withParameters(file)
	}
	return err
}

func (s *setup) askCloud() error {
	names := []string{config.Environment, config.AuthorityHost}
	if s.said(names...) {
		return s.fault(names...)
	}
	usual := "" // where what stands in the files is no cloud
	if found, err := s.settled().FindAuthority(); err == nil && len(found.Aliases) > 0 {
		usual = found.Aliases[0]
	} else if err == nil {
		usual = "https://" + found.Host
	}
	with := func(answer string) answers {
		switch {
		case answer == usual: // which an empty line means, too
			return s.answers
		case strings.Contains(answer, "://"):
			return s.with(config.AuthorityHost, answer, byAnswer)
		}
		return s.with(config.Environment, answer, byAnswer)
	}
	answer, err := s.question("Cloud: public, usgov, china, bleu, delos or govsg", usual, func(answer string) error { return with(answer).fault(names...) })
	s.answers = with(answer)
	return err
}

func (s *setup) askUses(ctx context.Context) error {
	if len(s.uses) > 0 {
		return nil
	}
	if s.ofAKS() {
		s.Err.Lines(whyKubectlAlone())
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

func (s *setup) askContext() error {
	all := s.contexts()
	if !s.isFor(forKubectl) || s.context != "" || len(all) < 2 && !s.undecided() {
		return nil
	}
	usual := s.files.CurrentContext
	answer, err := s.question("Context of the kubeconfig: "+text.Short(strings.Join(all, ", "), 300), usual, func(answer string) error {
		if !slices.Contains(all, answer) {
			return cli.Usagef("there is no context %q", text.Short(answer, 80))
		}
		return nil
	})
	if answer != usual {
		s.choose(answer)
	}
	return err
}

// confirm asks whether what is shown is to be written.
func (s *setup) confirm(p plan) error {
	if s.yes || len(p.steps) == 0 {
		return nil
	}
	s.Err.Say("This would be written:")
	s.Err.Verbatim(strings.Split(strings.TrimSuffix(p.shown(), "\n"), "\n"))
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
