package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v2"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// Format is the form of an answer.
type Format string

// The formats. Text, Table and Wide are for a person: a table has the columns that fit, a wide one all.
const (
	Text  Format = "text"
	Table Format = "table"
	Wide  Format = "wide"
	JSON  Format = "json"
	YAML  Format = "yaml"
)

// output is the flag --output.
type output struct {
	format *Format
	known  []Format
	given  string
}

// OutputFlag adds --output with the formats that a command has, the default first; where none is named it has those
// of a table. The format is settled when the command line has been parsed.
func OutputFlag(flags *pflag.FlagSet, formats ...Format) *Format {
	if len(formats) == 0 {
		formats = []Format{Table, Wide, JSON, YAML}
	}
	format := formats[0]
	o := &output{format: &format, known: formats}
	flags.VarP(o, "output", "o", "`format`: "+o.choice()+" (default "+string(format)+")")
	return &format
}

func (o *output) choice() string {
	words := make([]string, len(o.known))
	for i, f := range o.known {
		words[i] = string(f)
	}
	return choice(words)
}

// choice is "a", "a or b", "a, b or c".
func choice(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Set makes an output a pflag.Value.
func (o *output) Set(word string) error {
	o.given = word
	if word == "" || word != text.Clean(word) { // which no flag may be
		return nil
	}
	if !slices.Contains(o.known, Format(word)) {
		return Usagef("--output %s is no format: %s", text.Short(word, 40), o.choice())
	}
	*o.format = Format(word)
	return nil
}

func (o *output) String() string { return o.given }

// Type is for help.
func (o *output) Type() string { return "string" }

// Answer writes an answer, in one write.
func (f *Factory) Answer(answer []byte) error {
	if _, err := f.Out.Write(answer); err != nil {
		return &plugin.OutputError{Err: err}
	}
	return nil
}

// AnswerText is Answer for a text.
func (f *Factory) AnswerText(answer string) error { return f.Answer([]byte(answer)) }

// AnswerSentences is AnswerText for sentences, which are broken between words to fit a terminal.
func (f *Factory) AnswerSentences(answer string) error {
	return f.AnswerText(term.Wrap(answer, term.Width(f.Out)))
}

// Width is how many columns the answer may have: those of the terminal; where there is none what COLUMNS says, or 80.
func (f *Factory) Width() int {
	const usual = 80
	if columns := term.Width(f.Out); columns > 0 {
		return columns
	}
	if columns, err := strconv.Atoi(f.Getenv("COLUMNS")); err == nil && columns > 0 {
		return columns
	}
	return usual
}

// Columns is how many columns a table in a format may have, 0 for any number.
func (f *Factory) Columns(format Format) int {
	if format == Wide {
		return 0
	}
	return f.Width()
}

// Show answers with value as JSON or YAML, or with what table writes.
func (f *Factory) Show(format Format, value any, table func(*bytes.Buffer) error) error {
	var out bytes.Buffer
	var err error
	switch format {
	case JSON:
		var whole []byte
		whole, err = text.JSON(value, "  ")
		out.Write(whole)
	case YAML:
		err = writeYAML(&out, value)
	default:
		err = table(&out)
	}
	if err != nil {
		return err
	}
	return f.Answer(out.Bytes())
}

// writeYAML writes what is written as JSON, with the same names in the same order. JSON is YAML, too.
func writeYAML(out *bytes.Buffer, value any) error {
	data, err := text.JSON(value, "  ")
	if err != nil {
		return err
	}
	var ordered yaml.MapSlice // keeps the order of what is below, too
	if err := yaml.Unmarshal(fmt.Appendf(nil, "{\"value\": %s}", data), &ordered); err != nil {
		return err
	}
	whole, err := yaml.Marshal(ordered[0].Value)
	out.Write(whole)
	return err
}
