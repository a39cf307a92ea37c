package kubeconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	goyaml "go.yaml.in/yaml/v2"
	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/yamltext"
)

// Edited is what a change makes of the text of a kubeconfig file.
type Edited struct {
	Text   []byte
	Notes  []string // what could not be kept
	Change Change   // what of the change was not so before

	before, after meaning
}

// Edit makes the change c in the text of a kubeconfig file; an empty text becomes a new file. A user entry
// that exists loses its credentials and keeps its other fields, such as extensions.
//
// The entries are spliced in as text, so that the rest keeps its bytes. That is then proven: the new text
// has to mean what the old one means, with the change made and nothing else. Where no splice can be proven
// (JSON, YAML in flow style, aliases) the whole file is written anew, and a note says what that loses.
// Where that can't be proven either nothing is edited. Errors are *Error without a path.
func Edit(text []byte, c Change) (Edited, error) { return File{Text: text}.Edit(c) }

// Edit is the function of that name, for a file that was loaded.
func (f File) Edit(c Change) (Edited, error) {
	const mark = "\ufeff" // of the byte order, which editors of Windows put before a text, and which YAML passes over
	if rest, marked := bytes.CutPrefix(f.Text, []byte(mark)); marked {
		f.Text = rest
		e, err := f.Edit(c)
		if e.Text != nil {
			e.Text = append([]byte(mark), e.Text...)
		}
		return e, err
	}
	text := f.Text
	old, err := f.parse()
	if err != nil {
		return Edited{}, err
	}
	want, err := c.apply(old)
	if err != nil {
		return Edited{}, err
	}
	e := Edited{Text: text, Change: c.without(old, want), before: old, after: want}
	if e.Change.empty() {
		return e, nil
	}
	d := newDocument(text)
	if d.change(e.Change, old, want) && means(d.Text(), want) {
		if e.Text = d.Text(); d.lost {
			e.Notes = append(e.Notes, "the comments inside the replaced entry could not be kept")
		}
		return e, nil
	}
	if e.Text = write(text, want); !means(e.Text, want) {
		return Edited{}, errRisky
	}
	if !bytes.Equal(write(text, old), text) {
		what := "its layout and its comments could not be kept"
		if json.Valid(text) {
			what = "its layout could not be kept"
		}
		e.Notes = append(e.Notes, "the whole file was written anew, since it is not laid out as kubectl does it: "+what)
	}
	return e, nil
}

var errRisky = &Error{What: "can't be edited without a risk for what else stands in it"}

// parse reads what the file means. It takes only what kubectl takes, and refuses what kubectl takes in silence
// though it can't be meant: a key that stands twice, a text behind the end of the document.
func (f File) parse() (meaning, error) {
	text := f.Text
	switch {
	case len(text) > maxFile:
		return meaning{}, &Error{What: "is larger than 16 MiB"}
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return meaning{}, &Error{What: "is not in UTF-8"}
	}
	if f.json == nil {
		blob, err := strictJSON(text)
		if err != nil {
			return meaning{}, &Error{What: "is no YAML that can be used: " + yamlWords(err)}
		}
		f.json = blob
		if f.content, err = decodeJSON(blob); err == nil {
			err = newConfig(nil).add("", f.content)
		}
		if err != nil {
			return meaning{}, err
		}
	}
	if !yamltext.Whole(text) {
		return meaning{}, &Error{What: "goes on behind the end of its first YAML document, where kubectl doesn't read"}
	}
	m, err := readMeaning(f.json, f.content)
	if err != nil {
		return meaning{}, &Error{What: "is no kubeconfig"}
	}
	if !f.content.looksRight() && len(m.top) > 0 {
		return meaning{}, &Error{What: "is no kubeconfig: it has neither a kind nor contexts, clusters or users"}
	}
	return m, nil
}

// strictJSON is the text as JSON. A key that stands twice in one mapping is an error. One that overrides a merged key
// (<<) is none, though the YAML package takes it for one.
func strictJSON(text []byte) ([]byte, error) {
	blob, err := yaml.YAMLToJSONStrict(text)
	if err == nil || !bytes.Contains(text, []byte("<<")) {
		return blob, err
	}
	var top goyaml.MapSlice // has no merged keys
	if goyaml.Unmarshal(text, &top) != nil || hasTwice(top) {
		return nil, err
	}
	return yaml.YAMLToJSON(text)
}

// hasTwice reports whether a key stands twice in one mapping.
func hasTwice(value any) bool {
	switch value := value.(type) {
	case []any:
		return slices.ContainsFunc(value, hasTwice)
	case goyaml.MapSlice:
		seen := map[string]bool{}
		return slices.ContainsFunc(value, func(item goyaml.MapItem) bool {
			key := fmt.Sprintf("%T %v", item.Key, item.Key)
			twice := seen[key]
			seen[key] = true
			return twice || hasTwice(item.Value)
		})
	}
	return false
}

func (f *file) looksRight() bool {
	return f.Kind != "" || f.Contexts != nil || f.Clusters != nil || f.Users != nil || f.CurrentContext != ""
}

// means is the proof: the text says what is wanted and nothing else. That kubectl can read it follows, if it could
// read the file before and can read the entries that changed.
func means(text []byte, want meaning) bool {
	got, err := strictJSON(text)
	if err != nil || len(text) > maxFile || !yamltext.Whole(text) {
		return false
	}
	blob, err := want.json()
	return err == nil && bytes.Equal(got, blob)
}

// write writes a whole file, as JSON if it was JSON.
func write(text []byte, m meaning) []byte {
	blob, err := m.json()
	if err != nil {
		return nil
	}
	top, err := generic(blob)
	if err != nil {
		return nil
	}
	if len(top) > 0 && json.Valid(text) {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if e.Encode(top) != nil {
			return nil
		}
		return b.Bytes()
	}
	if bytes.Contains(text, []byte("!!")) {
		return nil // a tag such as !!binary can hold what JSON can't
	}
	edited, err := yaml.Marshal(top)
	if err != nil {
		return nil
	}
	return edited
}
