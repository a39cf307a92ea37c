package root

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/docs"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/page"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

// help writes help texts and pages in the width of the terminal, and in a pipe as plain text of 80 columns, for that is
// what people read in "| less" and find in "| grep". The Markdown stands in the repository.
func help(f *cli.Factory) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		style, width := term.StyleOf(f.Out, f.Getenv), f.Width()
		content := page.Markdown(cmp.Or(cmd.Long, cmd.Short), width, style)
		if cmd.Runnable() || cmd.HasSubCommands() {
			content += "\n" + page.Usage(withTopics(cmd.UsageString()), width, style)
		}
		if len(args) == 0 && cmd.HasParent() && !cmd.Parent().HasParent() && cmd.Runnable() { // "help git", not "git --help"
			if topic, ok := docs.Page(cmd.Name()); ok {
				content = page.Markdown(topic.Text+"\n## "+cmd.CommandPath(), width, style) + "\n" + content
			}
		}
		content = f.Err.Typed.Of(content)
		if f.Foreign() || !page.Shown(f.Out, content, f.Env) {
			f.Out.Write([]byte(content))
		}
	}
}

// withTopics lists every page in place of cobra's list, in which those are missing that are called like a command: help git.
func withTopics(usage string) string {
	const heading = "Additional help topics:\n"
	before, topics, ok := strings.Cut(usage, heading)
	if !ok {
		return usage
	}
	_, after, _ := strings.Cut(topics, "\n\n")
	list := ""
	for _, topic := range docs.Topics() {
		list += fmt.Sprintf("  entralogin help %-18s  %s\n", topic.Name, topic.Title)
	}
	return before + heading + list + "\n" + after
}

// firstPage is what a person sees who calls the program without a word.
const firstPage = `Entralogin hands Microsoft Entra ID tokens to kubectl, to git and to you.

  entralogin init                    set all of it up, with questions
  entralogin login                   sign in; one sign-in serves all programs
  entralogin status                  whether the next calls are silent
  entralogin whoami                  who has signed in, and what the tokens say

  entralogin kubeconfig add --aks    have kubectl use it for the current context
  entralogin kubeconfig check        what kubectl would get, and whether it fits

  entralogin git setup               have git use it for Azure DevOps
  entralogin git check               what git would get, and whether it fits

  entralogin graph me --manager      your profile, from Microsoft Graph
  entralogin doctor                  what is wrong, and what to do about it

  entralogin help application        the application to register beforehand
  entralogin help signin             ways to sign in: device code, browser, broker
  entralogin help config             the settings: tenant, application, and more
  entralogin --help                  all commands and flags
`
