package main

import (
	"bytes"
	"strings"

	"github.com/spf13/cobra"
)

// help writes help texts in the width of the terminal. They are made for 80 columns; command lines and other
// blocks of code are left whole, for people copy them.
func (a *app) help(write func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		var text bytes.Buffer
		cmd.SetOut(&text)
		write(cmd, args)
		cmd.SetOut(nil)
		if len(args) == 0 && cmd.HasParent() && !cmd.Parent().HasParent() && cmd.Runnable() { // "help git", not "git --help"
			if page, err := docs.ReadFile("docs/" + cmd.Name() + ".md"); err == nil {
				text.WriteString("\n")
				text.Write(page)
			}
		}
		a.stdout.Write([]byte(wrapHelp(text.String(), a.width())))
	}
}

func wrapHelp(text string, columns int) string {
	const made = 80
	if columns <= 0 || columns >= made {
		return text
	}
	var b strings.Builder
	code := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if code || strings.HasPrefix(strings.TrimSpace(line), "entralogin ") || strings.HasPrefix(line, "|") {
			b.WriteString(line)
			continue
		}
		b.WriteString(wrap(line, columns))
	}
	return b.String()
}
