package root

import (
	"bytes"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/docs"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/text"
)

// help writes help texts in the width of the terminal. Command lines and other blocks of code are left whole, for
// people copy them.
func help(f *cli.Factory, write func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		var content bytes.Buffer
		cmd.SetOut(&content)
		write(cmd, args)
		cmd.SetOut(nil)
		if len(args) == 0 && cmd.HasParent() && !cmd.Parent().HasParent() && cmd.Runnable() { // "help git", not "git --help"
			if page, ok := docs.Page(cmd.Name()); ok {
				content.WriteString("\n" + page.Text)
			}
		}
		f.Out.Write([]byte(wrapHelp(content.String(), term.Width(f.Out))))
	}
}

func wrapHelp(content string, columns int) string {
	if columns <= 0 {
		return content
	}
	var b strings.Builder
	code := false
	for line := range strings.Lines(content) {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if !code {
			line = hang(line, columns)
		}
		if code || strings.HasPrefix(strings.TrimSpace(line), "entralogin ") || strings.HasPrefix(line, "|") {
			b.WriteString(line)
			continue
		}
		b.WriteString(term.Wrap(line, columns))
	}
	return b.String()
}

// hang breaks what is said of a flag or a command, where the line is too long, below its own beginning.
func hang(line string, columns int) string {
	const narrowest = 30
	named := strings.TrimLeft(line, " ")
	gap := strings.Index(named, "  ")
	if len(named) == len(line) || gap < 0 || text.Width(line) <= columns {
		return line
	}
	said := strings.TrimLeft(named[gap:], " ")
	name := line[:len(line)-len(said)]
	if columns-len(name) < narrowest {
		return line
	}
	return name + strings.Join(text.Fold(said, columns-len(name)), "\n"+strings.Repeat(" ", len(name))) + "\n"
}

// firstPage is what a person sees who calls the program without a word.
const firstPage = `Entralogin hands Microsoft Entra ID tokens to kubectl, to git and to you.

  entralogin init                    set all of it up, with questions
  entralogin login                   sign in; one sign-in serves all programs
  entralogin whoami                  who has signed in, and what the tokens say

  entralogin kubeconfig add --aks    have kubectl use it for the current context
  entralogin kubeconfig check        what kubectl would get, and whether it fits

  entralogin git setup               have git use it for Azure DevOps
  entralogin git check               what git would get, and whether it fits

  entralogin graph me --manager      your profile, from Microsoft Graph
  entralogin doctor                  what is wrong, and what to do about it

  entralogin help application        the application to register beforehand
  entralogin help config             the settings: tenant, application, and more
  entralogin --help                  all commands and flags
`
