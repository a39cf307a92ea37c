package artifactscmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/artifacts"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/npmrc"
	"github.com/entralogin/entralogin/plugin/text"
)

// npm is a call of artifacts npm.
type npm struct {
	*cli.Factory
	args                     []string
	print, remove, overwrite bool
}

func newNPM(f *cli.Factory) *cobra.Command {
	c := &npm{Factory: f}
	cmd := &cobra.Command{
		Use:   "npm [FEED]...",
		Short: "Write a token for npm into your .npmrc",
		Long: `Npm writes a token of about an hour into your .npmrc ($NPM_CONFIG_USERCONFIG, or
the one of your home folder): for the feeds that are named, or else those that
the .npmrc of this folder, or the nearest above, and your own one have as a
registry, or else those of the last time. The token of the last time is replaced,
and nothing else.

Run it again when npm says E401. A token that is none of Entra, such as a
personal access token, is left alone without --overwrite. --remove takes out what
was written, of all feeds where none is named.`,
		Example: `  entralogin artifacts npm && npm install
  entralogin artifacts npm https://pkgs.dev.azure.com/contoso/_packaging/shop/npm/registry/
  entralogin artifacts npm --remove`,
		RunE: func(cmd *cobra.Command, args []string) error { c.args = args; return c.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&c.print, "print", false, "print the lines, and write nothing")
	cmd.Flags().BoolVar(&c.remove, "remove", false, "take out what was written")
	cmd.Flags().BoolVar(&c.overwrite, "overwrite", false, "replace a token that is none of Entra")
	f.HandOverFlags(cmd.Flags())
	return cmd
}

func (c *npm) run(ctx context.Context) error {
	if c.remove && (c.print || c.overwrite) {
		return cli.Usagef("--remove goes with neither --print nor --overwrite")
	}
	var named []string
	for _, address := range c.args {
		if _, err := findFeed(address); err != nil {
			return err
		}
		named = append(named, whole(address))
	}
	file := npmrc.UserFile(c.Getenv, c.home())
	switch {
	case file == "" && !c.print:
		return &config.Error{Name: "HOME", What: "is not set: there is no place for an .npmrc"}
	case c.remove:
		return c.takeOut(ctx, file, named)
	}
	project, err := c.project(file)
	if err != nil {
		return err
	}
	if len(named) == 0 {
		named = c.registries(project, file)
	}
	made, ends, err := c.tokens(ctx, named)
	switch {
	case err != nil:
		return err
	case c.print:
		return c.printLines(made)
	}
	return c.write(ctx, file, project, made, ends)
}

// registries are those that the project and the person have settled; where none of them is a feed, those for which a token
// was written before.
func (c *npm) registries(project, file string) []string {
	all := slices.Concat(npmrc.Registries(read(project), c.Getenv), npmrc.Registries(read(file), c.Getenv))
	if slices.ContainsFunc(all, func(address string) bool { return artifacts.Find(address).Ours }) {
		return all
	}
	return append(all, npmrc.Written(read(file))...)
}

// tokens gets the tokens for those registries that are ours, and says when they end. Errors: those of tokensOf, *cli.Advised
// where there is none.
func (c *npm) tokens(ctx context.Context, registries []string) (made []npmrc.Token, ends string, err error) {
	feeds, at := ours(c.Factory, registries)
	if len(feeds) == 0 {
		return nil, "", none("neither the .npmrc of this folder, or of those above it, nor your own",
			"entralogin artifacts npm https://pkgs.dev.azure.com/ORGANIZATION/_packaging/FEED/npm/registry/")
	}
	all, err := tokensOf(ctx, c.Factory, feeds, "npm")
	if err != nil {
		return nil, "", err
	}
	for i, t := range all {
		made = append(made, npmrc.Token{Registry: registries[at[i]], Value: t.Value})
	}
	return made, lasting(all, c.Now()), nil
}

// printLines prints what would be written.
func (c *npm) printLines(made []npmrc.Token) error {
	var out strings.Builder
	for _, t := range made {
		lines, err := t.Lines()
		if err != nil {
			return err
		}
		out.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return c.AnswerText(out.String())
}

// write puts tokens into the person's file, which nobody else can read from then on.
func (c *npm) write(ctx context.Context, file, project string, made []npmrc.Token, ends string) error {
	if _, err := npmrc.Set(read(file), made, c.overwrite); err != nil { // before anything is touched
		return c.refusal(file, err)
	}
	hidden, err := npmrc.Hide(file)
	if err != nil {
		return &text.FileError{Path: file, What: "can be read by others, and that can't be changed: " + text.SystemWords(err), Err: err}
	}
	if hidden {
		c.Err.Say("Others could read %s; its mode is yours alone now, as npm sets it, too.", text.Short(file, 200))
	}
	err = npmrc.Update(ctx, file, func(old []byte) ([]byte, error) { return npmrc.Set(old, made, c.overwrite) })
	if err != nil {
		return c.refusal(file, err)
	}
	for _, t := range made {
		if npmrc.HasToken(read(project), t.Registry) {
			c.Err.Warn(fmt.Sprintf("%s has a token of its own for %s, which npm takes instead", text.Short(project, 200), text.URL(t.Registry, 200)))
		}
	}
	what, serves := "a token for 1 feed", "It ends"
	if len(made) > 1 {
		what, serves = fmt.Sprintf("tokens for %d feeds", len(made)), "They end"
	}
	return c.AnswerSentences(fmt.Sprintf("Wrote %s into %s. %s %s.\n", what, text.Short(file, 200), serves, ends))
}

// refusal says why nothing is written.
func (c *npm) refusal(file string, err error) error {
	taken, ok := errors.AsType[*npmrc.TakenError](err)
	if !ok {
		return err
	}
	again := slices.Concat([]string{"entralogin", "artifacts", "npm"}, c.args)
	for _, name := range slices.Sorted(maps.Keys(c.Flags)) {
		again = append(again, remedy.Flag(name, c.Flags[name])...)
	}
	return &cli.Advised{Kind: taken.Class(), What: text.Short(file, 200) + " was not changed: " + taken.Error() + ".",
		Advice: []string{"To put entralogin's in its place: " + remedy.Line(append(again, "--overwrite")...)}}
}

// takeOut removes what was written, for feeds that are named or for all.
func (c *npm) takeOut(ctx context.Context, file string, named []string) error {
	if _, err := os.Lstat(file); err != nil {
		return c.AnswerText("Nothing to remove.\n")
	}
	n := 0
	err := npmrc.Update(ctx, file, func(old []byte) ([]byte, error) {
		below := named
		if len(named) == 0 {
			below = slices.DeleteFunc(npmrc.Written(old), func(address string) bool { return !artifacts.Find(address).Ours })
		}
		var rest []byte
		rest, n = npmrc.Remove(old, below...)
		return rest, nil
	})
	switch {
	case err != nil:
		return err
	case n == 0:
		return c.AnswerText("Nothing to remove.\n")
	}
	return c.AnswerSentences(fmt.Sprintf("Removed %d lines from %s.\n", n, text.Short(file, 200)))
}

// home is the person's folder, as npm finds it: https://nodejs.org/api/os.html#oshomedir
func (c *npm) home() string {
	if runtime.GOOS == "windows" {
		return c.Getenv("USERPROFILE")
	}
	return c.Getenv("HOME")
}

// project is the file of the project, "" if there is none but the person's own.
func (c *npm) project(own string) (string, error) {
	dir, err := here()
	if err != nil {
		return "", err
	}
	path := npmrc.ProjectFile(dir, c.home())
	if path == "" {
		return "", nil
	}
	a, _ := os.Stat(path)
	if b, err := os.Stat(own); err == nil && os.SameFile(a, b) {
		return "", nil
	}
	return path, nil
}

// read is what stands in a file that only names registries, nothing where it can't be read.
func read(path string) []byte {
	const longest = 1 << 20
	info, err := os.Stat(path)
	if path == "" || err != nil || !info.Mode().IsRegular() || info.Size() > longest {
		return nil
	}
	content, _ := os.ReadFile(path)
	return content
}
