package configcmd

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

func showPath(f *cli.Factory) error {
	path, missing, err := target(f)
	if err != nil {
		return err
	}
	if missing {
		f.Err.Say("the file is not there yet")
	}
	return f.AnswerText(path + "\n")
}

// target is the config file of the call, and whether it is missing. Errors: *config.Error.
func target(f *cli.Factory) (path string, missing bool, err error) {
	path, notes, err := f.Config().Path(f.Call().Flags)
	for _, note := range notes {
		f.Err.Warn(note)
	}
	if err != nil {
		return "", false, err
	}
	_, err = text.ReadUserFile(path)
	return path, errors.Is(err, fs.ErrNotExist), nil
}

// get prints a value.
func get(f *cli.Factory, name string) error {
	key, err := config.ParseKey(name)
	if err != nil {
		return err
	}
	s, err := f.Settings(f.Call())
	if err != nil {
		return err
	}
	inFile := s.File.Below(key)
	if key.Field == "" {
		return cli.Usagef("%s is no setting: %s", text.Short(name, 80), belowWords(inFile))
	}
	var values []string
	for _, setting := range inFile {
		values = setting.Values
	}
	if value, origin := s.Get(key.Field); value != "" && key.Section == "" {
		if len(values) > 0 && strings.Join(values, " ") != value {
			f.Err.Say("%s counts more than the config file, which says %s", origin, config.Shown(key.Field, strings.Join(values, " ")))
		}
		values = []string{value}
	}
	if len(values) == 0 {
		return unset(f, name, key)
	}
	var b strings.Builder
	for _, value := range values {
		b.WriteString(text.Clean(value) + "\n")
	}
	return f.AnswerText(b.String())
}

// belowWords says which settings an entry has.
func belowWords(settings []config.Setting) string {
	var keys []string
	for _, s := range settings {
		keys = append(keys, s.Key)
	}
	return cmp.Or(text.Short(strings.Join(keys, ", "), 400), "nothing of it stands in the config file")
}

func unset(f *cli.Factory, name string, key config.Key) error {
	advice := "To set it: " + f.Explainer().ConfigCommand("set", text.Short(name, 80), "VALUE")
	if usual := f.Config().Default(key.Field); key.Section == "" && usual != "" {
		advice = fmt.Sprintf("The default is %s. %s", usual, advice)
	}
	return &cli.Advised{Kind: failure.Other, What: text.Short(name, 80) + " is not set.", Advice: []string{advice}}
}

// row is a setting as a person and a program get it. The names are part of the command's interface.
type row struct {
	Key    string   `json:"key"`
	Value  string   `json:"value"`
	Values []string `json:"values,omitempty"` // of a list
	From   string   `json:"from"`
}

func list(f *cli.Factory, format cli.Format, all bool) error {
	s, err := f.Settings(f.Call())
	if err != nil {
		return err
	}
	rows := []row{}
	for _, name := range config.InFile() {
		switch value, origin := s.Get(name); {
		case value != "":
			rows = append(rows, row{Key: name, Value: config.Shown(name, value), From: text.Short(origin, 200)})
		case all:
			rows = append(rows, row{Key: name, Value: f.Config().Default(name), From: "default"})
		}
	}
	for _, setting := range s.File.Settings() {
		if slices.Contains(config.InFile(), setting.Key) {
			continue
		}
		r := row{Key: text.Short(setting.Key, 200), From: text.Short(s.File.Path, 200)}
		name := setting.Key[strings.LastIndex(setting.Key, ".")+1:]
		for _, value := range setting.Values {
			r.Values = append(r.Values, config.Shown(name, value))
		}
		if r.Value = strings.Join(r.Values, ", "); len(r.Values) == 1 && strings.Contains(setting.Key, ".") {
			r.Values = nil
		}
		rows = append(rows, r)
	}
	return f.Show(format, rows, func(out *bytes.Buffer) error {
		out.WriteString(tableOf(rows, s.File.Path, f.Columns(format)))
		return nil
	})
}

// tableOf names the config file without its folder, which "config path" prints.
func tableOf(rows []row, path string, width int) string {
	if len(rows) == 0 {
		return "Nothing is set.\n"
	}
	table, short := [][]string{{"KEY", "VALUE", "FROM"}}, [][]string{{"KEY", "VALUE"}}
	for _, r := range rows {
		from := r.From
		if path != "" {
			from = strings.ReplaceAll(from, text.Short(path, 200), filepath.Base(path))
		}
		table = append(table, []string{r.Key, cmp.Or(r.Value, "-"), from})
		short = append(short, []string{r.Key, cmp.Or(r.Value, "-")})
	}
	return text.Fit(table, width, short)
}
