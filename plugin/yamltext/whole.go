package yamltext

import (
	"bytes"
	"encoding/json"

	"sigs.k8s.io/yaml"
)

// Whole reports whether the text, which is YAML, is one document to its end. Its last line may say so: "...".
// https://yaml.org/spec/1.2.2/#923-bare-documents
func Whole(text []byte) bool {
	text = withoutEnd(text)
	if isBlock(text) || json.Valid(text) || isProbed(text) {
		return true
	}
	bare, marked := withoutStart(text)
	return marked && !hasMark(append([]byte("\n"), bare...)) && isProbed(bare)
}

// withoutStart cuts off the mark of the document's start, if nothing but comments stands before it.
func withoutStart(text []byte) (bare []byte, marked bool) {
	for rest := text; ; {
		line, more, ok := bytes.Cut(rest, []byte("\n"))
		switch {
		case !ok || !idle(line) && !isMark(line, "---"):
			return text, false
		case !idle(line):
			return more, true
		}
		rest = more
	}
}

// withoutEnd cuts off the marks of the document's end, and of further ones, if nothing but comments stands behind them.
func withoutEnd(text []byte) []byte {
	for rest := text; ; {
		rest = bytes.TrimRight(rest, " \t\r\n")
		start := bytes.LastIndexByte(rest, '\n') + 1
		last := rest[start:]
		rest = rest[:start]
		switch {
		case isMark(last, "..."), isMark(last, "---"):
			text = rest
		case len(last) == 0 || !idle(last):
			return text
		}
	}
}

// isMark reports whether a line is a mark of a document and nothing else, but for a comment.
func isMark(line []byte, mark string) bool {
	rest, ok := bytes.CutPrefix(bytes.TrimRight(line, " \t\r\n"), []byte(mark))
	return ok && (len(rest) == 0 || (rest[0] == ' ' || rest[0] == '\t') && bytes.TrimLeft(rest, " \t")[0] == '#')
}

// isBlock reports whether the text is a mapping in block style whose keys begin in the first column: until a mark
// comes, a line that begins there belongs to it, or is no YAML. It may say no of one that is.
func isBlock(text []byte) bool {
	for marked := false; ; {
		line, rest, more := bytes.Cut(text, []byte("\n"))
		switch mark := isMark(line, "---"); {
		case !more || !idle(line) && (marked || !mark):
			return len(line) > 0 && (isLetter(line[0]) || line[0] == '"' || line[0] == '\'') && !hasMark(text)
		case mark:
			marked = true
		}
		text = rest
	}
}

// hasMark reports whether something that may be a mark of a document begins one of the further lines, whatever ends them.
func hasMark(text []byte) bool {
	for _, end := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
		if bytes.Contains(text, []byte(end+"---")) || bytes.Contains(text, []byte(end+"...")) {
			return true
		}
	}
	return false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// idle reports whether a line is blank or a comment.
func idle(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

// isProbed finds it out by reading the text twice more: a further key still belongs to the document, or it is an
// element of a list.
func isProbed(text []byte) bool {
	const probe = "entralogin-reads-up-to-here"
	blob, err := yaml.YAMLToJSON(append(bytes.Clone(text), "\n"+probe+": 0\n"...))
	if err == nil && bytes.Contains(blob, []byte(probe)) {
		return true
	}
	blob, err = yaml.YAMLToJSON([]byte("[" + string(text) + "\n]"))
	var list []json.RawMessage
	return err == nil && json.Unmarshal(blob, &list) == nil && len(list) == 1
}
