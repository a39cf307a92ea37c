package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// Format is the form of an answer.
type Format string

// The formats. Table is for a person.
const (
	Table Format = "table"
	JSON  Format = "json"
	YAML  Format = "yaml"
)

// output is the flag --output.
type output struct {
	format *Format
	known  []Format
	given  string
}

// OutputFlag adds --output with the formats that a command has, the default first. The format is settled when the
// command line has been parsed.
func OutputFlag(flags *pflag.FlagSet, formats ...Format) *Format {
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
	last := len(words) - 1
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

// Show answers with value as JSON, or with what table writes.
func (f *Factory) Show(format Format, value any, table func(*bytes.Buffer) error) error {
	var out bytes.Buffer
	var err error
	if format == JSON {
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(value)
	} else {
		err = table(&out)
	}
	if err != nil {
		return err
	}
	return f.Answer(out.Bytes())
}
