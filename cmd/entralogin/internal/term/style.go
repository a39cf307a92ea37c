package term

import "io"

// Style is how words look on a terminal. Without colours all words are as they are, so none may say something by its
// colour alone.
type Style struct{ colours bool }

// StyleOf is the style of out, as the conventions have it: https://no-color.org counts most, then CLICOLOR_FORCE and
// CLICOLOR of https://bixense.com/clicolors/. Elsewhere there are colours on a terminal that can show them.
func StyleOf(out io.Writer, env Env) Style {
	switch force := env("CLICOLOR_FORCE"); {
	case env("NO_COLOR") != "":
		return Style{}
	case force != "" && force != "0":
		return Style{true}
	}
	return Style{env("CLICOLOR") != "0" && env.canDraw() && terminalOf(out) != nil}
}

// HasColours reports whether words look different from each other.
func (s Style) HasColours() bool { return s.colours }

// Bold is for headings, and for what a person types.
func (s Style) Bold(words string) string { return s.set("1", words) }

// Red is for what failed.
func (s Style) Red(words string) string { return s.set("31", words) }

// Yellow is for warnings.
func (s Style) Yellow(words string) string { return s.set("33", words) }

// Green is for what is fine.
func (s Style) Green(words string) string { return s.set("32", words) }

// set uses the sequences of ECMA-48, 8.3.117 (SGR).
func (s Style) set(rendition, words string) string {
	if !s.colours || words == "" {
		return words
	}
	return "\x1b[" + rendition + "m" + words + "\x1b[0m"
}
