package root

import (
	"bytes"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

func newCompletion(f *cli.Factory) *cobra.Command {
	group := &cobra.Command{
		Use:   "completion",
		Short: "Print a script that completes command lines in your shell",
		Long: `Completion prints a script for bash, zsh, fish or PowerShell. With it the Tab
key completes commands and flags, and accounts, tenants, profiles, clouds,
contexts of your kubeconfig and the pages of help. They are read from files: to
complete a word asks no service and no person, and writes nothing.`,
		Example: `  source <(entralogin completion bash)
  entralogin completion zsh > "${fpath[1]}/_entralogin"`,
		Args: cli.NeedSubcommand,
		RunE: cli.NeedSubcommand,
	}
	for _, shell := range []struct{ name, title, long, example string }{
		{"bash", "Bash", `Once in a shell, or for all shells in ~/.bashrc. Bash 4 or newer; the package
bash-completion is not needed.`,
			`  source <(entralogin completion bash)
  entralogin completion bash > ~/.local/share/bash-completion/completions/entralogin`},
		{"zsh", "Zsh", `Into a folder of $fpath, before compinit runs, or once in a shell.`,
			`  entralogin completion zsh > "${fpath[1]}/_entralogin"
  source <(entralogin completion zsh)`},
		{"fish", "Fish", `For all shells in the folder of completions, or once in a shell.`,
			`  entralogin completion fish > ~/.config/fish/completions/entralogin.fish
  entralogin completion fish | source`},
		{"powershell", "PowerShell", `Once in a shell; for all shells add the same line to $PROFILE.`,
			`  entralogin completion powershell | Out-String | Invoke-Expression`},
	} {
		group.AddCommand(&cobra.Command{
			Use:     shell.name,
			Short:   "Print the script for " + shell.title,
			Long:    shell.long,
			Example: shell.example,
			Args:    cli.NoArguments,
			RunE:    func(cmd *cobra.Command, _ []string) error { return writeCompletion(f, cmd.Root(), shell.name) },
		})
	}
	return group
}

func writeCompletion(f *cli.Factory, root *cobra.Command, shell string) error {
	var script bytes.Buffer
	err := map[string]func() error{
		"bash": func() error {
			defer script.WriteString(bashWithoutPackage)
			return root.GenBashCompletionV2(&script, true)
		},
		"zsh":        func() error { return root.GenZshCompletion(&script) },
		"fish":       func() error { return root.GenFishCompletion(&script, true) },
		"powershell": func() error { return root.GenPowerShellCompletionWithDesc(&script) },
	}[shell]()
	if err != nil {
		return err
	}
	return f.Answer(script.Bytes())
}

// bashWithoutPackage takes the place of the one function of cobra's script that needs the package
// bash-completion. It sets cur, prev, words and cword with "=" and ":" as parts of words, which bash splits at
// them: the split parts of COMP_WORDS are put together where no space stands between them.
const bashWithoutPackage = `
if ! declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
    __entralogin_init_completion() {
        local i gap rest=${COMP_LINE:0:COMP_POINT}
        COMPREPLY=() words=() cword=-1
        for ((i = 0; i <= COMP_CWORD; i++)); do
            gap=${rest%%[![:space:]]*}
            rest=${rest#"$gap"}
            if [[ $cword -ge 0 && -z $gap && ( ${COMP_WORDS[i]} == [=:]* || ${words[cword]} == *[=:] ) && -n ${COMP_WORDS[i]} ]]; then
                words[cword]+=${COMP_WORDS[i]}
            elif [[ $cword -ge 0 && -z $gap && -z ${COMP_WORDS[i]} && ${words[cword]} == *[=:] ]]; then
                :
            else
                words[++cword]=${COMP_WORDS[i]}
            fi
            rest=${rest#"${COMP_WORDS[i]}"}
        done
        cur=${words[cword]} prev=
        if ((cword > 0)); then prev=${words[cword-1]}; fi
    }
fi
`
