package configcmd

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

func keyAndValues(cmd *cobra.Command, args []string) error {
	if name, value, ok := strings.Cut(strings.Join(args, ""), "="); ok && len(args) == 1 {
		return cli.Usagef("%s takes the key and its value as two words: %s %s", cmd.CommandPath(), text.Short(name, 80), text.Short(value, 80))
	}
	if len(args) < 2 {
		return cli.Usagef("%s takes a key and its value, such as tenant-id contoso.onmicrosoft.com", cmd.CommandPath())
	}
	return nil
}

// change makes a change in the config file, and says what it changed.
func change(ctx context.Context, f *cli.Factory, c config.Change) error {
	key, err := settle(f, &c)
	if err != nil {
		return err
	}
	path, _, err := target(f)
	if err != nil {
		return err
	}
	content, err := text.ReadUserFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := config.RefuseJSON(path, content); err != nil {
		return err
	}
	before, err := config.Parse(path, content)
	if err != nil {
		return byHand(f, err)
	}
	edited, err := config.Edit(path, content, c)
	if errors.Is(err, config.ErrLayout) {
		return byHand(f, err)
	}
	if err != nil {
		return err
	}
	after, err := config.Parse(path, edited)
	if err != nil {
		return err
	}
	if c.Unset && len(before.Below(key)) == 0 {
		return absent(f, before, key, c.Key)
	}
	if err := config.Update(ctx, path, c); err != nil {
		return err
	}
	if !c.Unset {
		warn(f, after, key, c)
	}
	return f.AnswerSentences(describe(before.Below(key), after.Below(key), c.Key, path))
}

// byHand is an error of the file, which a person has to mend.
func byHand(f *cli.Factory, err error) error {
	return &cli.Advised{Kind: failure.Config, What: err.Error() + ". Nothing was changed.", Advice: []string{"To change it yourself: " + f.Explainer().ConfigCommand("edit")}, Err: err}
}

// settle has --profile count, and refuses what can't be meant here.
func settle(f *cli.Factory, c *config.Change) (config.Key, error) {
	for _, name := range slices.Sorted(maps.Keys(f.Flags)) {
		if name != config.ConfigFile && name != config.Profile {
			return config.Key{}, cli.Usagef("--%s can't be given here: what is written is KEY and VALUE", name)
		}
	}
	key, err := config.ParseKey(c.Key)
	if err != nil {
		return key, err
	}
	profile := f.Flags[config.Profile]
	if profile == "" {
		return key, nil
	}
	if key.Section != "" {
		return key, cli.Usagef("--profile can't be given with %s, which says where it stands", text.Short(c.Key, 80))
	}
	c.Key = "profiles." + profile + "." + c.Key
	return config.ParseKey(c.Key)
}

// absent says that there is nothing to take out. The name of an entry that is none is a slip.
func absent(f *cli.Factory, file *config.File, key config.Key, name string) error {
	if key.Section != "" && len(file.Below(config.Key{Section: key.Section, Entry: key.Entry})) == 0 {
		wrong := &config.Error{Name: text.Short(name, 80), What: "is not in the config file"}
		if near := text.Nearest(name, file.Keys()); near != "" {
			wrong.What += "; did you mean \"" + near + "\"?"
		}
		return wrong
	}
	return f.AnswerSentences(text.Short(name, 80) + " is not set in " + text.Short(file.Path, 200) + ". Nothing was changed.\n")
}

// warn says what counts more than what was written, and that a file it names is not there.
func warn(f *cli.Factory, file *config.File, key config.Key, c config.Change) {
	if key.Field == "ca-file" && len(c.Value) == 1 {
		path := c.Value[0]
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(file.Path), path)
		}
		if _, err := os.Stat(path); err != nil {
			f.Err.Warn(text.Short(path, 200) + " can't be read; a relative path begins at the config file's folder")
		}
	}
	call := config.Call{File: file}
	if key.Section == "profiles" {
		call.Flags = config.Flags(map[string]string{config.Profile: key.Entry})
	} else if key.Section != "" {
		return
	}
	s, err := f.Config().Settings(call)
	if err != nil {
		return
	}
	if value, origin := s.Get(key.Field); value != "" && value != strings.Join(c.Value, " ") {
		f.Err.Warn(text.Short(origin, 200) + " counts more, and says " + config.Shown(key.Field, value))
	}
}

// describe says what a change came to.
func describe(before, after []config.Setting, name, path string) string {
	name, path = text.Short(name, 80), text.Short(path, 200)
	was, is := shown(before), shown(after)
	switch {
	case was == is:
		return name + " is " + is + " already. Nothing was changed.\n"
	case len(after) == 0:
		return "Took " + name + " out of " + path + " (it was " + was + ").\n"
	case len(before) == 0:
		return "Set " + name + " to " + is + " in " + path + ".\n"
	}
	return "Set " + name + " to " + is + " in " + path + " (it was " + was + ").\n"
}

// shown is what settings say: the values of one, or all of an entry.
func shown(settings []config.Setting) string {
	var words []string
	for _, s := range settings {
		name := s.Key[strings.LastIndex(s.Key, ".")+1:]
		var values []string
		for _, value := range s.Values {
			values = append(values, config.Shown(name, value))
		}
		words = append(words, strings.Join(values, ", "))
		if len(settings) > 1 {
			words[len(words)-1] = name + " " + words[len(words)-1]
		}
	}
	return strings.Join(words, ", ")
}
